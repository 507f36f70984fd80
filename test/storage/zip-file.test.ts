import { mkdir, open, readdir, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { ZipError } from "../../src/errors.ts"
import { type ZipEntry, type ZipLimits, zipEntries } from "../../src/parse/zip.ts"
import { spoolRemainder, zipFileEntries } from "../../src/storage/zip-file.ts"
import { pieces } from "../parse/pieces.ts"
import { type Expected, handArchive, noise, usualArchives } from "../parse/zip-archives.ts"
import { tempDirectory } from "./temp-directory.ts"

const archives = await usualArchives(300_000)

async function all(entries: AsyncIterable<ZipEntry>): Promise<Expected[]> {
  const found: Expected[] = []
  for await (const { name, bytes } of entries) found.push({ name, text: bytes.toString() })
  return found
}

async function onDisk(bytes: Uint8Array): Promise<string> {
  const path = join(await tempDirectory(), "a.zip")
  await writeFile(path, bytes)
  return path
}

async function read(bytes: Uint8Array, limits: ZipLimits = {}): Promise<Expected[]> {
  return all(zipFileEntries(await onDisk(bytes), "a.zip", limits))
}

async function fault(bytes: Uint8Array, limits?: ZipLimits): Promise<string> {
  const error = await read(bytes, limits).catch((error) => error)
  expect(error).toBeInstanceOf(ZipError)
  return error.message
}

describe("zipFileEntries", () => {
  it.each(archives)("reads an archive with $form", async ({ bytes, expected }) => {
    expect(await read(bytes)).toEqual(expected)
  })

  it.each([
    ["a wrong checksum", { crc: 1 }, "a.zip: a: its checksum does not match"],
    ["fewer bytes than declared", { size: 7 }, "a.zip: a: has 6 bytes where 7 are declared"],
    ["more bytes than declared", { size: 5 }, "a.zip: a: has 6 bytes where 5 are declared"],
    ["encryption", { flags: 1 }, "a.zip: a: is encrypted"],
    ["an unknown method", { method: 12 }, "a.zip: a: compression method 12 is not supported"],
    [
      "more data than there is",
      { compressed: 5_000 },
      "a.zip: a: ends before its data: the archive is truncated",
    ],
    [
      "more data than the limit",
      { compressed: 0xfffffff0 },
      "a.zip: a: is larger than the limit of 536870912 bytes",
    ],
  ])("refuses an entry with %s", async (_, lie, message) => {
    expect(await fault(handArchive([{ name: "a", data: Buffer.from("abcdef"), ...lie }]))).toBe(message)
  })

  it("leaves entries packed that are not wanted", async () => {
    const bytes = handArchive([
      { name: "broken", data: Buffer.from("abcdef"), crc: 1 },
      { name: "a", data: Buffer.from("abc") },
    ])
    const wanted = (name: string) => name === "a"
    expect(await all(zipFileEntries(await onDisk(bytes), "a.zip", { wanted }))).toEqual([
      { name: "a", text: "abc" },
    ])
  })

  it("refuses what is larger than the limit", async () => {
    const bytes = handArchive([{ name: "a", data: Buffer.from(noise(100)) }])
    expect(await fault(bytes, { maxEntryBytes: 99 })).toBe("a.zip: a: is larger than the limit of 99 bytes")
    expect(await read(bytes, { maxEntryBytes: 100 })).toHaveLength(1)
  })

  it("gives names as they stand, as the forward reader does", async () => {
    const names = ["../up", "/etc/passwd", "C:/x", "a\0b", "con", "a", "a"]
    expect((await read(handArchive(names.map((name) => ({ name }))))).map(({ name }) => name)).toEqual(names)
  })

  it("finds data behind a local header whose extra field is longer than expected", async () => {
    const extra = Buffer.alloc(5_000)
    extra.writeUInt16LE(0xcafe, 0)
    extra.writeUInt16LE(4_996, 2)
    const text = noise(20)
    expect(await read(handArchive([{ name: "a", data: Buffer.from(text), extra }]))).toEqual([
      { name: "a", text },
    ])
  })

  it("refuses an archive that ends early, is none, or stands behind other bytes", async () => {
    for (const { bytes } of archives) {
      for (const cut of [0, 1, 21, Math.floor(bytes.length / 2), bytes.length - 1]) {
        await expect(read(bytes.subarray(0, cut))).rejects.toBeInstanceOf(ZipError)
      }
    }
    await expect(read(Buffer.from("no archive"))).rejects.toBeInstanceOf(ZipError)
    const shifted = Buffer.concat([Buffer.from("#!/bin/sh\n"), handArchive([{ name: "a" }])])
    await expect(read(shifted)).rejects.toBeInstanceOf(ZipError)
  })

  it("reads 70,000 entries counted in 64 bits, and says so when a count of 16 bits has run over", async () => {
    const entries = Array.from({ length: 70_000 }, (_, index) => ({
      name: `${index}`,
      data: Buffer.from("x"),
      method: 0,
    }))
    expect(await read(handArchive(entries, { zip64: true }))).toHaveLength(70_000)
    expect(await fault(handArchive(entries))).toBe("a.zip: its directory holds more entries than it counts")
  })

  it("closes the file when the reader leaves", async () => {
    const path = await onDisk(handArchive([{ name: "a" }, { name: "b" }]))
    const opened = async () => (await readdir("/proc/self/fd")).length
    for await (const _ of zipFileEntries(path, "a.zip")) break
    const before = await opened()
    for (let turn = 0; turn < 20; turn++) for await (const _ of zipFileEntries(path, "a.zip")) break
    expect(await opened()).toBeLessThanOrEqual(before + 2)
  })
})

describe("spoolRemainder", () => {
  let directory: string
  beforeEach(async () => {
    directory = join(await tempDirectory(), "temp")
    await mkdir(directory)
    vi.stubEnv("TMPDIR", directory)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const behind = { method: 0, descriptor: { signed: true, wide: false } } as const
  const text = (letter: string) => letter.repeat(50_000)
  const stuck = handArchive([
    { name: "a", data: Buffer.from(noise(3_000_000)) },
    { name: "b", data: Buffer.from(text("b")), ...behind },
    { name: "c", data: Buffer.from(text("c")) },
    { name: "d", data: Buffer.from(text("d")), ...behind },
  ])

  async function* forwards(bytes: Uint8Array, size = 10_000): AsyncGenerator<ZipEntry> {
    async function* input() {
      yield* pieces(bytes, [size])
    }
    yield* zipEntries(input(), "a.zip", {}, (cannot) => spoolRemainder(cannot, "a.zip", {}))
  }

  it("goes on with what cannot be read forwards: all entries, each once", async () => {
    const expected = [
      { name: "a", text: noise(3_000_000) },
      { name: "b", text: text("b") },
      { name: "c", text: text("c") },
      { name: "d", text: text("d") },
    ]
    for (const size of [1_000, 65_536, stuck.length])
      expect(await all(forwards(stuck, size))).toEqual(expected)
    expect(await readdir(directory)).toEqual([])
  })

  it("leaves out of its file what was read before, lets nobody else read it, and removes it when the reader leaves", async () => {
    let looked = false
    for await (const { name } of forwards(stuck)) {
      if (name !== "b") continue
      const [file = ""] = await readdir(directory)
      const { size, blocks, mode } = await stat(join(directory, file))
      expect(size).toBe(stuck.length)
      expect(blocks * 512).toBeLessThan(1_000_000)
      expect(mode & 0o077).toBe(0)
      looked = true
      break
    }
    expect(looked).toBe(true)
    expect(await readdir(directory)).toEqual([])
  })

  it("removes its file when the archive turns out to be damaged, and when the input breaks", async () => {
    const truncated = stuck.subarray(0, stuck.length - 10)
    await expect(all(forwards(truncated))).rejects.toBeInstanceOf(ZipError)
    expect(await readdir(directory)).toEqual([])

    async function* broken() {
      yield stuck.subarray(0, stuck.length - 100)
      throw new Error("the line is dead")
    }
    const entries = zipEntries(broken(), "a.zip", {}, (cannot) => spoolRemainder(cannot, "a.zip", {}))
    await expect(all(entries)).rejects.toThrow("the line is dead")
    expect(await readdir(directory)).toEqual([])
  })

  it("says what it cannot write", async () => {
    vi.stubEnv("TMPDIR", join(directory, "missing"))
    await expect(all(forwards(stuck))).rejects.toThrow("ENOENT")
    await (await open(join(directory, "still-usable"), "w")).close()
  })
})
