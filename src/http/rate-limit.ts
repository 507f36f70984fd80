import { OptionError } from "../errors.ts"
import type { Clock } from "./clock.ts"

/** Waits until the next request may be made; rejects with `signal.reason` when it is aborted meanwhile. */
export type RateLimit = (signal?: AbortSignal) => Promise<void>

const minuteMs = 60_000

/**
 * A limit on requests: never more than `perMinute` within any 60 seconds, in the order of the calls, as many at once as
 * the limit still allows. A call that is aborted while it waits has used up its place.
 *
 * @throws OptionError (`option`) when `perMinute` is not a whole number of 1 or more.
 */
export function createRateLimit(perMinute: number, clock: Clock): RateLimit {
  if (!Number.isInteger(perMinute) || perMinute < 1) {
    throw new OptionError("requestsPerMinute", "must be a whole number, 1 or more")
  }
  // When each of the last `perMinute` requests starts: the next one follows the oldest of them by a minute.
  const starts: number[] = []
  let oldest = 0

  return async (signal) => {
    const now = clock.now()
    const before = starts[oldest]
    const start = before === undefined ? now : Math.max(now, before + minuteMs)
    starts[oldest] = start
    oldest = (oldest + 1) % perMinute
    if (start > now) await clock.sleep(start - now, signal)
  }
}
