import { crc32, inflateRawSync } from "node:zlib"
import { ZipError } from "../errors.ts"

// PKWARE APPNOTE 6.3: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7 to 4.3.16 and 4.5.3.
const localHeader = 0x04034b50
const dataDescriptor = Buffer.from([0x50, 0x4b, 0x07, 0x08])
const centralHeader = 0x02014b50
const endOfDirectory = Buffer.from([0x50, 0x4b, 0x05, 0x06])
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

const defaultMaxEntryBytes = 512 * 1024 * 1024

/** The largest entry that is unpacked under the given limits. */
export function maxEntryBytesOf(limits: ZipLimits): number {
  return limits.maxEntryBytes ?? defaultMaxEntryBytes
}

/**
 * Reads an archive from its bytes while they arrive: each entry as soon as it is whole, its checksum verified.
 *
 * Memory holds one entry at a time. Folders are left out. An entry whose end cannot be told without the directory at the
 * archive's end (stored with a data descriptor, or a descriptor without signature) is handed to `otherwise`, which
 * goes on with the remaining bytes.
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
  const maxEntryBytes = maxEntryBytesOf(limits)
  const window = createWindow(bytes)
  let entries = 0

  try {
    for (;;) {
      if (!(await window.need(4))) throw new ZipError(archive, "", "ends before its directory: it is truncated")
      const signature = window.buffer().readUInt32LE(0)
      if (signature === centralHeader || (entries === 0 && signature === endOfDirectory.readUInt32LE(0))) break
      if (signature !== localHeader) throw new ZipError(archive, "", notAnEntry(entries))
      const header = await readLocalHeader(window, archive)
      entries++
      if (header.encrypted) throw new ZipError(archive, header.name, "is encrypted")

      if (header.sizesFollow) {
        const size = header.method === 8 ? await findDescriptor(window, header, maxEntryBytes) : undefined
        if (size === undefined) {
          const reason = header.method === 8 ? "its data descriptor has no signature" : "it is stored without a size"
          yield* otherwise({ offset: window.offset(), entry: header.name, reason, rest: window.rest() })
          return
        }
        header.compressed = size.compressed
        header.size = size.size
        header.crc = size.crc
      }
      if (header.size > maxEntryBytes) throw tooLarge(archive, header.name, maxEntryBytes)
      window.skip(header.bytes)
      if (!(await window.need(header.compressed))) {
        throw new ZipError(archive, header.name, "ends before its data: the archive is truncated")
      }
      const packed = window.buffer().subarray(0, header.compressed)
      if (!header.name.endsWith("/")) {
        yield { name: header.name, bytes: unpack(packed, header, archive) }
      }
      window.skip(header.compressed + header.descriptorBytes())
    }
    await checkEnd(window, archive, entries)
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
  else if (entry.method === 8) {
    try {
      // One byte more than declared lets a lying size be seen, and bounds what it can cost.
      bytes = inflateRawSync(packed, { maxOutputLength: entry.size + 1 })
    } catch (cause) {
      throw new ZipError(archive, entry.name, "its compressed data is damaged or longer than declared", { cause })
    }
  } else throw new ZipError(archive, entry.name, `compression method ${entry.method} is not supported`)
  if (bytes.length !== entry.size) {
    throw new ZipError(archive, entry.name, `has ${bytes.length} bytes where ${entry.size} are declared`)
  }
  if (crc32(bytes) !== entry.crc) throw new ZipError(archive, entry.name, "its checksum does not match")
  return bytes
}

/** The error for an entry above the limit. */
export function tooLarge(archive: string, entry: string, maxEntryBytes: number): ZipError {
  return new ZipError(archive, entry, `is larger than the limit of ${maxEntryBytes} bytes`)
}

interface LocalHeader {
  readonly name: string
  /** Length of the header itself. */
  readonly bytes: number
  readonly method: number
  readonly encrypted: boolean
  /** Checksum and sizes stand behind the data, in a data descriptor. */
  readonly sizesFollow: boolean
  readonly wide: boolean
  crc: number
  compressed: number
  size: number
  descriptorBytes(): number
}

async function readLocalHeader(window: Window, archive: string): Promise<LocalHeader> {
  const truncated = () => new ZipError(archive, "", "ends inside an entry's header: it is truncated")
  if (!(await window.need(30))) throw truncated()
  const nameLength = window.buffer().readUInt16LE(26)
  const extraLength = window.buffer().readUInt16LE(28)
  const bytes = 30 + nameLength + extraLength
  if (!(await window.need(bytes))) throw truncated()
  const head = window.buffer()
  const flags = head.readUInt16LE(6)
  const sizesFollow = (flags & 8) !== 0
  const name = head.toString((flags & 0x800) !== 0 ? "utf8" : "latin1", 30, 30 + nameLength)
  let compressed = head.readUInt32LE(18)
  let size = head.readUInt32LE(22)
  let wide = false
  const extraEnd = bytes
  for (let at = 30 + nameLength; at + 4 <= extraEnd; at += 4 + head.readUInt16LE(at + 2)) {
    if (head.readUInt16LE(at) !== 1 || at + 4 + head.readUInt16LE(at + 2) > extraEnd) continue
    wide = true
    let field = at + 4
    if (size === zip64 && field + 8 <= extraEnd) {
      size = Number(head.readBigUInt64LE(field))
      field += 8
    }
    if (compressed === zip64 && field + 8 <= extraEnd) compressed = Number(head.readBigUInt64LE(field))
  }
  return {
    name,
    bytes,
    method: head.readUInt16LE(8),
    encrypted: (flags & 1) !== 0,
    sizesFollow,
    wide,
    crc: head.readUInt32LE(14),
    compressed,
    size,
    descriptorBytes: () => (sizesFollow ? (wide ? 24 : 16) : 0),
  }
}

/**
 * Looks for the data descriptor behind an entry: a signature that is followed by the very distance it stands at. The
 * checksum is verified when the entry is unpacked, so a lucky hit inside the data cannot pass.
 */
async function findDescriptor(
  window: Window,
  header: LocalHeader,
  maxEntryBytes: number,
): Promise<{ crc: number; compressed: number; size: number } | undefined> {
  const length = header.descriptorBytes()
  let at = header.bytes
  for (;;) {
    const found = window.buffer().indexOf(dataDescriptor, at)
    if (found === -1) {
      at = Math.max(header.bytes, window.buffer().length - 3)
      if (window.buffer().length > header.bytes + maxEntryBytes || !(await window.need(window.buffer().length + 1))) {
        return undefined
      }
      continue
    }
    if (!(await window.need(found + length))) return undefined
    const buffer = window.buffer()
    const compressed = header.wide ? Number(buffer.readBigUInt64LE(found + 8)) : buffer.readUInt32LE(found + 8)
    if (compressed === found - header.bytes) {
      const size = header.wide ? Number(buffer.readBigUInt64LE(found + 16)) : buffer.readUInt32LE(found + 12)
      return { crc: buffer.readUInt32LE(found + 4), compressed, size }
    }
    at = found + 4
  }
}

/** Reads on to the end record: only with it is the archive known to be whole. */
async function checkEnd(window: Window, archive: string, entries: number): Promise<void> {
  for (;;) {
    const found = window.buffer().indexOf(endOfDirectory)
    if (found !== -1 && (await window.need(found + 22))) {
      const declared = window.buffer().readUInt16LE(found + 10)
      // 65,535 stands for "see the zip64 record"; below that the count is the archive's own.
      if (declared !== 0xffff && declared !== entries % 0x10000) {
        throw new ZipError(archive, "", `holds ${entries} entries where its directory lists ${declared}`)
      }
      return
    }
    window.skip(Math.max(0, window.buffer().length - 21))
    if (!(await window.need(window.buffer().length + 1))) {
      throw new ZipError(archive, "", "ends inside its directory: it is truncated")
    }
  }
}

function notAnEntry(entries: number): string {
  return entries === 0 ? "is not a zip archive" : "holds something else where its next entry should begin"
}

/** The part of a stream of bytes that has come and is not used yet. */
interface Window {
  buffer(): Buffer
  /** Where the window begins in the stream. */
  offset(): number
  /** Reads until `length` bytes are there; false when the stream ends before. */
  need(length: number): Promise<boolean>
  skip(length: number): void
  rest(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

function createWindow(bytes: AsyncIterable<Uint8Array>): Window {
  const iterator = bytes[Symbol.asyncIterator]()
  // The bytes from `start` to `end` are the window. The store grows by doubling: joining chunk by chunk would be
  // quadratic in an entry's size.
  let store = Buffer.allocUnsafe(1 << 17)
  let start = 0
  let end = 0
  let offset = 0

  const makeRoom = (length: number) => {
    if (end + length <= store.length) return
    const live = end - start
    const target = live + length <= store.length ? store : Buffer.allocUnsafe(Math.max(2 * store.length, live + length))
    store.copy(target, 0, start, end)
    store = target
    start = 0
    end = live
  }
  const pull = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (next.done === true) return false
    makeRoom(next.value.length)
    store.set(next.value, end)
    end += next.value.length
    return true
  }
  const live = () => store.subarray(start, end)
  const skip = (length: number) => {
    start += length
    offset += length
  }

  return {
    buffer: live,
    offset: () => offset,
    need: async (length) => {
      if (end - start < length && start + length > store.length) makeRoom(length - (end - start))
      while (end - start < length) if (!(await pull())) return false
      return true
    },
    skip,
    rest: async function* () {
      do {
        const piece = Buffer.from(live())
        skip(piece.length)
        yield piece
      } while (await pull())
    },
    close: async () => {
      await iterator.return?.()
    },
  }
}
