import { createHash } from "node:crypto"
import { createWriteStream, mkdirSync, renameSync } from "node:fs"
import { mkdir, open, rm } from "node:fs/promises"
import path from "node:path"
import { Transform } from "node:stream"
import { pipeline } from "node:stream/promises"

import { newId } from "./ids.ts"

/** Bytes that are safely on disk under a temporary name, waiting for their place. */
export interface StagedFile {
  readonly sizeBytes: number
  /** Hexadecimal. */
  readonly sha256: string
  /** Moves the file to its place at once; on disk for good when `settle` has returned. */
  place(): void
  settle(): Promise<void>
  discard(): Promise<void>
}

/** The files of the server, in a directory. */
export interface BlobStore {
  /** The original bytes of an upload. */
  uploadPath(uploadId: string): string
  /** Frame `index` of a file. */
  framePath(fileId: string, index: number): string
  releasePath(exportId: string): string
  /** Streams bytes to a temporary file and makes sure that they are on disk. */
  stage(target: string, bytes: AsyncIterable<Uint8Array>): Promise<StagedFile>
}

/** Opens the store; what an earlier process left half written is removed. */
export async function openBlobStore(directory: string): Promise<BlobStore> {
  const temporary = path.join(directory, "tmp")
  await rm(temporary, { recursive: true, force: true })
  for (const name of ["tmp", "uploads", "frames", "releases"]) {
    await mkdir(path.join(directory, name), { recursive: true })
  }
  // Made beforehand and not one by one, so that no upload can rely on a folder that another one has yet to make lasting.
  for (let number = 0; number < 256; number += 1) {
    mkdirSync(path.join(directory, "uploads", number.toString(16).padStart(2, "0")), { recursive: true })
  }
  for (const made of [path.join(directory, "uploads"), directory]) await syncDirectory(made)
  return {
    // Ids of version 7 share their first digits in time; the last two spread them evenly over 256 folders.
    uploadPath: (uploadId) => path.join(directory, "uploads", uploadId.slice(-2), uploadId),
    framePath: (fileId, index) =>
      path.join(directory, "frames", fileId.slice(-2), fileId, `${String(index).padStart(7, "0")}.png`),
    releasePath: (exportId) => path.join(directory, "releases", `${exportId}.zip`),
    stage: (target, bytes) => stage(path.join(temporary, newId()), target, bytes),
  }
}

async function stage(
  temporary: string,
  target: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<StagedFile> {
  const hash = createHash("sha256")
  let sizeBytes = 0
  let created: string | undefined
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      sizeBytes += chunk.length
      done(null, chunk)
    },
  })
  const discard = () => rm(temporary, { force: true })
  try {
    // `flush` makes the stream call fsync before it closes the file.
    await pipeline(bytes, count, createWriteStream(temporary, { flush: true }))
    created = await mkdir(path.dirname(target), { recursive: true })
  } catch (error) {
    await discard()
    throw error
  }
  return {
    sizeBytes,
    sha256: hash.digest("hex"),
    place: () => renameSync(temporary, target),
    settle: async () => {
      await syncDirectory(path.dirname(target))
      if (created !== undefined) await syncDirectory(path.dirname(created))
    },
    discard,
  }
}

/** A rename is on disk only when its directory is. Windows has no such call, and needs none. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
