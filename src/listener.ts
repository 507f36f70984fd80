import type { RunEvent } from "./events.ts"
import type { Context } from "./stream.ts"

/** Who is told of events. What it throws ends the run, and must not pass for the failure of an item. */
export interface Listener {
  readonly onEvent: (event: RunEvent) => void
  /** Throws what it has thrown before, if anything. */
  rethrow(): void
}

/** Listens in the place of the context's own listener, to which it passes every event. */
export function createListener({ onEvent }: Context): Listener {
  let failure: { readonly error: unknown } | undefined
  return {
    onEvent: (event) => {
      try {
        onEvent?.(event)
      } catch (error) {
        failure ??= { error }
        throw error
      }
    },
    rethrow: () => {
      if (failure !== undefined) throw failure.error
    },
  }
}
