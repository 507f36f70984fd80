import { randomBytes } from "node:crypto"
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { mkdir, open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { folderEntries } from "./folder-entries.ts"
import { createGatheredWrites } from "./gathered-writes.ts"
import { isRunning } from "./owner.ts"

// A file that is not whole yet stands beside its final name, so that a rename is atomic. Its own name tells the process
// that writes it, so that nobody takes a name twice and what a killed process left can be told from what is being
// written. It is not made from the final one, which may be as long as the file system allows.
const partialName = /^\.([0-9a-z]+)-[0-9a-f]{8}\.part$/

// The number is counted from a random start: a random one each time would cost a file five microseconds.
let lastPartial = randomBytes(4).readUInt32LE()

/** The name under which what is to stand at `path` is made. `removeLeftovers` finds what remains under it. */
export function partialPath(path: string): string {
  lastPartial = (lastPartial + 1) >>> 0
  return join(dirname(path), `.${process.pid.toString(36)}-${lastPartial.toString(16).padStart(8, "0")}.part`)
}

/** A file that is written piece by piece and appears under its final name only when it is whole. */
export interface AtomicFile {
  /** Bytes written so far. */
  readonly bytes: number
  /** Takes the chunk over: it must not be changed afterwards. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Gives it its final name; what stood there before is replaced in one step. */
  commit(): Promise<void>
  /** Removes it; does nothing after `commit()`. */
  discard(): Promise<void>
}

/**
 * Opens an atomic file at `path` and makes its directory where it is missing. A `durable` one is safe from a power cut
 * when `commit()` has returned.
 */
export async function createAtomicFile(
  path: string,
  { durable = false }: { readonly durable?: boolean } = {},
): Promise<AtomicFile> {
  await mkdir(dirname(path), { recursive: true })
  const partial = partialPath(path)
  const handle = await open(partial, "wx")
  const writes = createGatheredWrites(handle)
  let bytes = 0
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await handle.close()
  }

  return {
    get bytes() {
      return bytes
    },
    write: async (chunk) => {
      const piece = typeof chunk === "string" ? Buffer.from(chunk) : chunk
      bytes += piece.byteLength
      await writes.write(piece)
    },
    commit: async () => {
      await writes.settle()
      if (durable) await handle.sync()
      await close()
      await rename(partial, path)
      if (durable) syncDirectory(dirname(path))
    },
    discard: async () => {
      await writes.settle().catch(() => {})
      await close()
      await rm(partial, { force: true })
    },
  }
}

/**
 * Writes a small file atomically, in one go and without giving way: for files of up to some hundred kilobytes this is
 * a third of the cost of the asynchronous calls. Makes its directory where it is missing. A `durable` one is safe from a
 * power cut when this has returned.
 */
export function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666, durable = false }: { readonly mode?: number; readonly durable?: boolean } = {},
): void {
  const partial = partialPath(path)
  try {
    const descriptor = openOrMakeDirectory(partial, mode)
    try {
      writeFileSync(descriptor, content)
      if (durable) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(partial, path)
    if (durable) syncDirectory(dirname(path))
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

// The directory is nearly always there: asking first would cost each file a system call.
function openOrMakeDirectory(path: string, mode: number): number {
  try {
    return openSync(path, "wx", mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, "wx", mode)
  }
}

/**
 * Waits until the names in a directory are on the disk: after a power cut a rename holds only then. Windows has no such
 * call, and needs none; file systems that refuse it on a directory have nothing to offer instead.
 */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return
  const descriptor = openSync(directory, "r")
  try {
    fsyncSync(descriptor)
  } catch (error) {
    if (!refusesSync.has((error as NodeJS.ErrnoException).code ?? "")) throw error
  } finally {
    closeSync(descriptor)
  }
}

const refusesSync: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EISDIR"])

/** Removes what killed processes left half-written below a directory. */
export function removeLeftovers(directory: string): void {
  for (const path of leftovers(directory)) rmSync(path, { recursive: true, force: true })
}

/**
 * What killed processes left half-written below a directory: partial files and folders whose process no longer runs. The one
 * that was given last may be removed: should a file system leave out another for that, the next run finds it.
 */
export function* leftovers(directory: string): Generator<string> {
  for (const entry of folderEntries(directory)) {
    const path = join(directory, entry.name)
    if (isLeftover(path, entry.name)) yield path
    else if (entry.isDirectory()) yield* leftovers(path)
  }
}

function isLeftover(path: string, name: string): boolean {
  const owner = partialName.exec(name)?.[1]
  return owner !== undefined && isOwnerGone(path, Number.parseInt(owner, 36))
}

/** Whether the process that has made what stands at `path` runs no longer. */
export function isOwnerGone(path: string, pid: number): boolean {
  // In a container each process may have the number of the one before it: then the time tells them apart.
  if (pid === process.pid) return wasLeftBefore(path, Date.now() - process.uptime() * 1_000)
  return !isRunning(pid)
}

function wasLeftBefore(path: string, startMs: number): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && stats.mtimeMs < startMs
}
