import { OptionError } from "../errors.ts"
import type { Transform } from "../stream.ts"

/**
 * Groups items in order into arrays of `size`; the last one may be shorter.
 *
 * @throws OptionError (`option`) when `size` is not a whole number of 1 or more.
 *
 * @example
 * pipe(files, batch(500))
 */
export function batch<T>(size: number): Transform<T, T[]> {
  if (!Number.isInteger(size) || size < 1) throw new OptionError("size", "must be a whole number, 1 or more")
  return async function* (input) {
    let group: T[] = []
    for await (const item of input) {
      group.push(item)
      if (group.length < size) continue
      yield group
      group = []
    }
    if (group.length > 0) yield group
  }
}
