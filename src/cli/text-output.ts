import type { PlanEvent, RunEvent } from "../index.ts"
import { counted } from "./numbers.ts"
import type { Output } from "./output.ts"
import { createProgress } from "./progress.ts"
import { createPlainLine, createTerminalLine } from "./progress-line.ts"
import { oneLine } from "./text.ts"
import { tellError } from "./told-error.ts"

// Enough to see what is wrong; a hundred thousand more lines of it would only hide that.
const maxLinesPerKind = 20

/**
 * Lines for people. On stderr: progress, and what was skipped, failed or tried again, each told once up to 20 of a kind
 * and then counted. On stdout: the summary at the end.
 */
export function createTextOutput(): Output {
  const progress = createProgress()
  const isTerminal = process.stderr.isTTY && process.env.TERM !== "dumb"
  const line = isTerminal
    ? createTerminalLine(process.stderr, progress)
    : createPlainLine(process.stderr, progress)
  const told = new Map<string, number>()

  const note = (kind: string, text: string) => {
    const before = told.get(kind) ?? 0
    told.set(kind, before + 1)
    if (before < maxLinesPerKind)
      line.print(() => process.stderr.write(`${kind}: ${shortOf(oneLine(text))}\n`))
  }
  const notePlan = ({ format, becomes, leftOut }: PlanEvent) => {
    if (becomes.length > 0) {
      note("note", `${format} writes ${becomes.map(({ type, as }) => `${type} as ${as}`).join(", ")}`)
    }
    if (leftOut.length > 0) note("note", `${format} has no ${leftOut.join(", ")}: these are left out`)
  }
  const noteEvent = (event: RunEvent) => {
    if (event.type === "skip") {
      note("skipped", [event.file, event.place, event.reason].filter((part) => part).join(": "))
    } else if (event.type === "fail") {
      const { message } = tellError(event.error)
      note("failed", message.startsWith(`${event.file}:`) ? message : `${event.file}: ${message}`)
    } else if (event.type === "plan") notePlan(event)
    else if (event.type === "check") note(event.state, `${event.path} ${event.reason}`)
    else if (event.type === "warning") note("warning", event.message)
    else if (event.type === "retry") {
      const seconds = (event.delayMs / 1000).toFixed(1)
      note("trying again", `in ${seconds} s: ${tellError(event.error).message}`)
    } else if (event.type === "wait") {
      const seconds = (event.leftMs / 1000).toFixed(0)
      note("waiting", `${event.what} is still being made; looking for ${seconds} s more at most`)
    } else if (event.type === "remove" && event.dryRun) {
      // What a dry run would remove is its result: told in full, and where results go.
      line.print(() => process.stdout.write(`would remove ${oneLine(event.path)}\n`))
    }
  }
  const end = () => {
    line.end()
    for (const [kind, count] of told) {
      const more = count - maxLinesPerKind
      if (more > 0) process.stderr.write(`${kind}: ${counted(more, "more line")} of this kind not shown\n`)
    }
  }

  return {
    event: (event) => {
      progress.note(event)
      noteEvent(event)
      line.update()
    },
    say: (_, text) => line.print(() => process.stdout.write(`${text}\n`)),
    outcome: ({ text }) => {
      end()
      if (text !== "") process.stdout.write(`${text}\n`)
    },
    error: ({ message }) => {
      end()
      process.stderr.write(`error: ${oneLine(message)}\n`)
    },
    interrupted: () => {
      line.print(() => process.stderr.write("stopping; interrupt again to stop at once\n"))
    },
  }
}

function shortOf(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}...` : text
}
