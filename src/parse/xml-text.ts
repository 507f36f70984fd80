import { Buffer } from "node:buffer"
import { FormatError } from "../errors.ts"
import { createTextDecoder, type StreamTextDecoder, sniffEncoding, type TextEncoding } from "./text.ts"

/** The text of an XML document that comes in pieces, with line ends as XML sees them (XML 1.0 section 2.11). */
export interface XmlDecoder {
  decode(bytes: Uint8Array): string
  /** What is left after the last bytes. */
  end(): string
}

// The declaration ends within these, or there is none worth the name.
const declarationBytes = 1024

/**
 * A decoder for the bytes of an XML document: UTF-8 and UTF-16 by what the first bytes are, ISO-8859-1 where the
 * document declares it.
 *
 * A declaration of UTF-16 on bytes that are plainly not UTF-16 is taken for UTF-8: tools that make a text first and save
 * it afterwards write such files.
 *
 * @throws {FormatError} `format`, for an encoding that is not read here, and for bytes that are not of it
 *
 * @example
 * const decoder = createXmlDecoder("a.xml")
 * const text = decoder.decode(Buffer.from("<a>é</a>")) + decoder.end()
 */
export function createXmlDecoder(file: string): XmlDecoder {
  let first: Buffer | undefined = Buffer.alloc(0)
  let decoder: StreamTextDecoder | undefined
  let carriageReturn = false

  const normal = (text: string): string => {
    if (!carriageReturn && !text.includes("\r")) return text
    let whole = carriageReturn ? `\r${text}` : text
    // Only the next piece tells whether a line feed belongs to it.
    carriageReturn = whole.endsWith("\r")
    if (carriageReturn) whole = whole.slice(0, -1)
    return whole.replace(/\r\n?/g, "\n")
  }
  const begin = (bytes: Buffer): string => {
    const { encoding, markBytes } = sniffEncoding(bytes)
    const declared = encoding === "utf-8" && markBytes === 0 ? declaredEncoding(bytes, file) : encoding
    decoder = createTextDecoder(declared, file, markBytes)
    first = undefined
    return normal(decoder.decode(bytes.subarray(markBytes)))
  }

  return {
    decode: (bytes) => {
      if (decoder !== undefined) return normal(decoder.decode(bytes))
      const held: Buffer =
        first === undefined || first.length === 0 ? toBuffer(bytes) : Buffer.concat([first, bytes])
      if (held.length >= declarationBytes || declarationIsComplete(held)) return begin(held)
      // A copy: the piece is its owner's again after this call.
      first = Buffer.from(held)
      return ""
    },
    end: () => {
      let text = first === undefined ? "" : begin(first)
      decoder?.end()
      if (carriageReturn) text += "\n"
      carriageReturn = false
      return text
    },
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function declarationIsComplete(bytes: Buffer): boolean {
  const beginning = bytes.toString("latin1", 0, declarationBytes)
  if (beginning.length < 5) return false
  return !beginning.startsWith("<?xml") || beginning.includes("?>")
}

const declaration = /^<\?xml\s(?:[^>]*?\s)?encoding\s*=\s*(["'])(.*?)\1/

const declarable: Readonly<Record<string, TextEncoding>> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  "us-ascii": "utf-8",
  ascii: "utf-8",
  "utf-16": "utf-8",
  "iso-8859-1": "latin1",
  iso8859_1: "latin1",
  latin1: "latin1",
  "latin-1": "latin1",
}

function declaredEncoding(bytes: Buffer, file: string): TextEncoding {
  const name = declaration.exec(bytes.toString("latin1", 0, declarationBytes))?.[2]
  if (name === undefined) return "utf-8"
  const key = name.toLowerCase()
  const encoding = Object.hasOwn(declarable, key) ? declarable[key] : undefined
  if (encoding === undefined) {
    throw new FormatError(
      file,
      "line 1",
      `the encoding ${name} is not read here: UTF-8, UTF-16 and ISO-8859-1 are`,
    )
  }
  return encoding
}
