import { maskSecrets, type RunEvent } from "../index.ts"
import type { Output } from "./output.ts"
import { createProgress } from "./progress.ts"
import { oneLine } from "./text.ts"
import { tellError } from "./told-error.ts"

type Level = "debug" | "info" | "warn" | "error"

// One a file: of interest where something is looked for, and easily left out by their level.
const levels: Partial<Record<RunEvent["type"], Level>> = {
  file: "debug",
  transfer: "debug",
  filter: "debug",
  retry: "warn",
  skip: "warn",
  check: "warn",
  warning: "warn",
  fail: "error",
}

const progressEveryMs = 1_000

/**
 * A log on stderr, one JSON object a line: `time`, `level`, `event` and what the event says, without secrets. Once a second,
 * while something happens, `progress` with items, bytes, rates and the time left. The last line is `exit` or `error`. Results
 * go to stdout as `results` writes them.
 */
export function createLogOutput(results: Output): Output {
  const progress = createProgress()
  let lastProgressMs = performance.now()

  const log = (level: Level, event: string, fields: object) => {
    const line = { time: new Date().toISOString(), level, event, ...fields }
    process.stderr.write(
      `${JSON.stringify(line, (_, value) => (typeof value === "string" ? maskSecrets(value) : value))}\n`,
    )
  }
  const logProgress = () => {
    lastProgressMs = performance.now()
    log("info", "progress", progress.state())
  }

  return {
    event: (event) => {
      progress.note(event)
      results.event(event)
      const { type, ...fields } = event
      // Those of the library tell the bytes of one archive: they are in the progress of the whole.
      if (type !== "progress") {
        log(
          levels[type] ?? "info",
          type,
          "error" in fields ? { ...fields, error: tellError(fields.error) } : fields,
        )
      }
      if (performance.now() - lastProgressMs >= progressEveryMs || type === "end") logProgress()
    },
    say: results.say,
    outcome: (outcome) => {
      results.outcome(outcome)
      const { exitCode = 0 } = outcome
      log(exitCode === 0 ? "info" : "error", "exit", { exitCode })
    },
    error: (error) => {
      results.error(error)
      log("error", "error", error)
    },
    interrupted: () => {
      results.interrupted()
      log("warn", "interrupted", {})
    },
  }
}

/** Results for people on stdout, and nothing else. */
export function createResultOutput(): Output {
  const print = (text: string) => {
    if (text !== "") process.stdout.write(`${text}\n`)
  }
  return {
    event: (event) => {
      if (event.type === "remove" && event.dryRun) print(`would remove ${oneLine(event.path)}`)
    },
    say: (_, text) => print(text),
    outcome: ({ text }) => print(text),
    error: () => {},
    interrupted: () => {},
  }
}
