import { createSpool } from "./spool.ts"

/** Records put aside on disk, and read back once in their order: what can be finished only when all have been seen. */
export interface RecordSpool {
  /** Takes a copy of the record. */
  add(record: Uint8Array): Promise<void>
  /** The records; each is the caller's own. Nothing may be added from then on. */
  records(): AsyncGenerator<Buffer, void, undefined>
  close(): Promise<void>
}

// Records are gathered to pieces of this size; a larger one is a piece of its own.
const pieceBytes = 1 << 20
const headBytes = 4

/**
 * Opens a spool of records in a directory, which is made where it is missing. Its memory does not depend on how many there
 * are; no name of it stays, so that a killed process leaves nothing.
 *
 * @example
 * const spool = await createRecordSpool("out")
 * await spool.add(Buffer.from("one"))
 * for await (const record of spool.records()) console.log(record.toString())
 * await spool.close()
 */
export async function createRecordSpool(directory: string): Promise<RecordSpool> {
  const spool = await createSpool(directory)
  let piece = Buffer.allocUnsafe(pieceBytes)
  let length = 0

  const flush = async () => {
    if (length === 0) return
    const full = piece.subarray(0, length)
    // The spool keeps what it is given until it is written.
    piece = Buffer.allocUnsafe(pieceBytes)
    length = 0
    await spool.write(full)
  }

  return {
    add: async (record) => {
      const needed = headBytes + record.length
      if (length + needed > piece.length) {
        await flush()
        if (needed > piece.length) piece = Buffer.allocUnsafe(needed)
      }
      length = piece.writeUInt32LE(record.length, length)
      piece.set(record, length)
      length += record.length
    },
    records: async function* () {
      await flush()
      let rest: Buffer = Buffer.alloc(0)
      for await (const read of spool.read(0, spool.bytes)) {
        rest = rest.length === 0 ? read : Buffer.concat([rest, read])
        let at = 0
        while (at + headBytes <= rest.length) {
          const end = at + headBytes + rest.readUInt32LE(at)
          if (end > rest.length) break
          yield rest.subarray(at + headBytes, end)
          at = end
        }
        rest = rest.subarray(at)
      }
    },
    close: () => spool.close(),
  }
}
