import { crc32, inflateRawSync } from "node:zlib"
import yauzl from "yauzl"
import { ZipError } from "../errors.ts"
import { type ByteWindow, createByteWindow } from "./byte-window.ts"

// PKWARE APPNOTE 6.3: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7 to 4.3.16 and 4.5.3.
const localHeader = 0x04034b50
const centralHeader = 0x02014b50
const directorySignature = 0x05054b50
const wideEnd = 0x06064b50
const wideEndLocator = 0x07064b50
const end = 0x06054b50
const descriptorSignature = 0x08074b50
const zip64 = 0xffffffff

/** One file of an archive, whole and checked. */
export interface ZipEntry {
  /** The name as the archive has it, with `/` between folders. It is never used as a path on disk. */
  readonly name: string
  readonly bytes: Buffer
}

/** What an archive may hold. */
export interface ZipLimits {
  /**
   * The largest entry that is unpacked, in bytes.
   * @default 536870912 (512 MiB)
   */
  readonly maxEntryBytes?: number
  /**
   * How many bytes all entries may have together when they are unpacked.
   * @default 137438953472 (128 GiB)
   */
  readonly maxTotalBytes?: number
  /**
   * How many times larger than its packed data an entry may be, if it is larger than 1 MiB: nothing that people annotate
   * packs so well.
   * @default 500
   */
  readonly maxRatio?: number
}

/** Tells that an archive's form does not allow to read it forwards from here; `offset` and `rest` let go on otherwise. */
export interface CannotStream {
  /** Where the entry's local header stands in the archive. */
  readonly offset: number
  readonly entry: string
  readonly reason: string
  /** All bytes of the archive from `offset` on. */
  readonly rest: AsyncIterable<Uint8Array>
}

const defaultLimits: Required<ZipLimits> = {
  maxEntryBytes: 512 * 1024 * 1024,
  maxTotalBytes: 128 * 1024 ** 3,
  maxRatio: 500,
}

/** What a small entry packs to says nothing: it can do no harm. */
const ratioFromBytes = 1 << 20

/** Lets the entries of one archive through, one after the other, as far as the limits allow. */
export interface EntryLimits {
  /**
   * Refuses an entry before anything is kept for it.
   * @throws ZipError (`zip`) when it is too large, packed too well, or too much together with those before it.
   */
  admit(entry: string, sizes: { readonly compressed: number; readonly size: number }): void
  /** Refuses an entry whose size is not known yet, and whose data is longer than that of any which is let through. */
  checkPacked(entry: string, compressed: number): void
}

/** Begins to count against the limits. */
export function createEntryLimits(archive: string, limits: ZipLimits): EntryLimits {
  const { maxEntryBytes, maxTotalBytes, maxRatio } = { ...defaultLimits, ...limits }
  // What does not compress grows a little.
  const maxPackedBytes = maxEntryBytes + Math.ceil(maxEntryBytes / 8) + 1024
  let total = 0
  const tooLarge = (entry: string) =>
    new ZipError(archive, entry, `is larger than the limit of ${maxEntryBytes} bytes`)
  return {
    admit: (entry, { compressed, size }) => {
      if (size > maxEntryBytes || compressed > maxPackedBytes) throw tooLarge(entry)
      if (size > ratioFromBytes && size > compressed * maxRatio) {
        throw new ZipError(archive, entry, `is more than ${maxRatio} times larger than its packed data`)
      }
      total += size
      if (total > maxTotalBytes) {
        throw new ZipError(archive, entry, `goes beyond the limit of ${maxTotalBytes} bytes for all entries`)
      }
    },
    checkPacked: (entry, compressed) => {
      if (compressed > maxPackedBytes) throw tooLarge(entry)
    },
  }
}

/**
 * Reads an archive from its bytes while they arrive: each entry as soon as it is whole, its checksum verified.
 *
 * Memory holds one entry at a time. Folders are left out. Where the archive has stored an entry without saying its length
 * beforehand, the end of that entry cannot be told without the directory at the archive's end: `otherwise` then goes on
 * with the remaining bytes.
 *
 * @throws ZipError (`zip`) naming archive and entry: truncated, checksum, encrypted, unknown compression, too large.
 *
 * @example
 * for await (const { name, bytes } of zipEntries(reply.body, "release.zip", {}, refuse)) console.log(name, bytes.length)
 */
export async function* zipEntries(
  bytes: AsyncIterable<Uint8Array>,
  archive: string,
  limits: ZipLimits,
  otherwise: (stuck: CannotStream) => AsyncIterable<ZipEntry>,
): AsyncGenerator<ZipEntry, undefined, undefined> {
  const admission = createEntryLimits(archive, limits)
  const window = createByteWindow(bytes)
  let entries = 0

  try {
    for (;;) {
      if (!(await window.need(4)))
        throw new ZipError(archive, "", "ends before its directory: it is truncated")
      const signature = window.buffer().readUInt32LE(0)
      if (signature !== localHeader) {
        if (directoryRecords.has(signature)) break
        throw new ZipError(archive, "", notAnEntry(entries))
      }
      const header = await readLocalHeader(window, archive)
      entries++
      checkReadable(header, header.encrypted, archive)
      if (header.sizesFollow && header.method === 0) {
        const reason = "it is stored without a size"
        yield* otherwise({ offset: window.offset(), entry: header.name, reason, rest: window.rest() })
        return
      }
      window.skip(header.bytes)
      const data = header.sizesFollow ? await findDescriptor(window, header.name, archive, admission) : header
      admission.admit(header.name, data)
      if (!(await window.need(data.compressed))) throw truncatedData(archive, header.name)
      const packed = window.buffer().subarray(0, data.compressed)
      if (!header.name.endsWith("/")) {
        yield { name: header.name, bytes: unpack(packed, { ...header, ...data }, archive) }
      }
      window.skip(data.compressed + data.descriptorBytes)
    }
    await checkDirectory(window, archive, entries)
  } finally {
    await window.close()
  }
}

/** What both ways of reading need to unpack an entry. */
export interface PackedEntry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly size: number
}

/** Unpacks an entry's data and checks its size and checksum. The result does not share memory with `packed`. */
export function unpack(packed: Buffer, entry: PackedEntry, archive: string): Buffer {
  let bytes: Buffer
  if (entry.method === 0) bytes = Buffer.from(packed)
  else {
    try {
      // One byte more than declared lets a lying size be seen, and bounds what it can cost.
      bytes = inflateRawSync(packed, { maxOutputLength: entry.size + 1 })
    } catch (cause) {
      throw new ZipError(archive, entry.name, "its compressed data is damaged or longer than declared", {
        cause,
      })
    }
  }
  if (bytes.length !== entry.size) {
    throw new ZipError(archive, entry.name, `has ${bytes.length} bytes where ${entry.size} are declared`)
  }
  if (crc32(bytes) !== entry.crc) throw new ZipError(archive, entry.name, "its checksum does not match")
  return bytes
}

/** Refuses an entry that is encrypted or packed in a way this library does not know. */
export function checkReadable(
  entry: Pick<PackedEntry, "name" | "method">,
  encrypted: boolean,
  archive: string,
): void {
  if (encrypted) throw new ZipError(archive, entry.name, "is encrypted")
  if (entry.method === 0 || entry.method === 8) return
  throw new ZipError(archive, entry.name, `compression method ${entry.method} is not supported`)
}

/** The name of an entry: UTF-8 where the archive says so, else code page 437; `\` counts as `/`. */
export function entryName(flags: number, name: Buffer, extraFields: yauzl.ExtraField[]): string {
  return yauzl.getFileNameLowLevel(flags, name, extraFields, false)
}

/** The error for an archive that ends inside an entry's data. */
export function truncatedData(archive: string, entry: string): ZipError {
  return new ZipError(archive, entry, "ends before its data: the archive is truncated")
}

/** What is known of an entry's data, before it or behind it. */
interface Data {
  readonly crc: number
  readonly compressed: number
  readonly size: number
  /** Length of the data descriptor behind the data. */
  readonly descriptorBytes: number
}

interface LocalHeader extends Data {
  readonly name: string
  /** Length of the header itself. */
  readonly bytes: number
  readonly method: number
  readonly encrypted: boolean
  /** Checksum and sizes stand behind the data, in a data descriptor. */
  readonly sizesFollow: boolean
}

async function readLocalHeader(window: ByteWindow, archive: string): Promise<LocalHeader> {
  const truncated = () => new ZipError(archive, "", "ends inside an entry's header: it is truncated")
  if (!(await window.need(30))) throw truncated()
  const nameEnd = 30 + window.buffer().readUInt16LE(26)
  const bytes = nameEnd + window.buffer().readUInt16LE(28)
  if (!(await window.need(bytes))) throw truncated()
  const head = window.buffer().subarray(0, bytes)
  const flags = head.readUInt16LE(6)
  let compressed = head.readUInt32LE(18)
  let size = head.readUInt32LE(22)
  const fields = extraFields(head.subarray(nameEnd))
  const wide = fields.find(({ id }) => id === 1)?.data
  if (wide !== undefined) {
    const sizes = size === zip64 ? 8 : 0
    if (size === zip64 && wide.length >= 8) size = Number(wide.readBigUInt64LE(0))
    if (compressed === zip64 && wide.length >= sizes + 8) compressed = Number(wide.readBigUInt64LE(sizes))
  }
  return {
    name: entryName(flags, head.subarray(30, nameEnd), fields),
    bytes,
    method: head.readUInt16LE(8),
    encrypted: (flags & 1) !== 0,
    sizesFollow: (flags & 8) !== 0,
    crc: head.readUInt32LE(14),
    compressed,
    size,
    descriptorBytes: 0,
  }
}

// Tools pad the fields of local headers with bytes that are no field: what does not fit is left alone.
function extraFields(bytes: Buffer): yauzl.ExtraField[] {
  const fields: yauzl.ExtraField[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const dataEnd = at + 4 + bytes.readUInt16LE(at + 2)
    if (dataEnd > bytes.length) break
    fields.push({ id: bytes.readUInt16LE(at), data: bytes.subarray(at + 4, dataEnd) })
    at = dataEnd
  }
  return fields
}

/**
 * Looks for the data descriptor behind an entry, whose data is at the window's start. Its form is not told anywhere: the
 * signature and the width of its sizes are the writer's choice. So the search is for the next header, before which stands
 * the very distance from the data's start. The checksum is verified when the entry is unpacked.
 */
async function findDescriptor(
  window: ByteWindow,
  entry: string,
  archive: string,
  limits: EntryLimits,
): Promise<Data> {
  for (let at = 0; ; ) {
    const buffer = window.buffer()
    const found = buffer.indexOf("PK", at, "latin1")
    if (found !== -1 && found + 4 <= buffer.length) {
      const signature = buffer.readUInt32LE(found)
      const data =
        signature === localHeader || signature === centralHeader ? descriptorBefore(buffer, found) : undefined
      if (data !== undefined) return data
      at = found + 2
      continue
    }
    limits.checkPacked(entry, buffer.length - 24)
    at = found === -1 ? Math.max(0, buffer.length - 1) : found
    if (!(await window.need(buffer.length + 1))) throw truncatedData(archive, entry)
  }
}

/** Length of a data descriptor, with or without signature, and of each of the two sizes in it. */
const descriptorForms = [
  { length: 16, signed: true, wide: false },
  { length: 24, signed: true, wide: true },
  { length: 12, signed: false, wide: false },
  { length: 20, signed: false, wide: true },
]

function descriptorBefore(buffer: Buffer, end: number): Data | undefined {
  for (const { length, signed, wide } of descriptorForms) {
    const start = end - length
    if (start < 0 || (signed && buffer.readUInt32LE(start) !== descriptorSignature)) continue
    const at = signed ? start + 4 : start
    const compressed = wide ? Number(buffer.readBigUInt64LE(at + 4)) : buffer.readUInt32LE(at + 4)
    if (compressed !== start) continue
    const size = wide ? Number(buffer.readBigUInt64LE(at + 12)) : buffer.readUInt32LE(at + 8)
    return { crc: buffer.readUInt32LE(at), compressed, size, descriptorBytes: length }
  }
  return undefined
}

const directoryRecords = new Set([centralHeader, directorySignature, wideEnd, wideEndLocator, end])

// Longer records are none that any tool writes; the bound keeps a lying length from filling the memory.
const maxRecordBytes = 1 << 18

/** Reads through the directory to the end record: only with it is the archive known to be whole. */
async function checkDirectory(window: ByteWindow, archive: string, entries: number): Promise<void> {
  const need = async (length: number) => {
    if (length > maxRecordBytes) throw new ZipError(archive, "", "its directory is damaged")
    if (!(await window.need(length))) {
      throw new ZipError(archive, "", "ends inside its directory: it is truncated")
    }
    return window.buffer()
  }
  let listed = 0
  for (let signature = 0; signature !== end; ) {
    signature = (await need(4)).readUInt32LE(0)
    let length: number
    if (signature === centralHeader) {
      const record = await need(46)
      length = 46 + record.readUInt16LE(28) + record.readUInt16LE(30) + record.readUInt16LE(32)
      listed++
    } else if (signature === directorySignature) length = 6 + (await need(6)).readUInt16LE(4)
    else if (signature === wideEnd) length = 12 + Number((await need(12)).readBigUInt64LE(4))
    else if (signature === wideEndLocator) length = 20
    else if (signature === end) length = 22 + (await need(22)).readUInt16LE(20)
    else throw new ZipError(archive, "", "its directory is damaged")
    await need(length)
    window.skip(length)
  }
  if (listed !== entries) {
    throw new ZipError(archive, "", `holds ${entries} entries where its directory lists ${listed}`)
  }
}

function notAnEntry(entries: number): string {
  return entries === 0 ? "is not a zip archive" : "holds something else where its next entry should begin"
}
