import type { RunEvent } from "../../events.ts"
import type { Context } from "../../stream.ts"

/** Who is told of events. What it throws ends the run, and must not pass for the failure of a file. */
export interface Listener {
  readonly onEvent: (event: RunEvent) => void
  /** Throws what it has thrown before, if anything. */
  rethrow(): void
}

/** The listener of a context, watched for what it throws. */
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
