import { randomBytes } from "node:crypto"
import { mkdir, open, unlink } from "node:fs/promises"
import { join } from "node:path"
import { createWriteBehind } from "./write-behind.ts"

/** Bytes put aside on disk, written at the end and read anywhere. */
export interface Spool {
  /** Bytes written so far. */
  readonly bytes: number
  /** Takes the piece over: it must not be changed afterwards. */
  write(piece: Buffer): Promise<void>
  /** The bytes from `start` to before `end`, in pieces of at most 1 MiB; each piece is the caller's own. */
  read(start: number, end: number): AsyncGenerator<Buffer, void, undefined>
  close(): Promise<void>
}

const pieceBytes = 1 << 20

/**
 * Opens a spool in a directory, which is made where it is missing. No name of it stays: a killed process leaves
 * nothing.
 */
export async function createSpool(directory: string): Promise<Spool> {
  await mkdir(directory, { recursive: true })
  const path = join(directory, `.spool-${randomBytes(8).toString("hex")}`)
  const handle = await open(path, "wx+")
  try {
    await unlink(path)
  } catch (error) {
    await handle.close()
    throw error
  }
  let bytes = 0
  let written = 0
  const behind = createWriteBehind(async (piece) => {
    for (let at = 0; at < piece.length; ) {
      const { bytesWritten } = await handle.write(piece, at, piece.length - at, written)
      at += bytesWritten
      written += bytesWritten
    }
  })
  return {
    get bytes() {
      return bytes
    },
    write: (piece) => {
      bytes += piece.length
      return behind.push(piece)
    },
    read: async function* (start, end) {
      await behind.settle()
      for (let at = start; at < end; ) {
        const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - at))
        const { bytesRead } = await handle.read(piece, 0, piece.length, at)
        if (bytesRead === 0) throw new Error(`the spool ends at ${at} instead of ${end}`)
        at += bytesRead
        yield piece.subarray(0, bytesRead)
      }
    },
    close: async () => {
      await behind.settle().catch(() => {})
      await handle.close()
    },
  }
}
