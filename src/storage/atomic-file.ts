import { randomBytes } from "node:crypto"
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/** The ending of files that are not whole yet. They stand beside their final name, so that a rename is atomic. */
export const partialEnding = ".part"

/** A name beside `path` for its content while it is not whole; no other process uses it. */
export function partialPath(path: string): string {
  return `${path}.${process.pid.toString(36)}-${randomBytes(4).toString("hex")}${partialEnding}`
}

/** A file that is written piece by piece and appears under its final name only when it is whole. */
export interface AtomicFile {
  /** Bytes written so far. */
  readonly bytes: number
  write(chunk: string | Uint8Array): Promise<void>
  /** Gives it its final name; what stood there before is replaced in one step. */
  commit(): Promise<void>
  /** Removes it; does nothing after `commit()`. */
  discard(): Promise<void>
}

// Small writes are gathered: a system call for each of a COCO file's annotations would cost more than the annotation.
const gatheredBytes = 1 << 18

/** Opens an atomic file at `path` and makes its directory where it is missing. */
export async function createAtomicFile(path: string): Promise<AtomicFile> {
  await mkdir(dirname(path), { recursive: true })
  const partial = partialPath(path)
  let handle: FileHandle | undefined = await open(partial, "wx")
  let bytes = 0
  let gathered: Buffer[] = []
  let waiting = 0

  const flush = async () => {
    if (waiting === 0 || handle === undefined) return
    const chunk = gathered.length === 1 ? (gathered[0] as Buffer) : Buffer.concat(gathered, waiting)
    gathered = []
    waiting = 0
    // writeFile on a handle goes on from its position and, unlike write, never stops half-way.
    await handle.writeFile(chunk)
  }
  const close = async () => {
    const open = handle
    handle = undefined
    await open?.close()
  }

  return {
    get bytes() {
      return bytes
    },
    write: async (chunk) => {
      const piece =
        typeof chunk === "string"
          ? Buffer.from(chunk)
          : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      gathered.push(piece)
      waiting += piece.length
      bytes += piece.length
      if (waiting >= gatheredBytes) await flush()
    },
    commit: async () => {
      await flush()
      await close()
      await rename(partial, path)
    },
    discard: async () => {
      await close()
      await rm(partial, { force: true })
    },
  }
}

/**
 * Writes a small file atomically, in one go and without giving way: for files of up to some hundred kilobytes this is
 * a third of the cost of the asynchronous calls. The directory must exist.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o666): void {
  const partial = partialPath(path)
  try {
    const descriptor = openSync(partial, "wx", mode)
    try {
      if (typeof content === "string") writeFileSync(descriptor, content)
      else for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at)
    } finally {
      closeSync(descriptor)
    }
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}
