import type { Transform } from "../stream.ts"

/**
 * Lets every item pass after `look` has seen it, and waits where `look` gives a promise; what it throws ends the stream.
 *
 * @example
 * pipe(files, tap((file) => console.log(file.path)))
 */
export function tap<T>(look: (item: T, index: number) => unknown): Transform<T> {
  return async function* (input) {
    let index = 0
    for await (const item of input) {
      await look(item, index++)
      yield item
    }
  }
}
