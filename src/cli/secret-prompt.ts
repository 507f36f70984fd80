import { createInterface } from "node:readline"
import { Writable } from "node:stream"

/** Asks on the terminal for a line that is not shown while it is typed. Gives undefined at the end of input. */
export function promptSecret(question: string, signal: AbortSignal): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, signal })
  process.stderr.write(question)
  return new Promise((resolve, reject) => {
    lines.once("line", (line) => {
      resolve(line)
      lines.close()
    })
    // The terminal is in raw mode and sends no signal of its own.
    lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"))
    lines.once("close", () => {
      process.stderr.write("\n")
      if (signal.aborted) reject(signal.reason)
      else resolve(undefined)
    })
  })
}
