#!/usr/bin/env node
import { CommanderError } from "@commander-js/extra-typings"
import { type ExitCode, exitCodes } from "./exit-codes.ts"
import { catchInterrupts } from "./interrupts.ts"
import { createJsonOutput } from "./json-output.ts"
import { counted, formatCount } from "./numbers.ts"
import type { Output } from "./output.ts"
import { createProgram } from "./program.ts"
import { createProgress, type ProgressState } from "./progress.ts"
import type { Perform, Run } from "./run.ts"
import { createTextOutput } from "./text-output.ts"
import { type ToldError, tellError } from "./told-error.ts"

// A reader who has seen enough, such as `head`, ends the output but not the work. Any other fault, such as a full disk, is
// told at the end.
let outputFault: NodeJS.ErrnoException | undefined
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") outputFault ??= error
})
process.stderr.on("error", () => {})

// Looked for before the arguments are read as a whole, so that what is wrong with them is told in the same way.
const output = await createOutput(ownArguments())
let exitCode: ExitCode = exitCodes.done

const perform: Perform = async (work) => {
  const interrupts = catchInterrupts(output.interrupted)
  const progress = createProgress()
  const onEvent: Run["onEvent"] = (event) => {
    progress.note(event)
    output.event(event)
  }
  try {
    const outcome = await work({ signal: interrupts.signal, onEvent, say: output.say })
    exitCode = outcome.exitCode ?? exitCodes.done
    output.outcome(outcome)
  } catch (error) {
    if (interrupts.signal.aborted) {
      exitCode = exitCodes.interrupted
      output.error(interruption(progress.state()))
      return
    }
    const told = tellError(error)
    exitCode = told.code === "usage" || told.code === "option" ? exitCodes.usage : exitCodes.failed
    output.error(told)
  } finally {
    interrupts.release()
  }
}

try {
  await createProgram(perform).parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help and the version end the reading of arguments, too.
  if (error.exitCode !== 0) {
    exitCode = exitCodes.usage
    const unnamed = error.code === "commander.help"
    const message = unnamed ? "name one of the commands" : error.message.replace(/^error: /, "")
    output.error({ code: "usage", message })
  }
}

await flushed(process.stdout)
if (outputFault !== undefined) {
  process.stderr.write(`error: standard output: ${outputFault.message}\n`)
  exitCode ||= exitCodes.failed
}
await flushed(process.stderr)
process.exit(exitCode)

function interruption({ items, totalItems }: ProgressState): ToldError {
  const code = "interrupted"
  if (totalItems === undefined) return { code, message: code }
  const remaining = Math.max(0, totalItems - items)
  const verb = totalItems === 1 ? "remains" : "remain"
  const message = `${code}: ${formatCount(remaining)} of ${counted(totalItems, "item")} ${verb}`
  return { code, message, remaining, totalItems }
}

async function createOutput(given: readonly string[]): Promise<Output> {
  const json = given.includes("--json")
  const at = given.indexOf("--log-format")
  const log = given.includes("--log-format=json") || (at !== -1 && given[at + 1] === "json")
  if (!log) return json ? createJsonOutput() : createTextOutput()
  const { createLogOutput, createResultOutput } = await import("./log-output.ts")
  return createLogOutput(json ? createJsonOutput() : createResultOutput())
}

function ownArguments(): string[] {
  const given = process.argv.slice(2)
  const end = given.indexOf("--")
  return end === -1 ? given : given.slice(0, end)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()))
}
