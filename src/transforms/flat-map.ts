import type { Transform } from "../stream.ts"

/**
 * Gives all that `fn` makes of each item, in order: an array, a generator or a stream for each.
 *
 * @example
 * pipe(files, flatMap((file) => file.annotations))
 */
export function flatMap<In, Out>(
  fn: (item: In, index: number) => Iterable<Out> | AsyncIterable<Out>,
): Transform<In, Out> {
  return async function* (input) {
    let index = 0
    for await (const item of input) yield* fn(item, index++)
  }
}
