import { createInterface } from "node:readline/promises"

/** Asks a question on the terminal that only `y` and `yes` agree to; the end of input does not. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const close = () => lines.close()
  signal.addEventListener("abort", close)
  // The terminal is in raw mode and sends no signal of its own.
  lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"))
  const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")))
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `).catch(() => ""), ended])
    signal.throwIfAborted()
    return /^\s*y(es)?\s*$/i.test(answer)
  } finally {
    signal.removeEventListener("abort", close)
    lines.close()
  }
}
