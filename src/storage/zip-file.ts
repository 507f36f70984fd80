import { randomBytes } from "node:crypto"
import { open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import yauzl from "yauzl"
import { ZipError } from "../errors.ts"
import {
  type CannotStream,
  checkReadable,
  createEntryLimits,
  entryName,
  truncatedData,
  unpack,
  type ZipEntry,
  type ZipLimits,
} from "../parse/zip.ts"

/** Where to begin in an archive on disk. */
export interface ZipFileOptions extends ZipLimits {
  /**
   * Entries whose local header stands before this place are left out.
   * @default 0
   */
  readonly fromOffset?: number
  /** Which entries are read, by their names; all of them without it. The others are not unpacked. */
  readonly wanted?: (name: string) => boolean
}

/**
 * Reads an archive on disk through the directory at its end, entry by entry in the directory's order, each verified.
 *
 * @throws ZipError (`zip`) naming archive and entry.
 *
 * @example
 * for await (const { name, bytes } of zipFileEntries("release.zip", "release.zip")) console.log(name, bytes.length)
 */
export async function* zipFileEntries(
  path: string,
  archive: string,
  options: ZipFileOptions = {},
): AsyncGenerator<ZipEntry, undefined, undefined> {
  const { fromOffset = 0, wanted } = options
  const limits = createEntryLimits(archive, options)
  const handle = await open(path, "r")
  try {
    const zip = await openDirectory(path, archive)
    try {
      let directoryBytes = 0
      for await (const entry of zip.eachEntry()) {
        const { compressedSize, compressionMethod: method, crc32: crc, uncompressedSize: size } = entry
        directoryBytes += 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
        const name = entryName(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields)
        if (entry.relativeOffsetOfLocalHeader < fromOffset || name.endsWith("/")) continue
        if (wanted?.(name) === false) continue
        checkReadable({ name, method }, entry.isEncrypted(), archive)
        limits.admit(name, { compressed: compressedSize, size })
        const packed = await readPacked(
          entry.relativeOffsetOfLocalHeader,
          entry.fileNameLength,
          compressedSize,
          name,
        )
        yield { name, bytes: unpack(packed, { name, method, crc, size }, archive) }
      }
      await checkCount(zip, directoryBytes)
    } catch (error) {
      if (error instanceof ZipError || !(error instanceof Error)) throw error
      throw new ZipError(archive, "", error.message, { cause: error })
    } finally {
      zip.close()
    }
  } finally {
    await handle.close()
  }

  // The extra field of a local header may differ from that in the directory: a little more is read at once, so that a
  // second read is rare.
  async function readPacked(
    offset: number,
    nameLength: number,
    packedBytes: number,
    entry: string,
  ): Promise<Buffer> {
    const guess = Buffer.allocUnsafe(30 + nameLength + packedBytes + 64)
    const bytes = await readUpTo(guess, offset)
    if (bytes < 30) throw truncatedData(archive, entry)
    if (guess.readUInt32LE(0) !== localHeader) {
      throw new ZipError(archive, entry, "does not stand where the directory says")
    }
    const start = 30 + guess.readUInt16LE(26) + guess.readUInt16LE(28)
    if (start + packedBytes <= bytes) return guess.subarray(start, start + packedBytes)
    const packed = Buffer.allocUnsafe(packedBytes)
    if ((await readUpTo(packed, offset + start)) < packedBytes) throw truncatedData(archive, entry)
    return packed
  }

  async function readUpTo(target: Buffer, position: number): Promise<number> {
    let at = 0
    while (at < target.length) {
      const { bytesRead } = await handle.read(target, at, target.length - at, position + at)
      if (bytesRead === 0) break
      at += bytesRead
    }
    return at
  }

  // The end record counts in 16 bits. Old tools let it run over: then the directory is longer than what was counted.
  async function checkCount(zip: yauzl.ZipFile, directoryBytes: number): Promise<void> {
    const end = Buffer.allocUnsafe(16)
    await readUpTo(end, zip.fileSize - 22 - zip.comment.length)
    const declared = end.readUInt32LE(12)
    if (declared === zip64 || declared === directoryBytes) return
    throw new ZipError(archive, "", "its directory holds more entries than it counts")
  }
}

const localHeader = 0x04034b50
const zip64 = 0xffffffff

/**
 * Goes on with an archive that cannot be read forwards: the remaining bytes go to a temporary file, each at the place it
 * has in the archive, so that the directory's offsets hold; what stands before stays a hole.
 */
export async function* spoolRemainder(
  stuck: CannotStream,
  archive: string,
  limits: ZipLimits,
): AsyncGenerator<ZipEntry, undefined, undefined> {
  const path = join(tmpdir(), `darwin-streams-${process.pid}-${randomBytes(6).toString("hex")}.zip`)
  try {
    // What is in it may be nobody else's business.
    const file = await open(path, "wx", 0o600)
    try {
      let position = stuck.offset
      for await (const piece of stuck.rest) {
        for (let at = 0; at < piece.length; ) {
          at += (await file.write(piece, at, piece.length - at, position + at)).bytesWritten
        }
        position += piece.length
      }
    } finally {
      await file.close()
    }
    yield* zipFileEntries(path, archive, { ...limits, fromOffset: stuck.offset })
  } finally {
    await rm(path, { force: true })
  }
}

async function openDirectory(path: string, archive: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(path, {
      lazyEntries: true,
      autoClose: false,
      // Names are never used as paths, so one that is no good as a path is no reason to refuse the archive.
      decodeStrings: false,
    })
  } catch (cause) {
    throw new ZipError(archive, "", cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
