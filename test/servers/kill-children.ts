import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { onTestFinished } from "vitest"

/** What a child has printed. */
export interface Message {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: messages of many shapes
  readonly [key: string]: any
}

export interface Child {
  /** Resolves at its first message of a type; undefined when it ends without. */
  first(type: string): Promise<Message | undefined>
  /** Resolves when a condition holds after a message, or the child has ended. */
  until(holds: () => boolean): Promise<void>
  readonly ended: Promise<number | null>
  hasEnded(): boolean
  kill(): Promise<void>
}

// A child lives for a second: nothing is spent on making its code fast or its memory small.
const shortLived = [
  "--no-opt",
  "--single-threaded-gc",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
]

/**
 * Gives children of one role of `kill-child.mjs` that begin at once: the next one is loaded while the one before works. Each
 * call hands an order to the one that stands ready; `onMessage` hears what any of them prints.
 */
export function childrenOf(
  role: "serve" | "push" | "pull" | "import",
  onMessage: (message: Message) => void = () => {},
): (order: object) => Child {
  const script = join(import.meta.dirname, "kill-child.mjs")
  const load = () => {
    const child = spawn(process.execPath, [...shortLived, script, role], {
      stdio: ["pipe", "pipe", "inherit"],
    })
    onTestFinished(() => {
      child.kill("SIGKILL")
    })
    return child
  }
  let ready = load()
  return (order: object): Child => {
    const child = ready
    ready = load()
    const messages: Message[] = []
    const watchers = new Set<() => void>()
    const look = () => {
      for (const watch of watchers) watch()
    }
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = JSON.parse(line)
      messages.push(message)
      onMessage(message)
      look()
    })
    let over = false
    const ended = new Promise<number | null>((resolve) => {
      child.once("close", (code) => {
        over = true
        look()
        resolve(code)
      })
    })
    const until = (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const watch = () => {
          if (over || holds()) resolve()
        }
        watchers.add(watch)
        watch()
      })
    const find = (type: string) => messages.find((message) => message.type === type)
    child.stdin.write(`${JSON.stringify(order)}\n`)
    return {
      first: async (type) => {
        await until(() => find(type) !== undefined)
        return find(type)
      },
      until,
      ended,
      hasEnded: () => over,
      kill: async () => {
        child.kill("SIGKILL")
        await ended
      },
    }
  }
}
