import { spawn } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { callerOf } from "../../server/support.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"
import { contentOf, contentsOf, digestOf } from "./embedded.ts"

const fileCount = 1_000
const killCount = 200

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a child has printed. */
interface Message {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: messages of many shapes
  readonly [key: string]: any
}

interface Child {
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

/** Gives children of one role that begin at once: the next one is loaded while the one before works. */
function childrenOf(role: "serve" | "push", onMessage: (message: Message) => void = () => {}) {
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

test("after 200 kills of client and server each item is there once, with the bytes of its file", async () => {
  const random = createRandom(20_260_104)
  const home = await tempDirectory()
  const dataDirectory = join(home, "data")
  const folder = join(home, "photos")
  const expected: Record<string, string> = {}
  for (let at = 0; at < fileCount; at++) {
    const [sub, name] = [`f${at % 7}`, `${at}.png`]
    await mkdir(join(folder, sub), { recursive: true })
    await writeFile(join(folder, sub, name), contentOf(name))
    expected[`/${sub}/${name}#0`] = digestOf(contentOf(name))
  }

  const done = new Set<string>()
  const launchServer = childrenOf("serve")
  const launchPush = childrenOf("push", ({ type, path }) => {
    if (type === "transfer") done.add(path)
  })
  const serve = async () => {
    // Started again on its data, it takes the port that it had.
    const child = launchServer({ dataDirectory })
    const { url, apiKey } = (await child.first("listening")) ?? { url: "", apiKey: "" }
    return { child, url, apiKey }
  }
  let server = await serve()
  const call = callerOf(server)
  await call("POST", "datasets", { body: { name: "Street" } })
  // Both ways to go on: by the notes of earlier runs, and by what the service tells alone.
  const push = () =>
    launchPush({
      url: server.url,
      apiKey: server.apiKey,
      folder,
      journal: random() < 0.1 ? false : undefined,
    })

  const kills = { client: 0, server: 0 }
  let client = push()
  while (kills.client + kills.server < killCount) {
    if (client.hasEnded()) client = push()
    await client.first("start")
    const each = (fileCount - done.size) / (killCount - kills.client - kills.server)
    if (random() < 0.2) {
      // While it registers, or asks what is there already.
      await sleep(random() * 100)
    } else {
      const aim = done.size + Math.floor(random() * each)
      await client.until(() => done.size >= aim)
      await sleep(random() * 10)
    }
    // Seen to be done by itself, it was not killed.
    if (client.hasEnded()) continue
    // One of them, or both at one instant.
    const victims = random()
    const killed: Promise<void>[] = []
    if (victims < 0.65) killed.push(client.kill())
    if (victims > 0.35) killed.push(server.child.kill())
    await Promise.all(killed)
    if (victims < 0.65) kills.client++
    if (victims > 0.35) {
      kills.server++
      server = await serve()
    }
  }
  await client.kill()
  // They have hit it in the middle, all the way.
  expect(done.size).toBeGreaterThan(fileCount / 2)
  expect(done.size).toBeLessThan(fileCount)
  expect(Math.min(kills.client, kills.server)).toBeGreaterThan(killCount / 4)

  const last = push()
  expect(await last.first("report")).toMatchObject({ items: { blocked: 0, failed: 0 }, problems: [] })
  expect(await last.ended).toBe(0)
  expect(await contentsOf({ call })).toEqual(expected)
}, 600_000)
