import type { Transform } from "../stream.ts"

/**
 * Keeps the items for which `keep` gives true, in order.
 *
 * @example
 * pipe(files, filter((file) => file.annotations.length > 0))
 */
export function filter<T, Kept extends T>(keep: (item: T, index: number) => item is Kept): Transform<T, Kept>
export function filter<T>(keep: (item: T, index: number) => boolean | Promise<boolean>): Transform<T>
export function filter<T>(keep: (item: T, index: number) => boolean | Promise<boolean>): Transform<T> {
  return async function* (input) {
    let index = 0
    for await (const item of input) if (await keep(item, index++)) yield item
  }
}
