import type { RunEvent } from "../index.ts"
import type { Output } from "./output.ts"
import { tellError } from "./told-error.ts"

// A large archive tells of its bytes with every chunk, which nobody needs.
const progressEveryMs = 250

/**
 * One JSON object a line on stdout: the events of the run as they come, `progress` four times a second at most, and at
 * the end one line of the type `report` or `error`.
 */
export function createJsonOutput(): Output {
  const print = (message: object) => {
    process.stdout.write(`${JSON.stringify(message)}\n`)
  }
  let lastProgressMs = Number.NEGATIVE_INFINITY
  const isDue = (event: RunEvent) => {
    if (event.type !== "progress") return true
    const nowMs = performance.now()
    if (event.bytes !== event.totalBytes && nowMs - lastProgressMs < progressEveryMs) return false
    lastProgressMs = nowMs
    return true
  }
  return {
    event: (event) => {
      if (isDue(event)) print("error" in event ? { ...event, error: tellError(event.error) } : event)
    },
    say: (message) => print(message),
    outcome: ({ report }) => print({ type: "report", ...report }),
    error: (error) => print({ type: "error", ...error }),
    interrupted: () => {},
  }
}
