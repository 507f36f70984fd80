import { closeSync, openSync, readSync } from "node:fs"

const firstRoom = 1 << 18
// A room that one large file has made is not kept for the small ones behind it.
const keptRoom = 1 << 22

let kept: Buffer = Buffer.allocUnsafeSlow(firstRoom)

/**
 * Reads a file at once, and gives what `take` makes of its bytes; undefined for a file of more than `maxBytes`, of which no
 * more is read. The bytes stand in memory that the next call uses again: `take` must copy what it keeps. For small files
 * this is two thirds of the cost of asking for the size and reading then.
 */
export function readSmallFile<T>(path: string, maxBytes: number, take: (bytes: Buffer) => T): T | undefined {
  const descriptor = openSync(path, "r")
  let room = kept
  let length = 0
  try {
    for (;;) {
      // One byte more than may be there tells that there is more.
      const most = Math.min(room.length, maxBytes + 1)
      const read = readSync(descriptor, room, length, most - length, null)
      length += read
      if (length > maxBytes) return undefined
      if (read === 0) return take(room.subarray(0, length))
      if (length === room.length) room = grown(room)
    }
  } finally {
    closeSync(descriptor)
    if (room.length <= keptRoom) kept = room
  }
}

function grown(room: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(2 * room.length)
  room.copy(larger)
  return larger
}
