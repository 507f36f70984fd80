import type { RunEvent } from "../index.ts"
import type { Outcome, Run } from "./run.ts"
import type { ToldError } from "./told-error.ts"

/** How a command speaks: to machines, or to people. */
export interface Output {
  event(event: RunEvent): void
  readonly say: Run["say"]
  /** The end of a command that came through. */
  outcome(outcome: Outcome): void
  /** The end of one that did not. */
  error(error: ToldError): void
  /** The user has asked to stop; work in flight is being ended. */
  interrupted(): void
}
