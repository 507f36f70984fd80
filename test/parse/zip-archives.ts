import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { crc32, deflateRawSync } from "node:zlib"
import yazl from "yazl"

/** One entry as an archive is expected to give it. */
export interface Expected {
  readonly name: string
  readonly text: string
}

/** How yazl is to write an entry. */
export interface YazlEntry extends Expected {
  /** As a stream: sizes and checksum then stand behind the data. */
  readonly streamed?: boolean
  readonly stored?: boolean
  readonly zip64?: boolean
}

/** An archive that yazl has written. An entry without text whose name ends in `/` is a folder. */
export function yazlArchive(
  entries: readonly YazlEntry[],
  { comment = "", zip64 = false }: { readonly comment?: string; readonly zip64?: boolean } = {},
): Promise<Buffer> {
  const zip = new yazl.ZipFile()
  for (const { name, text, streamed = false, stored = false, zip64: wide = false } of entries) {
    const options = { compress: !stored, forceZip64Format: wide }
    if (name.endsWith("/")) zip.addEmptyDirectory(name)
    else if (streamed) zip.addReadStream(Readable.from([Buffer.from(text)]), name, options)
    else zip.addBuffer(Buffer.from(text), name, options)
  }
  zip.end({ comment, forceZip64Format: zip64 })
  return buffer(zip.outputStream as Readable)
}

/** An entry whose every field can be made to lie. */
export interface HandEntry {
  readonly name: string | Buffer
  readonly data?: Buffer
  /** What stands in the archive in place of `data` as this library would pack it. */
  readonly packed?: Buffer
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly size?: number
  readonly compressed?: number
  /** Extra field of the local header. */
  readonly extra?: Buffer
  /** Writes sizes and checksum behind the data, in this form, and zeros before it. */
  readonly descriptor?: { readonly signed: boolean; readonly wide: boolean }
}

/** What stands at the end of an archive that is made by hand. */
export interface HandEnd {
  /** The number of entries that the end record tells. */
  readonly count?: number
  readonly comment?: string
  /** Adds the records of 64 bits, and leaves the count to them. */
  readonly zip64?: boolean
}

/** An archive made byte by byte. */
export function handArchive(entries: readonly HandEntry[], options: HandEnd = {}): Buffer {
  const { count = entries.length, comment = "", zip64 = false } = options
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  const put = (piece: Buffer) => {
    pieces.push(piece)
    offset += piece.length
  }
  for (const entry of entries) {
    const { data = Buffer.alloc(0), method = 8, extra = Buffer.alloc(0), descriptor } = entry
    const name = Buffer.from(entry.name)
    const packed = entry.packed ?? (method === 8 ? deflateRawSync(data) : data)
    const crc = entry.crc ?? crc32(data)
    const size = entry.size ?? data.length
    const compressed = entry.compressed ?? packed.length
    const flags = (entry.flags ?? 0x800) | (descriptor === undefined ? 0 : 8)
    const common = (at: number, header: Buffer, known: boolean) => {
      header.writeUInt16LE(flags, at)
      header.writeUInt16LE(method, at + 2)
      if (known) {
        header.writeUInt32LE(crc, at + 8)
        header.writeUInt32LE(compressed, at + 12)
        header.writeUInt32LE(size, at + 16)
      }
      header.writeUInt16LE(name.length, at + 20)
    }
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    common(8, central, true)
    central.writeUInt32LE(offset, 42)
    directory.push(central, name)

    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    common(6, local, descriptor === undefined)
    local.writeUInt16LE(extra.length, 28)
    for (const piece of [local, name, extra, packed]) put(piece)
    if (descriptor !== undefined) put(descriptorOf(crc, compressed, size, descriptor))
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(zip64 ? 0xffff : count % 0x10000, 8)
  end.writeUInt16LE(zip64 ? 0xffff : count % 0x10000, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 20)
  const wide = zip64 ? [wideEnd(count, listing.length, offset)] : []
  return Buffer.concat([...pieces, listing, ...wide, end, Buffer.from(comment)])
}

function wideEnd(count: number, listingBytes: number, offset: number): Buffer {
  const made = Buffer.alloc(56 + 20)
  made.writeUInt32LE(0x06064b50, 0)
  made.writeBigUInt64LE(44n, 4)
  made.writeBigUInt64LE(BigInt(count), 24)
  made.writeBigUInt64LE(BigInt(count), 32)
  made.writeBigUInt64LE(BigInt(listingBytes), 40)
  made.writeBigUInt64LE(BigInt(offset), 48)
  made.writeUInt32LE(0x07064b50, 56)
  made.writeBigUInt64LE(BigInt(offset + listingBytes), 64)
  made.writeUInt32LE(1, 72)
  return made
}

/** A data descriptor. */
export function descriptorOf(
  crc: number,
  compressed: number,
  size: number,
  { signed, wide }: { readonly signed: boolean; readonly wide: boolean },
): Buffer {
  const made = Buffer.alloc(wide ? 24 : 16)
  made.writeUInt32LE(0x08074b50, 0)
  made.writeUInt32LE(crc, 4)
  if (wide) {
    made.writeBigUInt64LE(BigInt(compressed), 8)
    made.writeBigUInt64LE(BigInt(size), 16)
  } else {
    made.writeUInt32LE(compressed, 8)
    made.writeUInt32LE(size, 12)
  }
  return signed ? made : made.subarray(4)
}

/** Deflated data in which `data` stands as it is: one block without compression (RFC 1951, section 3.2.4). */
export function rawBlock(data: Buffer): Buffer {
  const head = Buffer.from([1, 0, 0, 0, 0])
  head.writeUInt16LE(data.length, 1)
  head.writeUInt16LE(~data.length & 0xffff, 3)
  return Buffer.concat([head, data])
}

/** A stretch of text that does not compress to nothing. */
export function noise(length: number, seed = 1): string {
  let state = seed
  let text = ""
  for (let at = 0; at < length; at++) {
    state = (state * 48271) % 2147483647
    text += String.fromCharCode(32 + (state % 95))
  }
  return text
}

/** Archives of all usual forms, and what is in them; one of their entries has `largeBytes`. */
export async function usualArchives(
  largeBytes: number,
): Promise<{ readonly form: string; readonly bytes: Buffer; readonly expected: readonly Expected[] }[]> {
  const texts: readonly Expected[] = [
    { name: "a.json", text: '{"a": 1}' },
    { name: "empty.json", text: "" },
    { name: "folder/Überführung 車 🚗.json", text: noise(largeBytes / 100, 7) },
    { name: "large.bin", text: noise(largeBytes, 9) },
    { name: ".v7/metadata.json", text: "{}" },
  ]
  const forms: Record<
    string,
    { entries: readonly YazlEntry[]; options?: { comment?: string; zip64?: boolean } }
  > = {
    "sizes before the data": { entries: texts },
    stored: { entries: texts.map((text) => ({ ...text, stored: true })) },
    "sizes behind the data": { entries: texts.map((text) => ({ ...text, streamed: true })) },
    "zip64, sizes before the data": {
      entries: texts.map((text) => ({ ...text, zip64: true })),
      options: { zip64: true },
    },
    "zip64, sizes behind the data": {
      entries: texts.map((text) => ({ ...text, streamed: true, zip64: true })),
      options: { zip64: true },
    },
    "all forms mixed": {
      entries: texts.map((text, index) => ({
        ...text,
        streamed: index % 2 === 0,
        zip64: index % 3 === 0,
        stored: index % 4 === 1,
      })),
      options: { comment: "a comment, as long as it is" },
    },
    "with folders": {
      entries: [{ name: "folder/", text: "" }, ...texts, { name: "other/inner/", text: "" }],
    },
    empty: { entries: [] },
    "empty, zip64, with a comment": { entries: [], options: { zip64: true, comment: "nothing here" } },
  }
  const made = Object.entries(forms).map(async ([form, { entries, options }]) => ({
    form,
    bytes: await yazlArchive(entries, options),
    expected: entries.filter(({ name }) => !name.endsWith("/")).map(({ name, text }) => ({ name, text })),
  }))
  const byHand = [true, false].flatMap((signed) =>
    [true, false].map((wide) => ({
      form: `descriptors ${signed ? "with" : "without"} signature, ${wide ? 64 : 32} bits`,
      bytes: handArchive(
        texts.map(({ name, text }) => ({ name, data: Buffer.from(text), descriptor: { signed, wide } })),
      ),
      expected: texts,
    })),
  )
  return [...(await Promise.all(made)), ...byHand]
}
