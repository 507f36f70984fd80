import { createHash, type Hash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { copyFile, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { uptime } from "node:os"
import { dirname, join } from "node:path"
import { TransferError } from "../errors.ts"
import type { DeclaredDigest } from "../http/declared-digest.ts"
import { partialPath, syncDirectory } from "./atomic-file.ts"
import { digestOf } from "./check-file.ts"
import { createGatheredWrites } from "./gathered-writes.ts"
import { isRunning } from "./owner.ts"

/** What names the very bytes that a part holds the beginning of. */
export interface PartOrigin {
  /** The file that is brought: its path below the dataset's directory. */
  readonly name: string
  /** Where from, without tokens. */
  readonly source: string
  /** What `If-Range` is asked with. */
  readonly validator: string
  /** How long the whole is; undefined where the server did not say. */
  readonly length?: number | undefined
  /** The digest of the whole, where the server gave one. */
  readonly digest?: DeclaredDigest | undefined
}

/** What a part became. */
export interface WholePart {
  readonly bytes: number
  /** SHA-256 of the content, in hexadecimal. */
  readonly digest: string
}

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
   * Gives it its final name, when it is whole; what stood there before is replaced in one step. `digest` is that of the whole.
   * `onMoved` is called before it is forgotten here that the file stands there.
   */
  moveTo(path: string, digest: string, onMoved: () => void): Promise<void>
  /** Leaves it for a later transfer; nothing is left of an empty one. Does nothing after `moveTo` and `discard`. */
  rest(): Promise<void>
  discard(): Promise<void>
}

/** Where the beginnings of large files wait for the rest, over the end of a run and of its process. */
export interface Parts {
  /**
   * The file that an earlier transfer has brought to `path`, where its process was killed before it could tell anyone, and it
   * still stands there as it was.
   */
  moved(name: string, source: string, path: string): Promise<WholePart | undefined>
  /** Takes over what an earlier transfer of the file has left. Undefined where there is nothing. */
  claim(name: string, source: string): Promise<Part | undefined>
  /** Begins a new one, before the first byte: its origin is noted first. */
  create(origin: PartOrigin): Promise<Part>
  /** Removes those that nobody is working on and that are not wanted. */
  sweep(isWanted: (origin: PartOrigin) => boolean): void
}

// A part is a directory that holds the bytes and the note of their origin, so that one rename takes over both. Its name
// tells the file and the process that works on it, or 0. That process may be invisible from here (another container,
// another machine) and lose its part to us while it still writes: then both write the same bytes to the same places, for
// what names them is equal, and its own rename at the end fails, so that it begins again. A part is never cut short while
// somebody may be writing to it.
const partName = /^([0-9a-f]{24})\.([0-9a-z]+)-[0-9a-f]{8}$/
const keyDigits = 24
const contentFile = "content"
const originFile = "origin.json"
const nobody = "0"

/** After so many bytes a large file waits for the disk, so that a power cut takes no more than these. */
const syncedBytes = 1 << 26

// Those of this process, for its number alone does not tell them from those of a process before it.
const working = new Set<string>()
let last = createHash("sha256").update(`${process.pid} ${performance.timeOrigin}`).digest().readUInt32LE()

/**
 * Opens the parts in a directory, which is made with the first of them. What lies there is looked at once, when the first
 * file is asked for.
 *
 * @example
 * const parts = openParts("street/.darwin-streams/parts")
 * const part = (await parts.claim(name, source)) ?? (await parts.create({ name, source, validator }))
 */
export function openParts(directory: string): Parts {
  let left: Map<string, string[]> | undefined

  // For another try within this run, with a new address.
  const rested = (entry: string) => {
    const key = entry.slice(0, keyDigits)
    left?.set(key, [...(left.get(key) ?? []), entry])
  }
  const look = (): Map<string, string[]> => {
    const found = new Map<string, string[]>()
    for (const entry of list(directory)) {
      const [, key = "", owner = ""] = partName.exec(entry) ?? []
      if (key === "" || isWorkedOn(entry, owner)) continue
      found.set(key, [...(found.get(key) ?? []), entry])
    }
    return found
  }

  return {
    moved: async (name, source, path) => {
      left ??= look()
      if (left.size === 0) return undefined
      for (const entry of left.get(keyOf(name, source)) ?? []) {
        const whole = movedPart(join(directory, entry))
        if (whole !== undefined && (await isWhole(path, whole))) return whole
      }
      return undefined
    },
    claim: async (name, source) => {
      left ??= look()
      if (left.size === 0) return undefined
      const key = keyOf(name, source)
      const entries = left.get(key)
      for (let entry = entries?.shift(); entry !== undefined; entry = entries?.shift()) {
        const taken = take(directory, entry, key)
        const part = taken === undefined ? undefined : await reopen(directory, taken, name, source, rested)
        if (part !== undefined) return part
      }
      left.delete(key)
      return undefined
    },
    create: async (origin) => {
      const entry = ownName(keyOf(origin.name, origin.source))
      working.add(entry)
      try {
        await mkdir(join(directory, entry), { recursive: true })
        writeOrigin(join(directory, entry), { ...origin, synced: 0 })
        const handle = await open(join(directory, entry, contentFile), "wx+")
        return createPart(directory, entry, origin, handle, createHash("sha256"), 0, rested)
      } catch (error) {
        working.delete(entry)
        rmSync(join(directory, entry), { recursive: true, force: true })
        throw error
      }
    },
    sweep: (isWanted) => {
      for (const entry of list(directory)) {
        const owner = partName.exec(entry)?.[2]
        if (owner === undefined || isWorkedOn(entry, owner)) continue
        const origin = readOrigin(join(directory, entry))
        if (origin !== undefined && isWanted(origin)) continue
        rmSync(join(directory, entry), { recursive: true, force: true })
      }
    },
  }
}

/** The origin as it stands on disk. */
interface NotedOrigin extends PartOrigin {
  /** So many bytes were on the disk itself, and not only on their way to it. */
  readonly synced: number
  /** What it is as a whole, noted before it gets its final name. */
  readonly whole?: WholePart | undefined
}

/** What a part has become that has no content any more, for that stands under its final name. */
function movedPart(folder: string): WholePart | undefined {
  return existsSync(join(folder, contentFile)) ? undefined : readOrigin(folder)?.whole
}

async function isWhole(path: string, { bytes, digest }: WholePart): Promise<boolean> {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true && stats.size === bytes && (await digestOf(path, bytes)) === digest
}

function take(directory: string, entry: string, key: string): string | undefined {
  const own = ownName(key)
  try {
    working.add(own)
    renameSync(join(directory, entry), join(directory, own))
    return own
  } catch {
    // Another process was faster, or the platform knows better than we that somebody works on it.
    working.delete(own)
    return undefined
  }
}

async function reopen(
  directory: string,
  entry: string,
  name: string,
  source: string,
  rested: (entry: string) => void,
): Promise<Part | undefined> {
  const folder = join(directory, entry)
  const content = join(folder, contentFile)
  let handle: FileHandle | undefined
  try {
    const origin = readOrigin(folder)
    if (origin?.name === name && origin.source === source) {
      const { size, mtimeMs } = statSync(content)
      // What was written before the machine was started anew may not have reached the disk, although the length has.
      const bootMs = Date.now() - uptime() * 1_000
      const bytes = mtimeMs < bootMs + 60_000 ? Math.min(size, origin.synced) : size
      handle = await open(content, "r+")
      if (bytes < size) await handle.truncate(bytes)
      const hash = createHash("sha256")
      for await (const chunk of contentOf(handle, bytes)) hash.update(chunk)
      if (bytes > 0) return createPart(directory, entry, origin, handle, hash, bytes, rested)
    }
  } catch {
    // What cannot be read is no beginning of anything.
  }
  await handle?.close()
  working.delete(entry)
  rmSync(folder, { recursive: true, force: true })
  return undefined
}

async function* contentOf(handle: FileHandle, bytes: number): AsyncGenerator<Buffer, undefined, undefined> {
  for (let at = 0; at < bytes; ) {
    const room = Buffer.allocUnsafe(Math.min(1 << 20, bytes - at))
    const { bytesRead } = await handle.read(room, 0, room.length, at)
    if (bytesRead === 0) throw new Error("the part is shorter than it was")
    yield room.subarray(0, bytesRead)
    at += bytesRead
  }
}

function createPart(
  directory: string,
  entry: string,
  origin: PartOrigin,
  handle: FileHandle,
  hash: Hash,
  begun: number,
  rested: (entry: string) => void,
): Part {
  const folder = join(directory, entry)
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
    working.delete(entry)
    await handle.close()
  }
  const note = (whole?: WholePart) => {
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
    moveTo: async (path, digest, onMoved) => {
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
      rmSync(folder, { recursive: true, force: true })
    },
    rest: async () => {
      if (closed) return
      // What has come is kept as far as the disk took it.
      await writes.settle().catch(() => {})
      await close()
      if (bytes === 0) return rmSync(folder, { recursive: true, force: true })
      try {
        const free = nameFor(entry.slice(0, keyDigits), nobody)
        renameSync(folder, join(directory, free))
        rested(free)
      } catch {
        // Another process has it.
      }
    },
    discard: async () => {
      if (closed) return
      await writes.settle().catch(() => {})
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
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

function writeOrigin(folder: string, origin: NotedOrigin): void {
  const made = join(folder, `${originFile}.new`)
  writeFileSync(made, JSON.stringify(origin))
  renameSync(made, join(folder, originFile))
}

function readOrigin(folder: string): NotedOrigin | undefined {
  try {
    const origin = JSON.parse(readFileSync(join(folder, originFile), "utf8")) as Partial<NotedOrigin>
    const { name, source, validator, synced } = origin
    const whole =
      [name, source, validator].every((text) => typeof text === "string") && Number.isInteger(synced)
    return whole ? (origin as NotedOrigin) : undefined
  } catch {
    return undefined
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

function isWorkedOn(entry: string, owner: string): boolean {
  if (owner === nobody) return false
  const pid = Number.parseInt(owner, 36)
  return pid === process.pid ? working.has(entry) : isRunning(pid)
}

function keyOf(name: string, source: string): string {
  return createHash("sha256")
    .update(JSON.stringify([name, source]))
    .digest("hex")
    .slice(0, keyDigits)
}

function ownName(key: string): string {
  return nameFor(key, process.pid.toString(36))
}

function nameFor(key: string, owner: string): string {
  last = (last + 1) >>> 0
  return `${key}.${owner}-${last.toString(16).padStart(8, "0")}`
}
