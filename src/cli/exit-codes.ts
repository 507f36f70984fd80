/** What the process ends with; the help text of the program tells the same. */
export const exitCodes = { done: 0, failed: 1, usage: 2, skips: 3, interrupted: 130 } as const

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
