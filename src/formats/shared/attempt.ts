import { FormatError } from "../../errors.ts"
import type { Context } from "../../stream.ts"

/** Gives what `make` makes, or undefined where it breaks a rule and the policy is to go on. */
export type Attempt = <T>(make: () => T) => T | undefined

/**
 * The policy for records that break a rule: `"throw"` lets the FormatError (`format`) pass, `"skip"` tells it as a `skip`
 * event.
 *
 * @example
 * const attempt = createAttempt("skip", context)
 * const annotation = attempt(() => annotationOf(record)) // undefined, and an event, where the record is broken
 */
export function createAttempt(onInvalid: "throw" | "skip" | undefined, context: Context): Attempt {
  return (make) => {
    try {
      return make()
    } catch (error) {
      if (onInvalid !== "skip" || !(error instanceof FormatError)) throw error
      context.onEvent?.({ type: "skip", file: error.file, place: error.place, reason: error.rule })
      return undefined
    }
  }
}
