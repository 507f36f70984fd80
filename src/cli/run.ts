import type { Command } from "@commander-js/extra-typings"
import type { RunEvent } from "../index.ts"
import type { ExitCode } from "./exit-codes.ts"

/** The program as the commands see it, with the options that all of them have. */
export type Program = Command<[], { json?: true | undefined; logFormat?: "text" | "json" | undefined }>

/** What a command works with. It is a context of the library, so it can be handed on as such. */
export interface Run {
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
  /** Tells something at once that is neither an event of the library nor the end: an object for machines, a text for people. */
  readonly say: (message: { readonly type: string; readonly [key: string]: unknown }, text: string) => void
}

/** How a command ended. */
export interface Outcome {
  /** The last line under `--json`; `type` is put before it. */
  readonly report: object
  /** What people read instead, with line ends between its lines; nothing is printed where it is empty. */
  readonly text: string
  /** @default 0 */
  readonly exitCode?: ExitCode
}

/** Runs the work of a command: its output, its errors, its interruption. */
export type Perform = (work: (run: Run) => Promise<Outcome>) => Promise<void>
