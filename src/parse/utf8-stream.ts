import { Buffer } from "node:buffer"
import { createTextDecoder, sniffEncoding, sniffedBytes } from "./text.ts"

/**
 * The bytes of a text file as UTF-8 without a byte order mark. UTF-8 passes through as it is, unchecked; UTF-16 is
 * recoded.
 *
 * @throws {FormatError} `format`, where UTF-16 is broken
 */
export async function* toUtf8(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
): AsyncGenerator<Buffer, void, undefined> {
  let first: Buffer | undefined = Buffer.alloc(0)
  let recode: ((piece: Buffer) => Buffer) | undefined
  let end = () => {}

  const begin = (bytes: Buffer): Buffer => {
    const { encoding, markBytes } = sniffEncoding(bytes)
    if (encoding !== "utf-8") {
      const decoder = createTextDecoder(encoding, file, markBytes)
      recode = (piece) => Buffer.from(decoder.decode(piece))
      end = decoder.end
    }
    return bytes.subarray(markBytes)
  }

  for await (const bytes of input) {
    let piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (first !== undefined) {
      first = first.length === 0 ? piece : Buffer.concat([first, piece])
      if (first.length < sniffedBytes) continue
      piece = begin(first)
      first = undefined
    }
    yield recode === undefined ? piece : recode(piece)
  }
  if (first !== undefined) {
    const piece = begin(first)
    yield recode === undefined ? piece : recode(piece)
  }
  end()
}
