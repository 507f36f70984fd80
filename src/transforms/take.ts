import { OptionError } from "../errors.ts"
import type { Transform } from "../stream.ts"

/**
 * Gives the first `count` items and closes what comes before; item `count + 1` is never asked for.
 *
 * @throws OptionError (`option`) when `count` is not a whole number of 0 or more.
 *
 * @example
 * pipe(files, take(100))
 */
export function take<T>(count: number): Transform<T> {
  if (!Number.isInteger(count) || count < 0)
    throw new OptionError("count", "must be a whole number, 0 or more")
  return async function* (input) {
    if (count === 0) return
    let taken = 0
    for await (const item of input) {
      yield item
      if (++taken === count) return
    }
  }
}
