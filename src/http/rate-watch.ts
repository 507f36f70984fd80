/** What has to come at least. */
export interface LeastRate {
  /** 0 for none. */
  readonly minBytesPerSecond: number
  readonly rateWindowMs: number
}

/** One body that is watched. */
export interface Watched {
  add(bytes: number): void
  /** Its reader is slow: what does not come now is not the server's fault. */
  pause(): void
  resume(): void
  end(): void
}

/** Watches over a body; `stop` is called when it comes too slowly. */
export type RateWatch = (stop: () => void) => Watched

/**
 * Watches over bodies that come, but at less than a least rate over a whole window in which their reader waited for them.
 * One timer serves all of them: one for each would cost a small file more than its own bookkeeping.
 */
export function createRateWatch({ minBytesPerSecond, rateWindowMs }: LeastRate): RateWatch {
  if (minBytesPerSecond === 0) return () => unwatched
  const leastBytes = (minBytesPerSecond * rateWindowMs) / 1_000
  const looks = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    for (const each of [...looks]) each()
  }

  return (stop) => {
    let bytes = 0
    let paused = false
    // The window in which it begins, or in which its reader was slow, is none to judge by.
    let counts = false
    const each = () => {
      if (counts && bytes < leastBytes) stop()
      bytes = 0
      counts = !paused
    }
    looks.add(each)
    timer ??= setInterval(look, rateWindowMs).unref()
    return {
      add: (more) => {
        bytes += more
      },
      pause: () => {
        paused = true
        counts = false
      },
      resume: () => {
        paused = false
      },
      end: () => {
        looks.delete(each)
        if (looks.size > 0) return
        clearInterval(timer)
        timer = undefined
      },
    }
  }
}

const unwatched: Watched = { add: () => {}, pause: () => {}, resume: () => {}, end: () => {} }
