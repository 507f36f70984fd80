import { readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deflateRawSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { handArchive, yazlArchive } from "../parse/zip-archives.ts"
import type { Answerer } from "../servers/recording-server.ts"
import { cutOff } from "../servers/release-server.ts"
import { type OpenDataset, openDataset } from "./open.ts"
import { box, contentOf, documentOf, releaseZip } from "./release-zip.ts"
import { namesIn, treeOf } from "./tree.ts"

const count = 30
// Its own words make each of them some kilobytes that do not compress.
const annotationOf = (at: number) => ({
  id: String(at),
  name: contentOf(String(at), 3_000).toString("hex"),
  tag: {},
})

function itemsOf({ server }: OpenDataset) {
  return Array.from({ length: count }, (_, at) => ({
    name: `${at}.png`,
    url: server.serve(`${at}.png`, contentOf(String(at), 500)),
    annotations: [annotationOf(at)],
  }))
}
const partials = (directory: string) => namesIn(directory).filter((name) => name.endsWith(".part"))
const spooled = () => readdirSync(tmpdir()).filter((name) => /^darwin-streams-.*\.zip$/.test(name))

describe("an archive that does not come whole", () => {
  const ends: readonly (readonly [what: string, make: (zip: Buffer) => Buffer | Answerer, code: string])[] = [
    ["ends in the middle", (zip) => zip.subarray(0, zip.length >> 1), "zip"],
    ["ends before its directory", (zip) => zip.subarray(0, zip.indexOf("PK\x01\x02", 0, "latin1")), "zip"],
    ["ends within its directory", (zip) => zip.subarray(0, zip.length - 10), "zip"],
    ["breaks off in the middle", (zip) => cutOff(zip, zip.length >> 1), "network"],
    ["has a byte changed", (zip) => damage(zip), "zip"],
  ]

  test.each(ends)(
    "%s: the pull fails, what has come is whole, and the next one goes on",
    async (_, make, code) => {
      const opened = await openDataset()
      const { dataset, directory, server } = opened
      const zip = await releaseZip(itemsOf(opened))
      let archive = make(zip)
      server.addRelease("v1", (...call) => {
        if (typeof archive === "function") return archive(...call)
        call[1].writeHead(200, { "content-length": archive.length }).end(archive)
      })
      const events: RunEvent[] = []
      await expect(dataset.pull({ onEvent: (event) => events.push(event) })).rejects.toMatchObject({ code })

      const transfers = events.filter((event) => event.type === "transfer")
      expect(transfers.length).toBeGreaterThan(count / 4)
      const tree = treeOf(directory)
      for (const { path } of transfers) expect(Object.keys(tree)).toContain(path.slice(directory.length + 1))
      expect(partials(directory)).toEqual([])
      // The release is not said to be the latest before it is there.
      expect(tree).not.toHaveProperty("releases/latest")

      archive = zip
      const report = await dataset.pull()
      expect(report.items).toMatchObject({ failed: 0 })
      expect(report.files).toMatchObject({ fetched: count - transfers.length, present: transfers.length })
      expect(namesIn(join(directory, "releases/latest/annotations"))).toHaveLength(count)
    },
  )

  test("annotation files that are read from it: those before the end are given first", async () => {
    const opened = await openDataset()
    const zip = await releaseZip(itemsOf(opened))
    opened.server.addRelease("v1", zip.subarray(0, zip.length >> 1))
    const names: string[] = []
    const read = async () => {
      const release = await opened.dataset.getRelease()
      for await (const file of release.annotationFiles()) names.push(file.item.name)
    }
    await expect(read()).rejects.toMatchObject({ code: "zip", archive: "v1.zip" })
    expect(names.length).toBeGreaterThan(count / 4)
    expect(names).toEqual(names.map((_, at) => `${at}.png`))
  })

  test("that is no archive at all, or not there", async () => {
    const { server, dataset } = await openDataset()
    server.addRelease("page", "<html>Sign in</html>")
    server.addRelease("gone", (_, response) => void response.writeHead(410).end("gone"))
    await expect(dataset.pull({ release: "page" })).rejects.toMatchObject({
      code: "zip",
      message: "page.zip: is not a zip archive",
    })
    await expect(dataset.pull({ release: "gone" })).rejects.toMatchObject({ code: "http", status: 410 })
  })

  test("errors and events do not tell the token of its address", async () => {
    const { server, dataset } = await openDataset()
    const told: string[] = []
    server.addRelease("v1", (_, response) => void response.writeHead(503).end("later"))
    const error = await dataset
      .pull({
        onEvent: (event) => told.push(JSON.stringify(event), "error" in event ? String(event.error) : ""),
      })
      .catch(String)
    expect(server.requests.some(({ url }) => url.includes("s3cret"))).toBe(true)
    expect(told.join() + error).toContain("token=***")
    expect(told.join() + error).not.toContain("s3cret")
  })
})

function damage(zip: Buffer): Buffer {
  const copy = Buffer.from(zip)
  const at = (zip.length * 3) >> 2
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

describe("an archive that cannot be read forwards", () => {
  const documents = ["a", "b", "c"].map((name) => ({
    name: `${name}.json`,
    text: documentOf({ name: `${name}.png`, annotations: [box(name)] }),
  }))

  test("goes through a temporary file, which is told, and all its items come", async () => {
    const { server, dataset, directory } = await openDataset()
    const zip = await yazlArchive(
      documents.map((entry, at) => (at === 1 ? { ...entry, stored: true, streamed: true } : entry)),
    )
    server.addRelease("v1", zip)
    const before = spooled()
    const events: RunEvent[] = []
    const report = await dataset.pull({ onEvent: (event) => events.push(event) })
    expect(report).toMatchObject({ items: { done: 3, failed: 0 }, annotations: 3 })
    expect(events.filter((event) => event.type === "warning").map(({ message }) => message)).toEqual([
      expect.stringMatching(/token=\*\*\* cannot be read while it arrives .*b\.json.*temporary file$/),
    ])
    expect(namesIn(join(directory, "releases/v1/annotations"))).toEqual(["a.json", "b.json", "c.json"])
    expect(spooled()).toEqual(before)
  })

  test("leaves no temporary file when the loop is left", async () => {
    const { server, dataset } = await openDataset()
    server.addRelease(
      "v1",
      await yazlArchive(documents.map((entry) => ({ ...entry, stored: true, streamed: true }))),
    )
    const before = spooled()
    for await (const file of (await dataset.getRelease()).annotationFiles()) {
      expect(file.item.name).toBe("a.png")
      break
    }
    expect(spooled()).toEqual(before)
  })
})

test("entries above the limit are refused, whatever they say of their size", async () => {
  const { server, dataset } = await openDataset()
  const data = Buffer.from(documentOf({ name: "a.png" }).padEnd(1 << 20))
  server.addRelease("v1", handArchive([{ name: "a.json", data, packed: deflateRawSync(data), size: 100 }]))
  await expect(dataset.pull()).rejects.toMatchObject({ code: "zip", entry: "a.json" })
})

test("the same files come from an archive of any writer", async () => {
  const items = Array.from({ length: 5 }, (_, at) => ({ name: `${at}.png`, annotations: [box("car")] }))
  const entries = items.map((item, at) => ({ name: `${at}.json`, text: documentOf(item) }))
  const trees: Record<string, string>[] = []
  for (const options of [{}, { stored: true }, { streamed: true }, { zip64: true }]) {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("v1", await yazlArchive(entries.map((entry) => ({ ...entry, ...options }))))
    await dataset.pull()
    trees.push(treeOf(directory))
  }
  expect(Object.keys(trees[0] ?? {})).toHaveLength(7)
  for (const tree of trees) expect(tree).toEqual(trees[0])
})

test("progress is told by the archive's bytes, up to its length", async () => {
  const opened = await openDataset()
  const zip = await releaseZip(itemsOf(opened))
  opened.server.addRelease("v1", zip)
  const events: RunEvent[] = []
  await opened.dataset.pull({ onEvent: (event) => events.push(event) })
  const progress = events.filter((event) => event.type === "progress")
  expect(progress.map(({ bytes }) => bytes)).toEqual(progress.map(({ bytes }) => bytes).sort((a, b) => a - b))
  expect(progress.at(-1)).toEqual({
    type: "progress",
    task: "v1.zip",
    bytes: zip.length,
    totalBytes: zip.length,
  })
  expect([events[0], events.at(-1)]).toEqual([
    { type: "start", task: "pull", total: 1 },
    { type: "end", task: "pull" },
  ])
  expect(events.filter(({ type }) => type === "file")).toHaveLength(count)
  expect(events.filter(({ type }) => type === "transfer")).toHaveLength(count)
})
