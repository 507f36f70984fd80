import { onAbort } from "../on-abort.ts"

/** Time, as the retries and the rate limit see it. Tests hand in one that does not wait. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Resolves after `ms`; rejects with `signal.reason` as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The time of this machine. It never goes back, also when the system's clock is set. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const timer = setTimeout(() => {
        unlisten()
        resolve()
      }, ms)
      const unlisten = onAbort(signal, (reason) => {
        clearTimeout(timer)
        reject(reason)
      })
    }),
}
