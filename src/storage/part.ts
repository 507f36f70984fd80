import type { Hash } from "node:crypto"
import { rmSync } from "node:fs"
import { copyFile, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { TransferError } from "../errors.ts"
import { partialPath, syncDirectory } from "./atomic-file.ts"
import type { WholeFile } from "./check-file.ts"
import { createGatheredWrites } from "./gathered-writes.ts"
import { type PartOrigin, writeOrigin } from "./part-origin.ts"

/** The beginning of a file, on disk, and open for what comes behind. */
export interface Part {
  readonly origin: PartOrigin
  readonly bytes: number
  /** SHA-256 of what it holds so far; `digest()` of it may be asked for once. */
  readonly hash: Hash
  /** Whether another process, which could not see this one, has taken it over. */
  readonly lost: boolean
  /** Takes the chunk over: it must not be changed afterwards. */
  write(chunk: Uint8Array): Promise<void>
  /** All that it holds, read from the disk. */
  content(): AsyncIterable<Buffer>
  /**
   * Gives it its final name, when it is whole; what stood there before is replaced in one step. `digest` is that of the whole, and
   * stays noted until the parts are told to forget it.
   */
  moveTo(path: string, digest: string): Promise<void>
  /** Leaves it for a later transfer; nothing is left of an empty one. Does nothing after `moveTo` and `discard`. */
  rest(): Promise<void>
  discard(): Promise<void>
}

/** The file in a part's folder that holds what has come. */
export const contentFile = "content"

/** After so many bytes a large file waits for the disk, so that a power cut takes no more than these. */
const syncedBytes = 1 << 26

/** What is told of a part, and what it begins with. */
export interface PartOptions {
  /** SHA-256 of the bytes that it holds. */
  readonly hash: Hash
  /** How many these are. */
  readonly begun: number
  /** Its content is closed: nobody works on it any more. */
  readonly onClose: () => void
  /** It is left, with what it holds. */
  readonly onRest: () => void
  /** Its content has got its final name; the note of that is left. */
  readonly onMoved: () => void
}

/** The part in a folder, whose content is open for reading and writing. */
export function createPart(
  folder: string,
  origin: PartOrigin,
  handle: FileHandle,
  { hash, begun, onClose, onRest, onMoved }: PartOptions,
): Part {
  const writes = createGatheredWrites(handle, begun)
  let bytes = begun
  let synced = begun
  let closed = false
  let lost = false

  const losing = (error: unknown): unknown => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error
    lost = true
    return new TransferError(origin.name, "another process has taken it over", {
      cause: error,
      passing: true,
    })
  }
  const close = async () => {
    closed = true
    onClose()
    await handle.close()
  }
  const note = (whole?: WholeFile) => {
    synced = bytes
    try {
      writeOrigin(folder, { ...origin, synced, whole })
    } catch (error) {
      throw losing(error)
    }
  }
  const sync = async () => {
    await writes.settle()
    await handle.datasync()
    note()
  }

  return {
    origin,
    hash,
    get bytes() {
      return bytes
    },
    get lost() {
      return lost
    },
    write: async (chunk) => {
      hash.update(chunk)
      bytes += chunk.byteLength
      await writes.write(chunk)
      if (bytes - synced >= syncedBytes) await sync()
    },
    content: async function* () {
      await writes.settle()
      yield* contentOf(handle, bytes)
    },
    moveTo: async (path, digest) => {
      try {
        await writes.settle()
        await handle.sync()
        note({ bytes, digest })
        await mkdir(dirname(path), { recursive: true })
      } finally {
        // Before the move: some platforms move no open file.
        await close()
      }
      await move(join(folder, contentFile), path).catch((error) => {
        throw losing(error)
      })
      syncDirectory(dirname(path))
      onMoved()
    },
    rest: async () => {
      if (closed) return
      // What has come is kept as far as the disk took it.
      await writes.settle().catch(() => {})
      await close()
      if (bytes === 0) return rmSync(folder, { recursive: true, force: true })
      onRest()
    },
    discard: async () => {
      if (closed) return
      await writes.settle().catch(() => {})
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What an open file holds from its beginning, so many bytes. */
export async function* contentOf(
  handle: FileHandle,
  bytes: number,
): AsyncGenerator<Buffer, undefined, undefined> {
  for (let at = 0; at < bytes; ) {
    const room = Buffer.allocUnsafe(Math.min(1 << 20, bytes - at))
    const { bytesRead } = await handle.read(room, 0, room.length, at)
    if (bytesRead === 0) throw new Error("the part is shorter than it was")
    yield room.subarray(0, bytesRead)
    at += bytesRead
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error
    // The folder is on another file system than the dataset's directory.
    const partial = partialPath(to)
    try {
      await copyFile(from, partial)
      const copy = await open(partial, "r+")
      await copy.sync().finally(() => copy.close())
      await rename(partial, to)
    } finally {
      await rm(partial, { force: true })
    }
  }
}
