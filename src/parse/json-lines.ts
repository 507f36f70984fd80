import { Buffer } from "node:buffer"
import { FormatError, OptionError } from "../errors.ts"
import { toUtf8 } from "./utf8-stream.ts"

/** One line of a file, and its number from 1. */
export interface RawLine {
  readonly line: number
  /** Without the line feed at its end. They may share memory with the input, and hold as long as its pieces do. */
  readonly bytes: Uint8Array
}

/** The limit of a file that is read line by line. */
export interface RawLinesOptions {
  /**
   * The most bytes that one line may have: they are in memory at once.
   * @default 268435456
   */
  readonly maxLineBytes?: number
}

const lineFeed = 0x0a

/**
 * The lines of a file of JSON values, one a line ([NDJSON](https://github.com/ndjson/ndjson-spec)), in batches, one for each
 * piece of input that ends a line. Blank lines are left out, a carriage return before the line feed stays: to JSON it is
 * white space. The bytes are not checked; UTF-16 is recoded, and a byte order mark left out.
 *
 * @throws {FormatError} `format`, with the line, where one is too long or UTF-16 is broken
 * @throws {OptionError} `option`, when the limit is not a positive whole number
 *
 * @example
 * for await (const batch of rawLines([Buffer.from('{"a": 1}\n{"a": 2}\n')], "rows.ndjson")) {
 *   for (const { line, bytes } of batch) console.log(parseJsonElement(bytes, "rows.ndjson", `line ${line}`))
 * }
 */
export async function* rawLines(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  { maxLineBytes = 1 << 28 }: RawLinesOptions = {},
): AsyncGenerator<readonly RawLine[], void, undefined> {
  if (!Number.isSafeInteger(maxLineBytes) || maxLineBytes < 1) {
    throw new OptionError("maxLineBytes", "must be a positive whole number")
  }
  let line = 1
  /** The pieces of the line that has begun and not ended. */
  let held: Buffer[] = []
  let heldBytes = 0

  const take = (bytes: Buffer) => {
    heldBytes += bytes.length
    if (heldBytes > maxLineBytes) {
      throw new FormatError(file, `line ${line}`, `longer than ${maxLineBytes} bytes`)
    }
    held.push(bytes)
  }
  const finish = (): RawLine | undefined => {
    const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held)
    held = []
    heldBytes = 0
    const number = line++
    return bytes.every(isSpace) ? undefined : { line: number, bytes }
  }

  for await (const piece of toUtf8(input, file)) {
    const lines: RawLine[] = []
    let from = 0
    for (let at = piece.indexOf(lineFeed); at !== -1; at = piece.indexOf(lineFeed, from)) {
      take(piece.subarray(from, at))
      const one = finish()
      if (one !== undefined) lines.push(one)
      from = at + 1
    }
    if (from < piece.length) take(piece.subarray(from))
    if (lines.length > 0) yield lines
  }
  const last = finish()
  if (last !== undefined) yield [last]
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09
}
