import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { crc32, deflateRawSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ZipError } from "../../src/errors.ts"
import { type CannotStream, type ZipEntry, type ZipLimits, zipEntries } from "../../src/parse/zip.ts"
import { pieces } from "./pieces.ts"
import {
  descriptorOf,
  type Expected,
  handArchive,
  noise,
  rawBlock,
  usualArchives,
  type YazlEntry,
  yazlArchive,
} from "./zip-archives.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const archives = await usualArchives(300_000)

async function* chunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes, sizes)
}

/** Reads an archive whose form must allow to read it forwards. */
async function read(
  bytes: Uint8Array,
  sizes: readonly number[] = [65_536],
  limits: ZipLimits = {},
): Promise<Expected[]> {
  const entries: Expected[] = []
  const refuse = (stuck: CannotStream): AsyncIterable<ZipEntry> => {
    throw new Error(`it gave up at ${stuck.entry}: ${stuck.reason}`)
  }
  for await (const entry of zipEntries(chunks(bytes, sizes), "a.zip", limits, refuse)) {
    entries.push({ name: entry.name, text: entry.bytes.toString() })
  }
  return entries
}

async function fault(bytes: Uint8Array, limits?: ZipLimits): Promise<string> {
  const error = await read(bytes, [1000], limits).catch((error) => error)
  expect(error).toBeInstanceOf(ZipError)
  return error.message
}

describe("zipEntries", () => {
  it.each(archives)("reads an archive with $form, however it is cut", async ({ bytes, expected }) => {
    for (const sizes of [[1], [2, 3, 5, 7], [16, 1], [1000], [65_536], [bytes.length]]) {
      expect(await read(bytes, sizes)).toEqual(expected)
    }
  })

  it("gives each entry before what comes behind it has been asked for", async () => {
    const bytes = await yazlArchive([
      { name: "a", text: noise(10_000), streamed: true },
      { name: "b", text: noise(10_000), streamed: true },
    ])
    let asked = 0
    async function* counted() {
      for (const chunk of pieces(bytes, [100])) {
        asked += chunk.length
        yield chunk
      }
    }
    const entries = zipEntries(counted(), "a.zip", {}, () => expect.unreachable())
    expect((await entries.next()).value?.name).toBe("a")
    // The header of the next entry is where the search for the end of the first one stops.
    expect(asked).toBeLessThan(bytes.indexOf("PK\u0003\u0004", 100, "latin1") + 200)
    await entries.return(undefined)
  })

  it("closes its input when the reader leaves, and when the archive is damaged", async () => {
    for (const damage of [false, true]) {
      let closed = 0
      async function* input() {
        try {
          const bytes = handArchive([{ name: "a", data: Buffer.from("abc"), ...(damage && { crc: 1 }) }])
          for (;;) yield bytes
        } finally {
          closed++
        }
      }
      const leave = async () => {
        for await (const _ of zipEntries(input(), "a.zip", {}, () => expect.unreachable())) break
      }
      if (damage) await expect(leave()).rejects.toThrow("checksum")
      else await leave()
      expect(closed).toBe(1)
    }
  })

  it("refuses an archive that ends anywhere before its last byte", async () => {
    for (const { form, bytes } of await usualArchives(300)) {
      for (let cut = 0; cut < bytes.length; cut++) {
        const error = await read(bytes.subarray(0, cut), [8_192]).catch((error) => error)
        expect(error, `${form}, ${cut} of ${bytes.length} bytes`).toBeInstanceOf(ZipError)
        expect(error.rule).toMatch(/truncated/)
      }
    }
  })

  it.each([
    ["a wrong checksum", { crc: 1 }, "a.zip: a: its checksum does not match"],
    ["fewer bytes than declared", { size: 7 }, "a.zip: a: has 6 bytes where 7 are declared"],
    ["more bytes than declared", { size: 5 }, "a.zip: a: has 6 bytes where 5 are declared"],
    [
      "far more bytes than declared",
      { size: 5, data: Buffer.alloc(1_000_000) },
      "a.zip: a: its compressed data is damaged or longer than declared",
    ],
    [
      "damaged data",
      { packed: Buffer.from([0xff, 0xff, 0xff]) },
      "a.zip: a: its compressed data is damaged or longer than declared",
    ],
    ["encryption", { flags: 1 }, "a.zip: a: is encrypted"],
    ["an unknown method", { method: 12 }, "a.zip: a: compression method 12 is not supported"],
    [
      "an unknown method and sizes behind the data",
      { method: 14, descriptor: { signed: true, wide: false } },
      "a.zip: a: compression method 14 is not supported",
    ],
    [
      "more data than there is",
      { compressed: 5_000 },
      "a.zip: a: ends before its data: the archive is truncated",
    ],
    [
      "a stored size that is not its length",
      { method: 0, size: 4 },
      "a.zip: a: has 6 bytes where 4 are declared",
    ],
  ])("refuses an entry with %s", async (_, lie, message) => {
    expect(await fault(handArchive([{ name: "a", data: Buffer.from("abcdef"), ...lie }]))).toBe(message)
  })

  it("gives the good entries that stand before a bad one", async () => {
    const bytes = handArchive([
      { name: "a", data: Buffer.from("good") },
      { name: "b", data: Buffer.from("bad"), crc: 5 },
    ])
    const names: string[] = []
    const all = async () => {
      for await (const { name } of zipEntries(chunks(bytes, [10]), "a.zip", {}, () => expect.unreachable()))
        names.push(name)
    }
    await expect(all()).rejects.toThrow("a.zip: b: its checksum does not match")
    expect(names).toEqual(["a"])
  })

  it("refuses what is larger than the limit, said before or behind the data, and takes what is just as large", async () => {
    const data = Buffer.from(noise(10_000))
    for (const descriptor of [undefined, { signed: true, wide: false }]) {
      const bytes = handArchive([{ name: "a", data, ...(descriptor && { descriptor }) }])
      expect(await fault(bytes, { maxEntryBytes: 9_999 })).toBe(
        "a.zip: a: is larger than the limit of 9999 bytes",
      )
      expect(await read(bytes, [1000], { maxEntryBytes: 10_000 })).toHaveLength(1)
    }
    const stored = handArchive([{ name: "a", data, packed: rawBlock(data) }])
    expect(await read(stored, [1000], { maxEntryBytes: 10_000 })).toHaveLength(1)
  })

  it("is not led by declared sizes to ask for memory", async () => {
    // 16 TiB in 64-bit fields, and 4 GiB of compressed data that is said to hold one byte.
    const extra = Buffer.alloc(20)
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(16, 2)
    extra.writeBigUInt64LE(2n ** 44n, 4)
    extra.writeBigUInt64LE(2n ** 44n, 12)
    const wide = handArchive([
      { name: "a", data: Buffer.from("a"), size: 0xffffffff, compressed: 0xffffffff, extra },
    ])
    expect(await fault(wide)).toMatch(/larger than the limit/)
    const packed = handArchive([{ name: "a", data: Buffer.from("a"), size: 1, compressed: 0xfffffff0 }])
    expect(await fault(packed)).toMatch(/larger than the limit/)
    const before = process.memoryUsage().arrayBuffers
    const within = handArchive([{ name: "a", data: Buffer.from("a"), size: 1, compressed: 500_000_000 }])
    expect(await fault(within)).toMatch(/truncated/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000)
  })

  it("unpacks a bomb no further than it says it is large", async () => {
    const packed = deflateRawSync(Buffer.alloc(50_000_000))
    const bomb = handArchive([{ name: "a", packed, size: 1_000, crc: crc32(Buffer.alloc(1_000)) }])
    expect(await fault(bomb)).toBe("a.zip: a: its compressed data is damaged or longer than declared")
  })

  it("is not misled by what looks like a descriptor inside the data", async () => {
    for (const wide of [false, true]) {
      // The five bytes of the block's head come first: the lie names the very distance it stands at.
      const lie = descriptorOf(123, 5 + 20, 20, { signed: true, wide })
      for (const around of [
        lie,
        Buffer.concat([lie, Buffer.from("PK")]),
        Buffer.from("PK\u0007\u0008PK\u0003\u0004"),
      ]) {
        const data = Buffer.concat([Buffer.from("x".repeat(20)), around, Buffer.from(noise(100))])
        const bytes = handArchive([
          { name: "a", data, packed: rawBlock(data), descriptor: { signed: true, wide } },
          { name: "b", data: Buffer.from("b"), descriptor: { signed: true, wide } },
        ])
        for (const sizes of [[1], [7], [4_096]]) {
          expect(await read(bytes, sizes)).toEqual([
            { name: "a", text: data.toString() },
            { name: "b", text: "b" },
          ])
        }
      }
    }
  })

  it("does not let a made-up entry inside the data pass for one", async () => {
    const lie = Buffer.concat([
      descriptorOf(crc32("x".repeat(20)), 5 + 20, 20, { signed: true, wide: false }),
      handArchive([{ name: "made-up", data: Buffer.from("evil") }]),
    ])
    const data = Buffer.concat([Buffer.from("x".repeat(20)), lie])
    const bytes = handArchive([
      { name: "a", data, packed: rawBlock(data), descriptor: { signed: true, wide: false } },
    ])
    expect(await fault(bytes)).toMatch(/^a\.zip: a: /)
  })

  it("hands an entry that is stored without a size over, with all bytes from its header on", async () => {
    const bytes = handArchive([
      { name: "first", data: Buffer.from("1") },
      { name: "stuck", data: Buffer.from("2"), method: 0, descriptor: { signed: true, wide: false } },
      { name: "third", data: Buffer.from("3") },
    ])
    const offset = bytes.indexOf("PK\u0003\u0004", 10, "latin1")
    for (const sizes of [[1], [50], [bytes.length]]) {
      const names: string[] = []
      const handed: CannotStream[] = []
      const rest: Buffer[] = []
      const entries = zipEntries(chunks(bytes, sizes), "a.zip", {}, async function* (stuck) {
        handed.push(stuck)
        for await (const piece of stuck.rest) rest.push(Buffer.from(piece))
        yield { name: "from elsewhere", bytes: Buffer.alloc(0) }
      })
      for await (const { name } of entries) names.push(name)
      expect(names).toEqual(["first", "from elsewhere"])
      expect(handed).toMatchObject([{ offset, entry: "stuck", reason: "it is stored without a size" }])
      expect(Buffer.concat(rest).equals(bytes.subarray(offset))).toBe(true)
    }
  })

  it("gives entries of one name each for itself", async () => {
    const entries = [
      { name: "a", data: Buffer.from("1") },
      { name: "a", data: Buffer.from("2") },
    ]
    expect(await read(handArchive(entries))).toEqual([
      { name: "a", text: "1" },
      { name: "a", text: "2" },
    ])
  })

  it("gives names as they stand, harmless or not, and reads code page 437 where UTF-8 is not declared", async () => {
    const names = ["../up", "/etc/passwd", "C:/x", "a\0b", "con", " "]
    const bytes = handArchive(names.map((name) => ({ name })))
    expect((await read(bytes)).map(({ name }) => name)).toEqual(names)
    const old = handArchive([{ name: Buffer.from([0x81, 0x5c, 0x8e]), flags: 0 }])
    expect((await read(old)).map(({ name }) => name)).toEqual(["ü/Ä"])
  })

  it.each([
    ["text", Buffer.from("hello, this is no archive"), "a.zip: is not a zip archive"],
    ["nothing", Buffer.alloc(0), "a.zip: ends before its directory: it is truncated"],
    [
      "an archive behind other bytes",
      Buffer.concat([Buffer.from("#!/bin/sh\n"), handArchive([])]),
      "a.zip: is not a zip archive",
    ],
  ])("refuses %s", async (_, bytes, message) => {
    expect(await fault(bytes)).toBe(message)
  })

  it("refuses what stands between entries, and a directory that lists more or fewer of them", async () => {
    const one = handArchive([{ name: "a", data: Buffer.from("1") }])
    const directory = one.indexOf("PK\u0001\u0002", 0, "latin1")
    const put = (...inserted: Buffer[]) =>
      Buffer.concat([one.subarray(0, directory), ...inserted, one.subarray(directory)])
    expect(await fault(put(Buffer.from("junk")))).toBe(
      "a.zip: holds something else where its next entry should begin",
    )
    const listing = one.subarray(directory, one.indexOf("PK\u0005\u0006", 0, "latin1"))
    expect(await fault(put(listing))).toBe("a.zip: holds 1 entries where its directory lists 2")
    expect(await fault(put(one.subarray(0, directory)))).toBe(
      "a.zip: holds 2 entries where its directory lists 1",
    )
    const wideEnd = Buffer.alloc(56)
    wideEnd.writeUInt32LE(0x06064b50, 0)
    wideEnd.writeBigUInt64LE(2n ** 60n, 4)
    expect(await fault(put(listing, wideEnd))).toBe("a.zip: its directory is damaged")
    expect(await fault(put(listing, Buffer.from("junk")))).toBe("a.zip: its directory is damaged")
  })

  it("reads 70,000 entries, be they counted in 16 or in 64 bits", async () => {
    const entries = Array.from({ length: 70_000 }, (_, index) => ({
      name: `${index}`,
      data: Buffer.from(`${index}`),
      method: 0,
    }))
    const count = async (bytes: Buffer) => {
      let seen = 0
      for await (const { name, bytes: content } of zipEntries(chunks(bytes, [1 << 16]), "a.zip", {}, () =>
        expect.unreachable(),
      )) {
        if (name !== `${seen}` || content.toString() !== name) throw new Error(`${name} is not entry ${seen}`)
        seen++
      }
      return seen
    }
    expect(await count(handArchive(entries))).toBe(70_000)
    const wide = handArchive(entries, { zip64: true })
    expect(await count(wide)).toBe(70_000)
  })

  it("keeps no entry: memory does not grow with their number", async () => {
    const packed = deflateRawSync(Buffer.alloc(1 << 20))
    const one = { name: "a", packed, size: 1 << 20, crc: crc32(Buffer.alloc(1 << 20)) }
    const bytes = handArchive(Array.from({ length: 300 }, () => one))
    let most = 0
    let seen = 0
    for await (const entry of zipEntries(chunks(bytes, [16_384]), "a.zip", {}, () => expect.unreachable())) {
      seen += entry.bytes.length
      if (seen % (20 << 20) !== 0) continue
      collectGarbage()
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
    expect(seen).toBe(300 << 20)
    expect(most).toBeLessThan(50 << 20)
  })

  it("gives what yazl was given, for any entries, cut anywhere", async () => {
    const entry: fc.Arbitrary<YazlEntry> = fc.record({
      name: fc.stringMatching(/^[a-zäß車🚗][a-z0-9 ._-]{0,20}$/u),
      text: fc.oneof(
        fc.string({ unit: "binary", maxLength: 2_000 }),
        fc.constantFrom(
          "",
          "PK\u0003\u0004",
          "PK\u0007\u0008".repeat(50),
          "PK\u0005\u0006",
          "x".repeat(100_000),
        ),
      ),
      streamed: fc.boolean(),
      stored: fc.boolean(),
      zip64: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        // Stored streams are what cannot be read forwards.
        fc.array(
          entry.map((made) => (made.streamed ? { ...made, stored: false } : made)),
          { maxLength: 8 },
        ),
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 }),
        fc.record({ comment: fc.string({ maxLength: 50, unit: "grapheme-ascii" }), zip64: fc.boolean() }),
        async (entries, sizes, options) => {
          const bytes = await yazlArchive(entries, options)
          expect(await read(bytes, sizes)).toEqual(
            entries.map(({ name, text }) => ({ name, text: Buffer.from(text).toString() })),
          )
        },
      ),
      { numRuns: 200 },
    )
  })
})
