import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { callerOf } from "../../server/support.ts"
import { childrenOf } from "../../servers/kill-children.ts"
import { type KilledServer, killInTheMiddle } from "../../servers/kill-in-the-middle.ts"
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
  const launchPush = childrenOf("push", ({ type, path }) => {
    if (type === "transfer") done.add(path)
  })
  // Both ways to go on: by the notes of earlier runs, and by what the service tells alone.
  const launch = ({ url, apiKey }: KilledServer) =>
    launchPush({ url, apiKey, folder, journal: random() < 0.1 ? false : undefined })
  const server = await killInTheMiddle({
    dataDirectory,
    kills: killCount,
    random,
    total: fileCount,
    done: () => done.size,
    launch,
    prepare: async (first) => {
      await callerOf(first)("POST", "datasets", { body: { name: "Street" } })
    },
    // While it registers, or asks what is there already.
    early: 0.2,
  })

  const last = launch(server)
  expect(await last.first("report")).toMatchObject({ items: { blocked: 0, failed: 0 }, problems: [] })
  expect(await last.ended).toBe(0)
  expect(await contentsOf({ call: callerOf(server) })).toEqual(expected)
}, 600_000)
