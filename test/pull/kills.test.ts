import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, test } from "vitest"
import { parseFaults } from "../../src/server/index.ts"
import { type FaultyDataset, openFaultyDataset } from "../servers/faulty-dataset.ts"
import { childrenOf } from "../servers/kill-children.ts"
import { createRandom } from "../servers/random.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import type { Sketch } from "./embedded.ts"
import { contentOf } from "./release-zip.ts"
import { treeOf } from "./tree.ts"

// `npm run bench -- kills` asks for more of them, and for the figures.
const killCount = Number(process.env.DARWIN_STREAMS_KILLS ?? 150)
const concurrency = 8

const kilobyte = 1 << 10
const megabyte = 1 << 20
/** What a kill may cost for each file that is open: files of up to 1 MiB begin again, larger ones go on. */
const chunkBytes = megabyte

const box = { type: "bounding_box", name: "car", bounding_box: { x: 1, y: 2, w: 3, h: 4 } } as const
const corners = [
  { x: 1, y: 1 },
  { x: 9, y: 1 },
  { x: 5, y: 8 },
]
const kerb = { type: "polygon", name: "kerb", polygon: { paths: [corners] } } as const
const idOf = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`
const slotOf = (name: string, slot_name: string, bytes: number) => ({
  slot_name,
  type: "image" as const,
  file_name: `${slot_name}.png`,
  bytes: contentOf(`${name} ${slot_name}`, bytes),
  width: 64,
  height: 48,
})

/** Images, items of several slots, videos; small and large; with and without annotations. */
const sketches: readonly Sketch[] = [
  ...Array.from({ length: 60 }, (_, at) => ({
    name: `${at}.png`,
    path: `/folder ${at % 3}`,
    bytes: at % 20 === 7 ? megabyte + at * 40 * kilobyte : kilobyte + at * 700,
    annotations: [
      { id: idOf(2 * at), ...box },
      { id: idOf(2 * at + 1), ...kerb },
    ].slice(0, at % 3),
  })),
  ...Array.from({ length: 15 }, (_, at) => ({
    name: `several ${at}`,
    slots: [
      slotOf(`several ${at}`, "0", 2_000 + at),
      slotOf(`several ${at}`, "1", at % 8 === 3 ? 2 * megabyte : 900 * kilobyte),
    ],
    annotations: [{ id: idOf(1_000 + at), ...box, slot_names: ["1"] }],
  })),
  ...Array.from({ length: 2 }, (_, at) => ({
    name: `clip ${at}.avi`,
    slots: [
      {
        slot_name: "0",
        type: "video" as const,
        file_name: `clip ${at}.avi`,
        bytes: contentOf(`clip ${at}`, (3 + 2 * at) * megabyte),
        width: 64,
        height: 48,
        fps: 4,
        frames: [contentOf(`frame ${at}`, 500)],
      },
    ],
  })),
]

let origin: FaultyDataset
beforeAll(async () => {
  origin = await openFaultyDataset(sketches)
})
afterAll(() => origin.close())

test(`after ${killCount} kills no file is wrong and none is lost, and little is fetched again`, async () => {
  const random = createRandom(20_260_105)
  const home = await tempDirectory()
  const directory = join(home, "acme/street")
  const received = join(home, "received")
  const launch = childrenOf("pull")
  const start = () =>
    launch({
      url: origin.proxy.url,
      apiKey: origin.apiKey,
      dataset: "acme/street",
      datasetsDirectory: home,
      received,
      options: { concurrency },
    })

  // Large files take their time, so that they are hit in the middle.
  origin.proxy.setRules(parseFaults("drip@files:0.3"))
  const first = start()
  await first.first("start")
  const startMs = performance.now()
  expect(await first.first("report")).toMatchObject({ items: { done: sketches.length, failed: 0 } })
  const wholeMs = performance.now() - startMs
  expect(await first.ended).toBe(0)
  const whole = treeOf(directory)
  expect(whole).toMatchObject(origin.expected)
  rmSync(received)
  rmSync(directory, { recursive: true })

  const { costs, add, forget } = createCosts()
  let hits = 0
  for (let kills = 0; kills < killCount; ) {
    const child = start()
    await child.first("start")
    await Promise.race([sleep(random() * wholeMs), child.ended])
    if (!child.hasEnded()) await child.kill()
    const code = await child.ended
    if (existsSync(received)) {
      add(readFileSync(received, "utf8"))
      rmSync(received)
    }
    const left = existsSync(directory) ? treeOf(directory) : {}
    if (code === null) {
      kills++
      const files = Object.entries(left).filter(([name]) => !name.endsWith(".part"))
      if (files.length > 0 && files.length < Object.keys(whole).length) hits++
      for (const [name, digest] of files) expect([name, digest]).toEqual([name, whole[name]])
    } else {
      // It was done before its moment came: the next one begins from nothing.
      expect(code).toBe(0)
      expect(left).toEqual(whole)
      rmSync(directory, { recursive: true })
      forget()
    }
  }
  const last = start()
  expect(await last.first("report")).toMatchObject({ items: { failed: 0 }, problems: [] })
  expect(await last.ended).toBe(0)
  expect(treeOf(directory)).toEqual(whole)

  // The kills have hit what they were aimed at.
  expect(hits).toBeGreaterThan(killCount / 3)
  const { mostOfFile, mostOfKill, total } = costs
  const kib = (bytes: number) => `${Math.ceil(bytes / kilobyte).toLocaleString("en")} KiB`
  console.info(
    `${killCount} kills, ${hits} of them midway, ${concurrency} files at a time: fetched again ${kib(total / killCount)} each on ` +
      `average, ${kib(mostOfKill)} at most, of one file ${kib(mostOfFile)} at most`,
  )
  expect(mostOfFile).toBeLessThanOrEqual(chunkBytes)
  expect(mostOfKill).toBeLessThanOrEqual(concurrency * chunkBytes)
}, 3_600_000)

/** Works out what came twice: from what each process has received, and where the next one went on. */
function createCosts() {
  /** How much of each file has come, as far as it is not for nothing yet. */
  const come = new Map<string, number>()
  const costs = { mostOfFile: 0, mostOfKill: 0, total: 0 }
  return {
    costs,
    /** Reads what one process has noted. */
    add: (notes: string) => {
      const before = costs.total
      for (const line of notes.split("\n").slice(0, -1)) {
        const [, path = "", plus, count = ""] = /^(\S+) (\+ )?(\d+)$/.exec(line) ?? []
        const had = come.get(path) ?? 0
        if (plus !== undefined) {
          come.set(path, had + Number(count))
          continue
        }
        const again = Math.max(0, had - Number(count))
        costs.total += again
        costs.mostOfFile = Math.max(costs.mostOfFile, again)
        come.set(path, Number(count))
      }
      costs.mostOfKill = Math.max(costs.mostOfKill, costs.total - before)
    },
    forget: () => come.clear(),
  }
}
