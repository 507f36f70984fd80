import { createHash, type Hash } from "node:crypto"
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { type FileHandle, mkdir, open } from "node:fs/promises"
import { uptime } from "node:os"
import { join } from "node:path"
import { checkFile, type WholeFile } from "./check-file.ts"
import { isRunning } from "./owner.ts"
import { contentFile, contentOf, createPart, type Part } from "./part.ts"
import { type PartOrigin, readOrigin, writeOrigin } from "./part-origin.ts"

/** Where the beginnings of large files wait for the rest, over the end of a run and of its process. */
export interface Parts {
  /**
   * The file that an earlier transfer has brought to `path`, where its process was killed before `forget`, and it still stands
   * there as it was.
   */
  moved(name: string, source: string, path: string, signal: AbortSignal): Promise<WholeFile | undefined>
  /** Takes over what an earlier transfer of the file has left. Undefined where there is nothing. */
  claim(name: string, source: string): Promise<Part | undefined>
  /** Begins a new one, before the first byte: its origin is noted first. */
  create(origin: PartOrigin): Promise<Part>
  /** To be called when a file is noted elsewhere as whole: drops the note that it has been brought to its name. */
  forget(name: string): void
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
const nobody = "0"

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
  // The notes of files that have got their names, by these; as many as are under way at a time.
  const moved = new Map<string, string>()

  const partOf = (entry: string, origin: PartOrigin, handle: FileHandle, hash: Hash, begun: number): Part =>
    createPart(join(directory, entry), origin, handle, {
      hash,
      begun,
      onClose: () => working.delete(entry),
      onRest: () => rest(entry),
      onMoved: () => moved.set(origin.name, entry),
    })
  const rest = (entry: string) => {
    const key = entry.slice(0, keyDigits)
    const free = nameFor(key, nobody)
    try {
      renameSync(join(directory, entry), join(directory, free))
    } catch {
      // Another process has it.
      return
    }
    // For another try within this run, with a new address.
    left?.set(key, [...(left.get(key) ?? []), free])
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

  const reopen = async (entry: string, name: string, source: string): Promise<Part | undefined> => {
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
        if (bytes > 0) return partOf(entry, origin, handle, hash, bytes)
      }
    } catch {
      // What cannot be read is no beginning of anything.
    }
    await handle?.close()
    working.delete(entry)
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }

  return {
    moved: async (name, source, path, signal) => {
      left ??= look()
      if (left.size === 0) return undefined
      for (const entry of left.get(keyOf(name, source)) ?? []) {
        const whole = movedFile(join(directory, entry))
        if (whole === undefined) continue
        const { state } = await checkFile(path, whole, { quick: false, signal })
        if (state !== "whole") continue
        moved.set(name, entry)
        return whole
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
        const part = taken === undefined ? undefined : await reopen(taken, name, source)
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
        return partOf(entry, origin, handle, createHash("sha256"), 0)
      } catch (error) {
        working.delete(entry)
        rmSync(join(directory, entry), { recursive: true, force: true })
        throw error
      }
    },
    forget: (name) => {
      const entry = moved.get(name)
      if (entry === undefined) return
      moved.delete(name)
      rmSync(join(directory, entry), { recursive: true, force: true })
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

/** What a part has become that has no content any more, for that stands under its final name. */
function movedFile(folder: string): WholeFile | undefined {
  return existsSync(join(folder, contentFile)) ? undefined : readOrigin(folder)?.whole
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
