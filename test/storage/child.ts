import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

/** A process of its own that runs code of this library. */
export interface Child {
  readonly process: ChildProcess
  /** The next line that it prints; undefined when it has ended. */
  line(): Promise<string | undefined>
  /** Kills it without warning, and waits until it is gone. */
  kill(): Promise<void>
}

/**
 * Starts a process that runs `code`, an ES module in TypeScript in which `src("path.ts")` gives a module of this library. It
 * is gone when the test is over.
 */
export function startChild(code: string): Child {
  const source = new URL("../../src/", import.meta.url)
  const script = `const src = (path) => import(${JSON.stringify(source.href)} + path)\n${code}`
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", script],
    { cwd: fileURLToPath(source), stdio: ["pipe", "pipe", "inherit"] },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill("SIGKILL")
    await once(child, "exit")
  }
  onTestFinished(kill)
  return { process: child, line: async () => (await lines.next()).value, kill }
}
