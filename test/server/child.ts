import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import { createInterface } from "node:readline"

import { onTestFinished } from "vitest"

import { type Call, callerOf } from "./support.ts"

/** A server in a process of its own, to be killed. */
export interface Child {
  readonly call: Call
  readonly kill: () => Promise<void>
}

/** Starts the process; it is gone after the test. */
export function launch(directory: string, ...more: string[]): ChildProcess {
  const script = path.join(import.meta.dirname, "serve-child.ts")
  const child = spawn(process.execPath, ["--import", "tsx", script, directory, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  return child
}

/** Kills a process as a power cut would, and waits for its end. */
export async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

/** Starts a server in a process of its own; returns when it listens. */
export async function startChild(directory: string): Promise<Child> {
  const child = launch(directory)
  if (child.stdout === null) throw new Error("the child has no output")
  for await (const line of createInterface({ input: child.stdout })) {
    return { call: callerOf(JSON.parse(line)), kill: () => killed(child) }
  }
  throw new Error("the child ended before it was listening")
}
