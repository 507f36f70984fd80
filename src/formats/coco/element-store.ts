import { createSpool, type Spool } from "../../storage/spool.ts"

/** The JSON of one element and its index in its array. */
export interface StoredElement {
  readonly index: number
  readonly raw: Buffer
}

/** Elements in the order they were added. */
export interface ElementLog {
  add(index: number, raw: Uint8Array): void
  /** Moves what is in memory to disk when it is much. Call it between pieces of input. */
  settle(): Promise<void>
  read(): AsyncGenerator<StoredElement, void, undefined>
}

/** Elements grouped by the position of the image they belong to. */
export interface ElementGroups {
  add(position: number, index: number, raw: Uint8Array): void
  settle(): Promise<void>
  /** The elements of one image in the order they were added. Positions must be asked for in ascending order. */
  of(position: number): Promise<readonly StoredElement[]>
}

/** Elements of a document that wait until they can be used: in memory while they are few, else on disk. */
export interface ElementStore {
  log(): ElementLog
  groups(positions: number): ElementGroups
  close(): Promise<void>
}

// What waits in memory before it goes to disk, for each log and for all groups together.
const logBytes = 4 << 20
const groupBytes = 8 << 20
// Groups lie on disk in so many parts; one part at a time is read back, so a part of a 10 GB file has 40 MB.
const mostParts = 256
// Before an element stand its length, its index and its position, four bytes each.
const headBytes = 12

/**
 * Opens a store that keeps its file in a directory. Its memory does not depend on the size of the document but for
 * the list of where things are on disk: some 60 bytes for 30 KB.
 */
export function createElementStore(directory: string): ElementStore {
  let opening: Promise<Spool> | undefined
  const spool = () => {
    opening ??= createSpool(directory)
    return opening
  }
  return {
    log: () => createLog(spool),
    groups: (positions) => createGroups(spool, positions),
    close: async () => (await opening)?.close(),
  }
}

/** Elements one behind the other, the older ones on disk. */
interface Run {
  readonly bytes: number
  append(position: number, index: number, raw: Uint8Array): void
  flush(): Promise<void>
  /** All of it, in stretches that hold whole elements. */
  stretches(): AsyncGenerator<Buffer, void, undefined>
}

function createRun(spool: () => Promise<Spool>): Run {
  let buffer = Buffer.alloc(0)
  let length = 0
  const extents: { readonly start: number; readonly end: number }[] = []
  return {
    get bytes() {
      return length
    },
    append: (position, index, raw) => {
      const end = length + headBytes + raw.length
      if (end > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, end, 1024))
        buffer.copy(larger, 0, 0, length)
        buffer = larger
      }
      buffer.writeUInt32LE(raw.length, length)
      buffer.writeUInt32LE(index, length + 4)
      buffer.writeUInt32LE(position, length + 8)
      buffer.set(raw, length + headBytes)
      length = end
    },
    flush: async () => {
      if (length === 0) return
      const file = await spool()
      const start = file.bytes
      await file.write(buffer.subarray(0, length))
      extents.push({ start, end: file.bytes })
      buffer = Buffer.alloc(0)
      length = 0
    },
    stretches: async function* () {
      for (const { start, end } of extents) {
        const pieces: Buffer[] = []
        for await (const piece of (await spool()).read(start, end)) pieces.push(piece)
        yield pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
      }
      if (length > 0) yield buffer.subarray(0, length)
    },
  }
}

function createLog(spool: () => Promise<Spool>): ElementLog {
  const run = createRun(spool)
  return {
    add: (index, raw) => run.append(0, index, raw),
    settle: async () => {
      if (run.bytes > logBytes) await run.flush()
    },
    read: async function* () {
      for await (const stretch of run.stretches()) {
        for (const { index, raw } of elements(stretch)) yield { index, raw }
      }
    },
  }
}

function createGroups(spool: () => Promise<Spool>, positions: number): ElementGroups {
  const perPart = Math.max(1, Math.ceil(positions / mostParts))
  const parts = Array.from({ length: Math.ceil(positions / perPart) }, () => createRun(spool))
  let waiting = 0
  let loaded = -1
  let groups: StoredElement[][] = []

  return {
    add: (position, index, raw) => {
      parts[Math.floor(position / perPart)]?.append(position, index, raw)
      waiting += raw.length
    },
    settle: async () => {
      if (waiting < groupBytes) return
      for (const part of parts) await part.flush()
      waiting = 0
    },
    of: async (position) => {
      const part = Math.floor(position / perPart)
      if (part !== loaded) {
        loaded = part
        groups = Array.from({ length: perPart }, () => [])
        for await (const stretch of (parts[part] as Run).stretches()) {
          for (const { position: of, index, raw } of elements(stretch)) {
            groups[of - part * perPart]?.push({ index, raw })
          }
        }
      }
      const elementsOf = groups[position - part * perPart] ?? []
      groups[position - part * perPart] = []
      return elementsOf
    },
  }
}

function* elements(stretch: Buffer): Generator<StoredElement & { readonly position: number }> {
  for (let at = 0; at < stretch.length; ) {
    const start = at + headBytes
    const end = start + stretch.readUInt32LE(at)
    const index = stretch.readUInt32LE(at + 4)
    yield { index, position: stretch.readUInt32LE(at + 8), raw: stretch.subarray(start, end) }
    at = end
  }
}
