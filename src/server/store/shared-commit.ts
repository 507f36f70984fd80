/** Work that waits for its turn. */
interface Job {
  /** Does the work as a part of the open transaction; what it returns tells the outcome to whoever waits. */
  readonly attempt: () => () => void
  readonly reject: (error: unknown) => void
}

/**
 * Collects work from requests that are under way at the same time and commits it together. Nobody hears of a success
 * before the commit is on disk, and no transaction is open between the turns of the event loop, so whatever else reads
 * the database sees only what is on disk.
 */
export function shareCommits(
  transaction: (work: () => void) => void,
  exec: (sql: string) => void,
): <Result>(work: () => Result) => Promise<Result> {
  let waiting: Job[] = []

  function flush(): void {
    const jobs = waiting
    waiting = []
    const outcomes: (() => void)[] = []
    try {
      transaction(() => {
        for (const job of jobs) outcomes.push(job.attempt())
      })
    } catch (error) {
      for (const job of jobs) job.reject(error)
      return
    }
    for (const tell of outcomes) tell()
  }

  return <Result>(work: () => Result) =>
    new Promise<Result>((resolve, reject) => {
      const attempt = (): (() => void) => {
        exec("SAVEPOINT job")
        try {
          const result = work()
          exec("RELEASE job")
          return () => resolve(result)
        } catch (error) {
          exec("ROLLBACK TO job")
          exec("RELEASE job")
          return () => reject(error)
        }
      }
      waiting.push({ attempt, reject })
      if (waiting.length === 1) setImmediate(flush)
    })
}
