import type { Buffer } from "node:buffer"
import { FormatError } from "../../errors.ts"
import { rawArrayElements } from "../../parse/json-elements.ts"
import { rawLines } from "../../parse/json-lines.ts"
import { toUtf8 } from "../../parse/utf8-stream.ts"
import type { Document } from "../../storage/documents.ts"

/** The bytes of one record and where it stands: `[3]` in a list, `line 4` in a file of lines. */
export interface RawRecord {
  readonly place: string
  readonly bytes: Uint8Array
}

/**
 * The records of an export of any size, in batches: the elements of a list, or one a line (NDJSON). The first character that
 * is no white space tells which of the two it is.
 *
 * @throws FormatError (`format`) for a file that is neither, and where the list or a line breaks off.
 */
export async function* recordsOf({ path, stream }: Document): AsyncGenerator<readonly RawRecord[]> {
  const pieces = toUtf8(stream(), path)
  const begun: Buffer[] = []
  let first: number | undefined
  try {
    while (first === undefined) {
      const next = await pieces.next()
      if (next.done === true) throw new FormatError(path, "", "the file is empty")
      begun.push(next.value)
      first = next.value.find((byte) => !spaces.has(byte))
    }
    if (first === openBracket) {
      for await (const batch of rawArrayElements(joined(begun, pieces), path)) {
        yield batch.map(({ index, bytes }) => ({ place: `[${index}]`, bytes }))
      }
    } else if (first === openBrace) {
      for await (const batch of rawLines(joined(begun, pieces), path)) {
        yield batch.map(({ line, bytes }) => ({ place: `line ${line}`, bytes }))
      }
    } else throw new FormatError(path, "", "expected a list of records, or a record a line")
  } finally {
    await pieces.return()
  }
}

const openBracket = 0x5b
const openBrace = 0x7b
const spaces = new Set([0x20, 0x0a, 0x0d, 0x09])

async function* joined(begun: readonly Buffer[], pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* begun
  yield* pieces
}
