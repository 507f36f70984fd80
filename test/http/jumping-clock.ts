import type { Clock } from "../../src/http/index.ts"

/** A clock on which a wait takes no time: it notes how long it would have been and jumps there. */
export interface JumpingClock extends Clock {
  readonly sleeps: readonly number[]
}

export function createJumpingClock(startMs = 0): JumpingClock {
  let now = startMs
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      sleeps.push(ms)
      now += ms
    },
  }
}
