import { readdirSync } from "node:fs"
import { describe, expect, test } from "vitest"
import type { PullDatasetOptions } from "../../src/client/index.ts"
import type { RunEvent } from "../../src/events.ts"
import { type HandEntry, handArchive, rawBlock, yazlArchive } from "../parse/zip-archives.ts"
import { openDataset } from "./open.ts"
import { documentOf } from "./release-zip.ts"
import { namesIn } from "./tree.ts"

const megabyte = 1 << 20
const entry = (at: number, more: Partial<HandEntry> = {}): HandEntry => ({
  name: `${at}.json`,
  data: Buffer.from(documentOf({ name: `${at}.png` })),
  ...more,
})
const texts = [0, 1, 2].map((at) => ({ name: `${at}.json`, text: documentOf({ name: `${at}.png` }) }))
const three = handArchive([entry(0), entry(1), entry(2)])
const allThree = ["0.json", "1.json", "2.json"]

/** A good document that is followed by blanks, which pack to nothing. */
function inflated(at: number, bytes: number): Buffer {
  const text = documentOf({ name: `${at}.png` })
  return Buffer.from(text.padEnd(bytes, " "))
}

/** Where the directory of an archive begins. */
function directoryOf(archive: Buffer): number {
  return archive.indexOf("PK\u0001\u0002", 0, "latin1")
}

/** An archive whose last entry is a symbolic link in the way of Unix. */
function withLink(target: string): Buffer {
  const bytes = handArchive([entry(0), { name: "link.json", data: Buffer.from(target) }])
  const listed = bytes.lastIndexOf("PK\u0001\u0002", undefined, "latin1")
  bytes.writeUInt8(3, listed + 5)
  bytes.writeUInt32LE((0o120777 << 16) >>> 0, listed + 38)
  return bytes
}

interface Case {
  readonly archive: Buffer | Promise<Buffer>
  /** The annotation files that are there in the end. */
  readonly files: readonly string[]
  /** What the pull ends with; it ends well without it. */
  readonly error?: string
  /** What was left out, and why. */
  readonly skipped?: string
  readonly warning?: string
  readonly options?: PullDatasetOptions
}

const cases: Readonly<Record<string, Case>> = {
  "nothing at all": {
    archive: Buffer.alloc(0),
    files: [],
    error: "ends before its directory: it is truncated",
  },
  "a web page": {
    archive: Buffer.from("<!doctype html><p>Sign in".repeat(9)),
    files: [],
    error: "is not a zip archive",
  },
  "cut in an entry": {
    archive: three.subarray(0, three.indexOf("2.json") + 20),
    files: allThree.slice(0, 2),
    error: "2.json: ends before its data: the archive is truncated",
  },
  "cut in its directory": {
    archive: three.subarray(0, three.length - 30),
    files: allThree,
    error: "ends inside its directory: it is truncated",
  },
  "a wrong checksum": {
    archive: handArchive([entry(0), entry(1, { crc: 7 })]),
    files: ["0.json"],
    error: "1.json: its checksum does not match",
  },
  "a wrong checksum behind the data": {
    archive: handArchive([entry(0), entry(1, { crc: 7, descriptor: { signed: true, wide: false } })]),
    files: ["0.json"],
    error: "1.json: its checksum does not match",
  },
  "fewer bytes than declared": {
    archive: handArchive([entry(0), entry(1, { size: 5_000 })]),
    files: ["0.json"],
    error: "bytes where 5000 are declared",
  },
  "sizes of 64 bits": {
    archive: yazlArchive(
      texts.map((text) => ({ ...text, zip64: true })),
      { zip64: true },
    ),
    files: allThree,
  },
  "sizes behind the data": {
    archive: handArchive(allThree.map((_, at) => entry(at, { descriptor: { signed: true, wide: false } }))),
    files: allThree,
  },
  "sizes of 64 bits behind the data, without a signature": {
    archive: handArchive(allThree.map((_, at) => entry(at, { descriptor: { signed: false, wide: true } }))),
    files: allThree,
  },
  "data that holds what looks like the end of it": {
    archive: handArchive([
      entry(0, {
        packed: rawBlock(Buffer.concat([inflated(0, 2_000), handArchive([entry(8)])])),
        size: 1,
        crc: 1,
      }),
    ]),
    files: [],
    error: "0.json: its compressed data is damaged or longer than declared",
  },
  "entries that are stored": {
    archive: yazlArchive(texts.map((text) => ({ ...text, stored: true }))),
    files: allThree,
  },
  "entries that are stored, with their sizes behind the data": {
    archive: yazlArchive(texts.map((text) => ({ ...text, stored: true, streamed: true }))),
    files: allThree,
    warning: "0.json: it is stored without a size",
  },
  "folders in folders": {
    archive: yazlArchive([
      { name: "a/", text: "" },
      { name: "a/b/", text: "" },
      ...texts.map(({ name, text }) => ({ name: `a/b/c/${name}`, text })),
    ]),
    files: allThree,
  },
  "several entries of one name": {
    archive: handArchive(allThree.map((_, at) => entry(at, { name: "same.json" }))),
    files: allThree,
  },
  "absolute names": {
    archive: handArchive([entry(0, { name: "/etc/0.json" }), entry(1, { name: "C:\\1.json" })]),
    files: ["0.json", "1.json"],
  },
  "names that lead out": {
    archive: handArchive([
      entry(0, { name: "../../../../0.json" }),
      entry(1, { name: "a/../../../1.json" }),
      entry(2, { name: "..\\..\\2.json" }),
    ]),
    files: allThree,
  },
  "names with a NUL and other control characters": {
    archive: handArchive([entry(0, { name: "a\0b.json" }), entry(1, { name: "\u001b[2J\n.json" })]),
    files: ["0.json", "1.json"],
  },
  "names that are not UTF-8": {
    archive: handArchive([entry(0, { name: Buffer.from([0xff, 0xfe, ...Buffer.from(".json")]) })]),
    files: ["0.json"],
  },
  "a symbolic link": { archive: withLink("../../../../etc/passwd"), files: ["0.json"], skipped: "link.json" },
  "an archive in the archive": {
    archive: handArchive([entry(0), { name: "inner.zip", data: three }, { name: "inner.json", data: three }]),
    files: ["0.json"],
    skipped: "inner.json",
  },
  "a bomb by its ratio": {
    archive: handArchive([entry(0), entry(1, { data: inflated(1, 8 * megabyte) })]),
    files: ["0.json"],
    error: "1.json: is more than 500 times larger than its packed data",
  },
  "a bomb by a ratio that is allowed": {
    archive: handArchive([entry(0), entry(1, { data: inflated(1, 8 * megabyte) })]),
    files: ["0.json", "1.json"],
    options: { archiveLimits: { maxRatio: 2_000 } },
  },
  "a bomb by the size of an entry": {
    archive: handArchive([entry(0), entry(1, { data: inflated(1, megabyte) })]),
    files: ["0.json"],
    error: "1.json: is larger than the limit of 100000 bytes",
    options: { archiveLimits: { maxEntryBytes: 100_000 } },
  },
  "a bomb by the size of all": {
    archive: handArchive([0, 1, 2].map((at) => entry(at, { data: inflated(at, 900_000) }))),
    files: ["0.json", "1.json"],
    error: "2.json: goes beyond the limit of 2000000 bytes for all entries",
    options: { archiveLimits: { maxTotalBytes: 2_000_000 } },
  },
  "a bomb by the size of all, read from its directory": {
    archive: yazlArchive(
      [0, 1, 2].map((at) => ({
        name: `${at}.json`,
        text: String(inflated(at, 900_000)),
        stored: true,
        streamed: true,
      })),
    ),
    files: ["0.json", "1.json"],
    warning: "it is stored without a size",
    error: "2.json: goes beyond the limit of 2000000 bytes for all entries",
    options: { archiveLimits: { maxTotalBytes: 2_000_000 } },
  },
  "a bomb that says it is small": {
    archive: handArchive([entry(0), entry(1, { data: inflated(1, 8 * megabyte), size: 200 })]),
    files: ["0.json"],
    error: "1.json: its compressed data is damaged or longer than declared",
  },
  "an encrypted entry": {
    archive: handArchive([entry(0), entry(1, { flags: 0x801 })]),
    files: ["0.json"],
    error: "1.json: is encrypted",
  },
  "a compression that is not known": {
    archive: handArchive([entry(0), entry(1, { method: 12 })]),
    files: ["0.json"],
    error: "1.json: compression method 12 is not supported",
  },
  "fewer entries in its directory": {
    archive: Buffer.concat([
      three.subarray(0, directoryOf(three)),
      handArchive([entry(0)]).subarray(directoryOf(handArchive([entry(0)]))),
    ]),
    files: allThree,
    error: "holds 3 entries where its directory lists 1",
  },
  "something between its entries": {
    archive: Buffer.concat([
      three.subarray(0, three.indexOf("PK\u0003\u0004", 4, "latin1")),
      Buffer.from("????"),
      three,
    ]),
    files: ["0.json"],
    error: "holds something else where its next entry should begin",
  },
}

describe("an archive that is", () => {
  test.each(Object.entries(cases))("%s", async (_, { archive, files, error, skipped, warning, options }) => {
    const { server, dataset, directory, datasetsDirectory } = await openDataset()
    server.addRelease("v1", await archive)
    const events: RunEvent[] = []
    const pulled = dataset.pull({ ...options, onlyAnnotations: true, onEvent: (event) => events.push(event) })
    if (error === undefined) {
      expect((await pulled).items).toMatchObject({ done: files.length, failed: 0 })
    } else {
      await expect(pulled).rejects.toMatchObject({ code: "zip", archive: "v1.zip" })
      await expect(pulled).rejects.toThrow(error)
    }
    const annotations = namesIn(directory).flatMap((name) => name.split("v1/annotations/")[1] ?? [])
    expect(annotations).toEqual(files)
    const told = (type: RunEvent["type"]) => events.filter((event) => event.type === type)
    expect(told("skip")).toMatchObject(skipped === undefined ? [] : [{ file: `v1.zip/${skipped}` }])
    expect(told("warning").filter((event) => JSON.stringify(event).includes(warning ?? ""))).toHaveLength(
      warning === undefined ? 0 : 1,
    )
    expect(readdirSync(datasetsDirectory)).toEqual(["acme"])
    expect(readdirSync(`${datasetsDirectory}/acme`)).toEqual(["street"])
  })
})
