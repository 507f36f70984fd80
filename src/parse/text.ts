import { Buffer, isUtf8 } from "node:buffer"
import { FormatError } from "../errors.ts"

/** The encodings that text files come in here. `latin1` is never guessed: a document has to declare it. */
export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "latin1"

/** How the first bytes of a file say it is encoded, and how many of them are a byte order mark. */
export interface SniffedEncoding {
  readonly encoding: TextEncoding
  readonly markBytes: number
}

/** As many first bytes as `sniffEncoding` looks at. */
export const sniffedBytes = 3

/**
 * Tells UTF-8 from UTF-16 by a byte order mark, or without one by the zero byte that UTF-16 has beside an ASCII
 * character. JSON and XML begin with one (RFC 4627 section 3, XML 1.0 appendix F.1).
 *
 * @example
 * sniffEncoding(new Uint8Array([0x7b, 0x00, 0x22, 0x00])) // { encoding: "utf-16le", markBytes: 0 }
 */
export function sniffEncoding(first: Uint8Array): SniffedEncoding {
  const [a, b, c] = first
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: "utf-8", markBytes: 3 }
  if (a === 0xff && b === 0xfe) return { encoding: "utf-16le", markBytes: 2 }
  if (a === 0xfe && b === 0xff) return { encoding: "utf-16be", markBytes: 2 }
  if (a !== undefined && a !== 0 && b === 0) return { encoding: "utf-16le", markBytes: 0 }
  if (a === 0 && b !== undefined && b !== 0) return { encoding: "utf-16be", markBytes: 0 }
  return { encoding: "utf-8", markBytes: 0 }
}

/**
 * The text of a whole file in UTF-8 or UTF-16, with or without a byte order mark; the mark is left out.
 *
 * Bytes that are no text of that encoding are an error that names the place, counted from 0 in the file; they never
 * turn into U+FFFD.
 *
 * @throws {FormatError} `format`
 *
 * @example
 * decodeText(new TextEncoder().encode('{"a":1}'), "a.json") // '{"a":1}'
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const { encoding, markBytes } = sniffEncoding(bytes)
  const decoder = createTextDecoder(encoding, file, markBytes)
  return decoder.decode(markBytes === 0 ? bytes : bytes.subarray(markBytes)) + decoder.end()
}

/** Turns the bytes of one file into text piece by piece; a character that is cut by a border waits for its rest. */
export interface StreamTextDecoder {
  /** The text of the next bytes. They are not kept. */
  decode(bytes: Uint8Array): string
  /** Call it after the last bytes: an unfinished character is an error. It gives nothing else. */
  end(): ""
}

/**
 * A decoder for text that comes in pieces. Byte order marks are the caller's: `offset` says how many bytes of the file
 * stood before the first ones decoded, so that errors name the right place.
 *
 * @throws {FormatError} `format`, from `decode` and `end`
 *
 * @example
 * const decoder = createTextDecoder("utf-8", "a.xml", 0)
 * const text = decoder.decode(new Uint8Array([0xc3])) + decoder.decode(new Uint8Array([0xa9])) + decoder.end() // "é"
 */
export function createTextDecoder(encoding: TextEncoding, file: string, offset: number): StreamTextDecoder {
  const { whole, toText, fault, rule } = codings[encoding]
  let rest: Buffer = Buffer.alloc(0)
  let done = offset

  const refuse = (bytes: Buffer) => new FormatError(file, `byte ${done + fault(bytes)}`, rule)
  return {
    decode: (bytes) => {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const all = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      const end = whole(all)
      const ready = end === all.length ? all : all.subarray(0, end)
      const text = toText(ready)
      if (text === undefined) throw refuse(ready)
      rest = end === all.length ? none : Buffer.from(all.subarray(end))
      done += end
      return text
    },
    end: () => {
      if (rest.length > 0) throw refuse(rest)
      return ""
    },
  }
}

const none = Buffer.alloc(0)

interface Coding {
  /** How many of the bytes are whole characters, as far as the last few can tell. */
  readonly whole: (bytes: Buffer) => number
  /** The text, or nothing where the bytes are not of this encoding. */
  readonly toText: (bytes: Buffer) => string | undefined
  /** Where the first wrong byte of wrong bytes is. */
  readonly fault: (bytes: Buffer) => number
  readonly rule: string
}

const codings: Readonly<Record<TextEncoding, Coding>> = {
  "utf-8": {
    whole: wholeUtf8,
    toText: (bytes) => (isUtf8(bytes) ? bytes.toString("utf8") : undefined),
    fault: faultOfUtf8,
    rule: "this is not UTF-8",
  },
  "utf-16le": {
    whole: (bytes) => wholeUtf16(bytes, 1),
    toText: (bytes) => wellFormed(bytes.toString("utf16le")),
    fault: (bytes) => faultOfUtf16(bytes.toString("utf16le")),
    rule: "this is not UTF-16",
  },
  "utf-16be": {
    whole: (bytes) => wholeUtf16(bytes, 0),
    toText: (bytes) => wellFormed(swapped(bytes).toString("utf16le")),
    fault: (bytes) => faultOfUtf16(swapped(bytes).toString("utf16le")),
    rule: "this is not UTF-16",
  },
  latin1: {
    whole: (bytes) => bytes.length,
    toText: (bytes) => bytes.toString("latin1"),
    fault: () => 0,
    rule: "this is not ISO-8859-1",
  },
}

function wholeUtf8(bytes: Buffer): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? length - back : length
    }
  }
  return length
}

/** `high` is the place of the more significant byte in a pair. */
function wholeUtf16(bytes: Buffer, high: 0 | 1): number {
  const even = bytes.length - (bytes.length % 2)
  if (even === 0) return 0
  // A leading surrogate waits for the trailing one.
  return ((bytes[even - 2 + high] as number) & 0xfc) === 0xd8 ? even - 2 : even
}

function swapped(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? Buffer.from(bytes).swap16() : swapped(bytes.subarray(0, -1))
}

const loneSurrogate = /\p{Surrogate}/u

function wellFormed(text: string): string | undefined {
  return loneSurrogate.test(text) ? undefined : text
}

function faultOfUtf16(text: string): number {
  const at = text.search(loneSurrogate)
  return (at === -1 ? text.length : at) * 2
}

/** The Unicode standard's table 3-7: which bytes may follow a leading byte. */
function faultOfUtf8(bytes: Buffer): number {
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at++
      continue
    }
    const needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1
    if (lead < 0xc2 || lead > 0xf4) return at
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    for (let next = 1; next <= needed; next++) {
      const byte = bytes[at + next]
      if (byte === undefined || byte < (next === 1 ? least : 0x80) || byte > (next === 1 ? most : 0xbf))
        return at
    }
    at += needed + 1
  }
  return bytes.length
}
