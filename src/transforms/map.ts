import type { Transform } from "../stream.ts"

/**
 * Gives what `fn` makes of each item, one after another, in order. For work that may overlap see `parallel`.
 *
 * @example
 * pipe(files, map((file) => file.item.name))
 */
export function map<In, Out>(fn: (item: In, index: number) => Out | Promise<Out>): Transform<In, Out> {
  return async function* (input) {
    let index = 0
    for await (const item of input) yield await fn(item, index++)
  }
}
