import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

/** The program as it is installed: built. */
export const program: string = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url))

/** One line of output under `--json`. */
export interface Message {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of many shapes
  readonly [key: string]: any
}

/** What a run of the program gave. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  /** Without the lines that tell of progress: how many there are depends on the speed of the machine. */
  readonly stderr: string
  /** Every line of stdout as JSON; throws when one is not. */
  messages(): Message[]
  /** The last of them. */
  last(): Message
}

/** A run of the program that goes on. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** Waits until the output so far, of both streams together, holds a text; rejects when the run ends without. */
  until(text: string): Promise<string>
}

/** Where a run takes place. */
export interface RunOptions {
  /** The home directory, where the configuration file is. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
}

const progressLine = /^(?:\[[#-]+\].*|[\d,/]+ items?\b.*)\n/gm

/** Starts the program in an environment that holds nothing of the caller's. */
export function startCommand(args: readonly string[], { home, env = {} }: RunOptions): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, DARWIN_RETRY_INITIAL_WAIT: "0", ...env },
  })
  child.stdin.end()
  let stdout = ""
  let stderr = ""
  const watchers = new Set<() => void>()
  const watch = () => {
    for (const watcher of watchers) watcher()
  }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    watch()
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    watch()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => {
      const messages = () =>
        stdout
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Message)
      resolve({
        code,
        stdout,
        stderr: stderr.replace(progressLine, ""),
        messages,
        last: () => messages().at(-1) ?? { type: "nothing" },
      })
    })
  })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  return {
    child,
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if ((stdout + stderr).includes(text)) resolve(stdout + stderr)
        }
        watchers.add(look)
        look()
        ended.then(() => reject(new Error(`ended without ${text}: ${stdout}${stderr}`)), reject)
      }),
  }
}

/** Runs the program to its end. */
export function runCommand(args: readonly string[], options: RunOptions): Promise<Ended> {
  return startCommand(args, options).ended
}

/** A directory that is gone after the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "darwin-cli-"))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** All files below a directory, as paths relative to it, sorted. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort()
}
