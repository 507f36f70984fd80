import { readFileSync, writeFileSync } from "node:fs"
import { uptime } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { expect, test } from "vitest"
import { openDatasetManifest } from "../../src/storage/dataset-directory.ts"
import { openDataset } from "./open.ts"
import { box, contentOf, releaseZip } from "./release-zip.ts"
import { digestOf, treeOf } from "./tree.ts"

const names = Array.from({ length: 12 }, (_, at) => `${at}.png`)
const content = (name: string) => contentOf(name, name === "11.png" ? 3 << 20 : 2_000)
const hourMs = 3_600_000

test("what a power cut may have taken is compared with its digest, and fetched again where it differs", async () => {
  const { server, dataset, directory } = await openDataset()
  const items = names.map((name) => ({ name, url: server.serve(name, content(name)) }))
  server.addRelease("v1", await releaseZip(items))
  await dataset.pull()

  // As if the machine had gone down when all was noted, and the bytes of three files had not been written out. One of them
  // had been there for an hour: the system has written it long before, so nobody looks at it.
  const boot = Math.floor(Date.now() - uptime() * 1_000)
  const down = boot - 5_000
  const database = new Database(join(directory, ".darwin-streams", "manifest.db"))
  database.prepare("update activity set last = ?").run(down)
  database.prepare("update files set recorded = ?").run(down - 10_000)
  database.prepare("update files set recorded = ? where path = 'images/2.png'").run(down - hourMs)
  database.close()
  const lose = (name: string) => writeFileSync(join(directory, "images", name), Buffer.alloc(2_000))
  for (const name of ["0.png", "1.png", "2.png"]) lose(name)
  // A large file was waited for, so nobody reads it again either.
  writeFileSync(join(directory, "images", "11.png"), Buffer.alloc(3 << 20))

  const report = await dataset.pull()
  expect(report.files).toMatchObject({ fetched: 2, present: 10 })
  const tree = treeOf(directory)
  for (const name of names) {
    if (name !== "2.png" && name !== "11.png") expect(tree[`images/${name}`]).toBe(digestOf(content(name)))
  }
  expect(readFileSync(join(directory, "images/2.png")).every((byte) => byte === 0)).toBe(true)

  // Once is enough: they have been recorded anew.
  const manifest = openDatasetManifest(directory)
  for (const name of names) expect(manifest.known(`images/${name}`)?.doubtful).toBeUndefined()
  for (const { path, bytes } of manifest.needed("v1", ""))
    expect([path, bytes]).toEqual([path, expect.any(Number)])
  manifest.close()
  lose("3.png")
  expect((await dataset.pull()).files).toMatchObject({ fetched: 0, present: 12 })
})

test("annotation files that took the place of others in one rename are doubted like all that were brought last", async () => {
  const { server, dataset, directory } = await openDataset()
  const items = (label: string) =>
    names.map((name) => ({ name, url: server.serve(name, content(name)), annotations: [box(label)] }))
  server.addRelease("v1", await releaseZip(items("car")))
  await dataset.pull()
  const manifest = new Database(join(directory, ".darwin-streams", "manifest.db"))
  // The first ones have been there for an hour.
  manifest.prepare("update files set recorded = recorded - ?").run(hourMs)
  const changed = await releaseZip(items("tree"))
  server.addRelease("v1", changed)
  await dataset.pull()

  const down = Math.floor(Date.now() - uptime() * 1_000) - 5_000
  manifest.prepare("update activity set last = ?").run(down)
  manifest.prepare("update files set recorded = recorded - ?").run(Date.now() - down + 1_000)
  manifest.close()
  const path = join(directory, "releases", "v1", "annotations", "3.json")
  const whole = readFileSync(path)
  writeFileSync(path, Buffer.alloc(whole.length))

  await dataset.pull()
  expect(readFileSync(path, "utf8")).toBe(whole.toString())
})

test("a manifest of before, which does not know when, goes on", async () => {
  const { server, dataset, directory } = await openDataset()
  server.addRelease("v1", await releaseZip([{ name: "a.png", url: server.serve("a.png", "a") }]))
  await dataset.pull()
  const database = new Database(join(directory, ".darwin-streams", "manifest.db"))
  database.exec("alter table files drop column recorded; drop table activity; drop table doubts")
  database.close()
  expect((await dataset.pull()).files).toMatchObject({ fetched: 0, present: 1 })
})
