import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, test } from "vitest"
import { openDatasetManifest } from "../../src/storage/dataset-directory.ts"
import { startCommand } from "../cli/command.ts"
import { createRandom } from "../servers/random.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openEmbedded, pictureOf, type Sketch } from "./embedded.ts"
import { digestOf, treeOf } from "./tree.ts"

const kilobyte = 1 << 10
const megabyte = 1 << 20

// Some flow to the disk piece by piece, most are written in one go.
const items: readonly Sketch[] = Array.from({ length: 200 }, (_, at) => ({
  name: `${at}.png`,
  path: at % 3 === 0 ? "/" : `/folder ${at % 3}`,
  bytes: at % 40 === 7 ? megabyte + at * 20 * kilobyte : kilobyte + at * 300,
  annotations: [
    {
      id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
      type: "bounding_box",
      name: "car",
      bounding_box: { x: 1, y: 2, w: 3, h: 4 },
    },
  ],
}))
const pictures = Object.fromEntries(
  items.map((item) => [
    `images${item.path === "/" ? "" : item.path}/${item.name}`,
    digestOf(pictureOf(item)),
  ]),
)

async function openPull() {
  const opened = await openEmbedded(items)
  const { server, datasetsDirectory } = opened
  const home = await tempDirectory()
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  const start = () =>
    startCommand(["pull", "acme/street:v1", "--datasets-dir", datasetsDirectory, "--json"], { home, env })
  /** Runs it to its end and gives its exit code. */
  const run = async () => (await start().ended).code
  return { directory: opened.directory, start, run }
}

const partial = (name: string) => name.endsWith(".part")

test("50 kills at random moments leave no incomplete file, and the pull ends with every file right", async () => {
  const { directory, start, run } = await openPull()
  const random = createRandom(20_260_101)

  const startMs = performance.now()
  expect(await run()).toBe(0)
  const wholeMs = performance.now() - startMs
  const whole = treeOf(directory)
  expect(whole).toMatchObject(pictures)
  // Nothing but what was asked for: pictures, annotation files, metadata, a class list and the link.
  expect(Object.keys(whole)).toHaveLength(2 * items.length + 3)
  rmSync(directory, { recursive: true })

  const afterKill = { partials: 0, files: 0 }
  for (let kills = 0; kills < 50; ) {
    const { child, ended } = start()
    const stop = new AbortController()
    const moment = sleep(random() * wholeMs, undefined, { signal: stop.signal }).catch(() => {})
    await Promise.race([ended, moment])
    stop.abort()
    child.kill("SIGKILL")
    const { code } = await ended
    if (code === null) {
      kills++
      const left = existsSync(directory) ? treeOf(directory) : {}
      for (const [name, digest] of Object.entries(left)) {
        if (partial(name)) afterKill.partials++
        else {
          afterKill.files++
          expect([name, digest]).toEqual([name, whole[name]])
        }
      }
      if (kills % 4 === 0) rmSync(directory, { recursive: true, force: true })
    } else {
      // It was done before its moment came: the next one begins from nothing.
      expect(code).toBe(0)
      expect(treeOf(directory)).toEqual(whole)
      rmSync(directory, { recursive: true })
    }
  }
  // The kills have hit what they were aimed at.
  expect(afterKill.partials).toBeGreaterThan(0)
  expect(afterKill.files).toBeGreaterThan(items.length)

  expect(await run()).toBe(0)
  expect(treeOf(directory)).toEqual(whole)
  const manifest = openDatasetManifest(directory)
  try {
    for (const [name, digest] of Object.entries(pictures)) {
      expect([name, manifest.known(name)?.digest]).toEqual([name, digest])
    }
  } finally {
    manifest.close()
  }
})

test("several pulls at once into one directory end right, all of them", async () => {
  const { directory, run } = await openPull()
  for (let round = 0; round < 3; round++) {
    expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0])
    const tree = treeOf(directory)
    expect(tree).toMatchObject(pictures)
    expect(Object.keys(tree).filter((name) => name.endsWith(".json"))).toHaveLength(items.length + 1)
    expect(Object.keys(tree).filter(partial)).toEqual([])
    const manifest = openDatasetManifest(directory)
    for (const name of Object.keys(pictures)) expect([name, manifest.isUsed(name)]).toEqual([name, true])
    manifest.close()
    if (round === 0) rmSync(join(directory, "images"), { recursive: true })
    else rmSync(directory, { recursive: true })
  }
})
