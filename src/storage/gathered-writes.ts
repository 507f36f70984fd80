import type { FileHandle } from "node:fs/promises"
import { createWriteBehind } from "./write-behind.ts"

/** How much is gathered before it is written: a system call for each small piece would cost more than the piece. */
export const gatheredBytes: number = 1 << 18

/** Writes pieces of any size to an open file, one behind the other. */
export interface GatheredWrites {
  /** Takes the piece over: it must not be changed afterwards. */
  write(piece: Uint8Array): Promise<void>
  /** Waits until all is written. */
  settle(): Promise<void>
}

/**
 * Gathers small pieces and writes them while the next ones come. An error of the disk is thrown by a call after it.
 * Begins at `position`.
 */
export function createGatheredWrites(handle: FileHandle, position = 0): GatheredWrites {
  let gathered: Buffer[] = []
  let waiting = 0
  let end = position
  const behind = createWriteBehind(async (chunk) => {
    // A call may write less than it was given.
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, end)
      at += bytesWritten
      end += bytesWritten
    }
  })

  const flush = async () => {
    if (waiting === 0) return
    const chunk = gathered.length === 1 ? (gathered[0] as Buffer) : Buffer.concat(gathered, waiting)
    gathered = []
    waiting = 0
    await behind.push(chunk)
  }
  return {
    write: async (piece) => {
      gathered.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
      waiting += piece.byteLength
      if (waiting >= gatheredBytes) await flush()
    },
    settle: async () => {
      await flush()
      await behind.settle()
    },
  }
}
