/**
 * Whether a process of this number runs on this machine, as far as can be told: another container's or another machine's
 * cannot. So it may save work, and must not be what keeps two processes right.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, and is another user's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}
