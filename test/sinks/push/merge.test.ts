import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { mergeFiles } from "../../../src/sinks/push/merge-files.ts"
import { seriesZip } from "../../../src/sinks/push/series-zip.ts"
import { zipFileEntries } from "../../../src/storage/zip-file.ts"
import { contentOf, contentsOf, digestOf, folderWith, openEmpty } from "./embedded.ts"

const digest = (path: string) => digestOf(contentOf(path))

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

describe("merge modes", () => {
  test("slots: each file of a directory, in natural order, its own bytes also where names are equal", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith([
      "one/2.png",
      "one/10.png",
      "one/1.png",
      "one/notes.txt",
      "one/deeper/3.png",
      "two/1.png",
      "two/2.png",
    ])
    const report = await dataset.push([join(folder, "one"), `${folder}/two`], { itemMergeMode: "slots" })
    expect(report).toMatchObject({ items: { done: 2 }, files: 5, skipped: 2 })
    expect(await contentsOf({ call })).toEqual({
      "/one#0": digest("one/1.png"),
      "/one#1": digest("one/2.png"),
      "/one#2": digest("one/10.png"),
      "/two#0": digest("two/1.png"),
      "/two#1": digest("two/2.png"),
    })
    const { json } = await call("GET", "v2/teams/acme/items?sort[name]=asc")
    const [one] = json.items.filter((item: { name: string }) => item.name === "one")
    expect(one.layout).toEqual({ version: 3, slots_grid: [[["0"]], [["1"]], [["2"]]] })
    expect(one.slots.map((slot: { file_name: string }) => slot.file_name)).toEqual([
      "1.png",
      "2.png",
      "10.png",
    ])
  })

  test.each([
    [1, [[["0"]]]],
    [2, [[["0"]], [["1"]]]],
    [
      4,
      [
        [["0"], ["2"]],
        [["1"], ["3"]],
      ],
    ],
    [5, [[["0"], ["3"]], [["1"], ["4"]], [["2"]]]],
    [
      9,
      [
        [["0"], ["3"], ["6"]],
        [["1"], ["4"], ["7"]],
        [["2"], ["5"], ["8"]],
      ],
    ],
    [
      10,
      [
        [["0"], ["4"], ["8"]],
        [["1"], ["5"], ["9"]],
        [["2"], ["6"]],
        [["3"], ["7"]],
      ],
    ],
  ])("slots: the grid of %i", async (count, grid) => {
    const files = Array.from({ length: count }, (_, at) => `${at}.png`)
    const { layout } = await mergeFiles({ name: "item", files }, "slots")
    expect(layout).toEqual({ version: 3, slots_grid: grid })
  })

  test("slots: files beyond the sixteenth have a slot and no cell", async () => {
    const files = Array.from({ length: 20 }, (_, at) => `${at}.png`)
    const file = await mergeFiles({ name: "item", files }, "slots")
    expect("slots" in file && file.slots).toHaveLength(20)
    expect(JSON.stringify(file.layout).match(/"\d+"/g)).toHaveLength(16)
  })

  test("channels: images in one cell, in slots of their names; more than 16 are too many", async () => {
    const { dataset, call } = await openEmpty()
    const many = Array.from({ length: 17 }, (_, at) => `many/${at}.png`)
    const folder = await folderWith(["rgb/red.png", "rgb/blue.png", "rgb/film.mp4", ...many])
    const report = await dataset.push(`${folder}/*`, { itemMergeMode: "channels" })
    expect(report).toMatchObject({ items: { done: 1, failed: 1 }, skipped: 1 })
    expect(report.problems.map(({ kind, file }) => [kind, file])).toEqual([
      ["failed", "many"],
      ["skipped", join(folder, "rgb/film.mp4")],
    ])
    expect(await contentsOf({ call })).toEqual({
      "/rgb#blue.png": digest("rgb/blue.png"),
      "/rgb#red.png": digest("rgb/red.png"),
    })
    const { json } = await call("GET", "v2/teams/acme/items")
    expect(json.items[0].layout).toEqual({ version: 3, slots_grid: [[["blue.png", "red.png"]]] })
  })

  test("series: the DICOM files of a directory in one archive, uncompressed", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["scan/10.dcm", "scan/9.dcm", "scan/a.png", "none/b.png"])
    const report = await dataset.push([`${folder}/scan/`, join(folder, "none")], { itemMergeMode: "series" })
    expect(report).toMatchObject({ items: { done: 1, failed: 0 }, files: 1, skipped: 3 })
    const { json } = await call("GET", "v2/teams/acme/items")
    expect(json.items).toMatchObject([
      { name: "scan", path: "/", slots: [{ slot_name: "0", file_name: "scan.dcm", type: "dicom" }] },
    ])
    const { bytes } = await call("GET", `v2/teams/acme/uploads/${json.items[0].slots[0].upload_id}`)
    const archive = join(folder, "archive.zip")
    await writeFile(archive, bytes)
    const entries: [string, string][] = []
    for await (const entry of zipFileEntries(archive, archive)) {
      entries.push([entry.name, digestOf(entry.bytes)])
    }
    expect(entries).toEqual([
      ["9.dcm", digest("scan/9.dcm")],
      ["10.dcm", digest("scan/10.dcm")],
    ])
    expect(bytes.includes(contentOf("scan/9.dcm"))).toBe(true)
  })

  test("series: an archive has the length that was told, and is the same each time", async () => {
    const folder = await folderWith({
      "a.dcm": Buffer.alloc(300_000, 1),
      "b.dcm": Buffer.alloc(0),
      "ü.dcm": Buffer.alloc(7),
    })
    const { sizeBytes, data } = await seriesZip(["a.dcm", "b.dcm", "ü.dcm"].map((name) => join(folder, name)))
    const [first, second] = [await gather(data()), await gather(data())]
    expect(first).toHaveLength(sizeBytes)
    expect(first.equals(second)).toBe(true)
    // One that is left early closes its file.
    for await (const _ of data()) break
    await writeFile(join(folder, "a.dcm"), "shorter")
    await expect(gather(data())).rejects.toThrow("unexpected number of bytes")
  })

  test("a file in place of a directory is an item of one file", async () => {
    const { dataset, call } = await openEmpty()
    const folder = await folderWith(["a.png", "b.mp4"])
    await dataset.push(join(folder, "a.png"), { itemMergeMode: "slots", path: "/merged" })
    expect(await contentsOf({ call })).toEqual({ "/merged/a.png#0": digest("a.png") })
    await expect(dataset.push(join(folder, "b.mp4"), { itemMergeMode: "channels" })).rejects.toMatchObject({
      code: "path",
    })
  })
})
