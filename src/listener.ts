import type { Context } from "./stream.ts"

/** Who is told of events, and what it threw: that ends the run, and must not pass for the failure of an item. */
export interface Listener {
  readonly onEvent: NonNullable<Context["onEvent"]>
  readonly failure: { readonly error: unknown } | undefined
}

/** Listens in the place of the context's own listener, to which it passes every event. */
export function createListener({ onEvent }: Context): Listener {
  let failure: Listener["failure"]
  return {
    onEvent: (event) => {
      try {
        onEvent?.(event)
      } catch (error) {
        failure ??= { error }
        throw error
      }
    },
    get failure() {
      return failure
    },
  }
}
