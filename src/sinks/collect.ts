import type { Sink } from "../stream.ts"

/**
 * Gathers all items in an array, in order. It holds them all: for streams that are known to be short.
 *
 * @example
 * const files = await pipeline(darwin.read("annotations/"), take(10), collect())
 */
export function collect<T>(): Sink<T, T[]> {
  return async (input) => {
    const items: T[] = []
    for await (const item of input) items.push(item)
    return items
  }
}
