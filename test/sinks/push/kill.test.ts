import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, test } from "vitest"
import { callerOf } from "../../server/support.ts"
import { childrenOf } from "../../servers/kill-children.ts"
import { createRandom } from "../../servers/random.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"
import { contentOf, contentsOf, digestOf } from "./embedded.ts"

const fileCount = 1_000
const killCount = 200

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
