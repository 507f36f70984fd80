import { randomBytes } from "node:crypto"
import { open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import yauzl from "yauzl"
import { ZipError } from "../errors.ts"
import {
  type CannotStream,
  maxEntryBytesOf,
  tooLarge,
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
  const { fromOffset = 0 } = options
  const maxEntryBytes = maxEntryBytesOf(options)
  const handle = await open(path, "r")
  try {
    const zip = await openDirectory(path, archive)
    try {
      for await (const entry of zip.eachEntry()) {
        if (entry.relativeOffsetOfLocalHeader < fromOffset || entry.fileName.endsWith("/")) continue
        if (entry.isEncrypted()) throw new ZipError(archive, entry.fileName, "is encrypted")
        if (Math.max(entry.compressedSize, entry.uncompressedSize) > maxEntryBytes) {
          throw tooLarge(archive, entry.fileName, maxEntryBytes)
        }
        const header = Buffer.allocUnsafe(30)
        await readFully(header, entry.relativeOffsetOfLocalHeader, entry.fileName)
        const data =
          entry.relativeOffsetOfLocalHeader + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
        const packed = Buffer.allocUnsafe(entry.compressedSize)
        await readFully(packed, data, entry.fileName)
        const { fileName: name, compressionMethod: method, crc32: crc, uncompressedSize: size } = entry
        yield { name, bytes: unpack(packed, { name, method, crc, size }, archive) }
      }
    } catch (error) {
      if (error instanceof ZipError || !(error instanceof Error)) throw error
      throw new ZipError(archive, "", error.message, { cause: error })
    } finally {
      zip.close()
    }
  } finally {
    await handle.close()
  }

  async function readFully(target: Buffer, position: number, entry: string): Promise<void> {
    for (let at = 0; at < target.length; ) {
      const { bytesRead } = await handle.read(target, at, target.length - at, position + at)
      if (bytesRead === 0)
        throw new ZipError(archive, entry, "ends before its data: the archive is truncated")
      at += bytesRead
    }
  }
}

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
    const file = await open(path, "wx")
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
    return await yauzl.openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true })
  } catch (cause) {
    throw new ZipError(archive, "", cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
