import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { startServer } from "../../../src/server/index.ts"
import { callerOf } from "../../server/support.ts"
import { childrenOf } from "../../servers/kill-children.ts"
import { type KilledServer, killInTheMiddle } from "../../servers/kill-in-the-middle.ts"
import { createRandom } from "../../servers/random.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"
import { box, fileOf, idOf, pictureItem } from "./support.ts"

const itemCount = 1_000
const boxesEach = 6
const killCount = 200

/** What of an annotation the items are compared by; those of odd number have ids in their files. */
const mark = (item: number, at: number) => item * 10 + at

test("after 200 kills of client and server each annotation is there once", async () => {
  const random = createRandom(20_261_128)
  const home = await tempDirectory()
  const [dataDirectory, folder] = [join(home, "data"), join(home, "annotations")]
  await mkdir(folder)
  const paths = Array.from({ length: itemCount }, (_, item) => `/f${item % 7}/${item}.png`)
  for (const [item, path] of paths.entries()) {
    const boxes = Array.from({ length: boxesEach }, (_, at) => {
      const { type, ...rest } = box(mark(item, at), at % 2 === 1 ? { id: idOf(mark(item, at)) } : {})
      return rest
    })
    const { item: place } = fileOf(path, [])
    await writeFile(
      join(folder, `${item}.json`),
      JSON.stringify({ version: "2.0", item: place, annotations: boxes }),
    )
  }
  const seeded = await startServer({ dataDirectory, port: 0, team: "acme" })
  const classes = [{ name: "car", type: "bounding_box", sub_types: [] }] as const
  await seeded.seed({ dataset: "Street", classes, items: paths.map(pictureItem) })
  await seeded.close()

  const done = new Set<string>()
  const launchImport = childrenOf("import", ({ type, path }) => {
    if (type === "file") done.add(path)
  })
  // Two boxes a request, so that items are left half-done. Both ways to go on: by the journal, and by what items hold alone.
  const launch = ({ url, apiKey }: KilledServer) =>
    launchImport({
      url,
      apiKey,
      dataset: "acme/street",
      folder,
      options: {
        append: true,
        concurrency: 3,
        maxPayloadBytes: 420,
        ...(random() < 0.1 && { journal: false }),
      },
    })
  const server = await killInTheMiddle({
    dataDirectory,
    kills: killCount,
    random,
    total: itemCount,
    done: () => done.size,
    launch,
  })

  const last = launch(server)
  const report = await last.first("report")
  expect(report).toMatchObject({ problems: [], items: { failed: 0, missing: 0, refused: 0 } })
  expect(report?.annotations).toMatchObject({ total: itemCount * boxesEach, failed: 0, skipped: 0 })
  expect(await last.ended).toBe(0)

  const call = callerOf(server)
  const held: Record<string, number[]> = {}
  for (let from = 0; from < itemCount; from += 100) {
    const names = paths.slice(from, from + 100).map((path) => `item_names[]=${path.split("/")[2]}`)
    const { json } = await call("GET", `v2/teams/acme/items?page[size]=500&${names.join("&")}`)
    for (const { id, path, name } of json.items) {
      const { json: annotations } = await call("GET", `v2/teams/acme/items/${id}/annotations`)
      held[`${path}/${name}`] = annotations
        .map(({ data }: { data: { bounding_box: { x: number } } }) => data.bounding_box.x)
        .sort((a: number, b: number) => a - b)
    }
  }
  const expected = paths.map((path, item) => [
    path,
    Array.from({ length: boxesEach }, (_, at) => mark(item, at)),
  ])
  expect(held).toEqual(Object.fromEntries(expected))
}, 600_000)
