import type { RecordSpool } from "../../storage/record-spool.ts"

/** A label image that waits for its look. */
export interface PutAside {
  readonly target: string
  readonly width: number
  readonly height: number
  /** As `labelsToRuns` gives them. */
  readonly runs: Uint8Array
}

const headBytes = 12

/** A label image as a record of a spool. */
export function putAside({ target, width, height, runs }: PutAside): Buffer {
  const name = Buffer.from(target)
  const head = Buffer.alloc(headBytes)
  head.writeUInt32LE(width, 0)
  head.writeUInt32LE(height, 4)
  head.writeUInt32LE(name.length, 8)
  return Buffer.concat([head, name, runs])
}

/** The label images of a spool, in their order. */
export async function* takenUp(spool: RecordSpool): AsyncGenerator<PutAside> {
  for await (const record of spool.records()) {
    const end = headBytes + record.readUInt32LE(8)
    yield {
      target: record.toString("utf8", headBytes, end),
      width: record.readUInt32LE(0),
      height: record.readUInt32LE(4),
      // Its own: to another thread the whole piece would go with a part of it.
      runs: new Uint8Array(record.subarray(end)),
    }
  }
}
