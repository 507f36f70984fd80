import { inContext, isAsyncIterable, type Transform } from "../stream.ts"

/**
 * Gives all that `fn` makes of each item, in order: an array, a generator or a stream for each.
 *
 * @example
 * pipe(files, flatMap((file) => file.annotations))
 */
export function flatMap<In, Out>(
  fn: (item: In, index: number) => Iterable<Out> | AsyncIterable<Out>,
): Transform<In, Out> {
  return async function* (input, context = {}) {
    let index = 0
    for await (const item of input) {
      const made = fn(item, index++)
      if (isAsyncIterable(made)) yield* inContext(made, context)
      else for (const one of made) yield one
    }
  }
}
