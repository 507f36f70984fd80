import { Buffer } from "node:buffer"
import { FormatError, OptionError } from "../errors.ts"
import { parseJsonElement } from "./json.ts"
import { skipNumbers } from "./number-list.ts"

/** The events of a document's members with the value's bytes (JSON in UTF-8, white space around it kept) in place of the value. */
export type RawJsonEvent =
  | { readonly type: "array"; readonly key: string }
  | { readonly type: "element"; readonly key: string; readonly index: number; readonly bytes: Buffer }
  | { readonly type: "member"; readonly key: string; readonly bytes: Buffer }

/** The limits of a document that is read element by element. */
export interface JsonElementsOptions {
  /**
   * The most bytes that one element, or one member that is no array, may have: they are in memory at once.
   * @default 268435456
   */
  readonly maxElementBytes?: number
  /**
   * How deep arrays and objects may lie in one another inside an element.
   * @default 512
   */
  readonly maxDepth?: number
}

/** The limits with their defaults, checked. */
export function jsonElementsLimits(options: JsonElementsOptions = {}): Required<JsonElementsOptions> {
  const { maxElementBytes = 1 << 28, maxDepth = 512 } = options
  for (const [name, limit] of Object.entries({ maxElementBytes, maxDepth })) {
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new OptionError(name, "must be a positive whole number")
  }
  return { maxElementBytes, maxDepth }
}

// What is expected next outside of values.
const start = 0
const keyOrEnd = 1
const key = 2
const insideKey = 3
const colon = 4
const value = 5
const insideMember = 6
const insideElement = 7
const afterArray = 8
const end = 9

/** What the outermost value of a document is: an object with members, or an array with elements. */
export type JsonRoot = "object" | "array"

// What a byte is inside a value. Bytes of 0x80 and above are never part of the structure in UTF-8.
const opens = 1
const closes = 2
const quote = 3
const comma = 4
const kinds = new Uint8Array(256)
for (const [characters, kind] of [
  ["[{", opens],
  ["]}", closes],
  ['"', quote],
  [",", comma],
] as const) {
  for (const character of characters) kinds[character.charCodeAt(0)] = kind
}

const spaces = new Set([0x20, 0x0a, 0x0d, 0x09])
const closingBracket = 0x5d
const closingBrace = 0x7d

interface JsonSplitter {
  /** What the next bytes of UTF-8 complete. */
  push(piece: Buffer): RawJsonEvent[]
  /** Call it after the last bytes: a document that is not complete is an error. */
  end(): void
}

/**
 * Cuts the bytes of an object into its members and the elements of its arrays, as they arrive; those of an array into its
 * elements, under the empty key. What is inside an element is only counted, not checked.
 */
export function createJsonSplitter(
  file: string,
  options: JsonElementsOptions | undefined,
  root: JsonRoot = "object",
): JsonSplitter {
  const { maxElementBytes, maxDepth } = jsonElementsLimits(options)
  let expected = start
  let member = ""
  let index = 0
  let depth = 0
  let insideString = false
  let escaped = false
  /** Pieces of the value or key that is not complete yet. */
  let held: Buffer[] = []
  let heldBytes = 0

  const place = () => (expected === insideElement ? `${member}[${index}]` : member)
  const refuse = (rule: string, where = place()) => new FormatError(file, where, rule)

  const hold = (bytes: Buffer) => {
    heldBytes += bytes.length
    if (heldBytes > maxElementBytes) throw refuse(`larger than ${maxElementBytes} bytes`)
    held.push(bytes)
  }
  const take = (bytes: Buffer): Buffer => {
    if (heldBytes + bytes.length > maxElementBytes) throw refuse(`larger than ${maxElementBytes} bytes`)
    if (held.length === 0) return bytes
    held.push(bytes)
    const all = Buffer.concat(held)
    held = []
    heldBytes = 0
    return all
  }

  /** The index of the quote that ends a string, or the piece's length. */
  const endOfString = (piece: Buffer, from: number): number => {
    let at = from
    if (escaped && at < piece.length) {
      escaped = false
      at++
    }
    for (; at < piece.length; at++) {
      const byte = piece[at]
      if (byte === 0x22) return at
      if (byte === 0x5c && ++at === piece.length) escaped = true
    }
    return piece.length
  }

  /** The index of the comma or bracket that ends a value, or the piece's length. */
  const endOfValue = (piece: Buffer, words: DataView, from: number): number => {
    const { length } = piece
    let level = depth
    let at = from
    if (insideString) {
      at = endOfString(piece, at)
      if (at === length) return length
      insideString = false
      at++
    }
    for (; at < length; at++) {
      const kind = kinds[piece[at] as number]
      if (kind === 0) continue
      if (kind === quote) {
        at = endOfString(piece, at + 1)
        if (at >= length) {
          insideString = true
          at = length
          break
        }
      } else if (kind === comma) {
        if (level === 0) break
        // Brackets are not skipped, and commas end nothing in here.
        at = skipNumbers(words, at + 1) - 1
      } else if (kind === opens) {
        if (++level > maxDepth) throw refuse(`deeper than ${maxDepth} levels`)
      } else if (level-- === 0) {
        level = 0
        break
      }
    }
    depth = level
    return at
  }

  const push = (piece: Buffer): RawJsonEvent[] => {
    const events: RawJsonEvent[] = []
    const words = new DataView(piece.buffer, piece.byteOffset, piece.length)
    const { length } = piece
    let at = 0
    while (at < length) {
      if (expected === insideElement || expected === insideMember) {
        const stop = endOfValue(piece, words, at)
        if (stop === length) {
          hold(piece.subarray(at))
          break
        }
        const bytes = take(piece.subarray(at, stop))
        const byte = piece[stop]
        at = stop + 1
        if (expected === insideMember) {
          if (byte === closingBracket) throw refuse('expected "," or "}", found "]"')
          events.push({ type: "member", key: member, bytes })
          expected = byte === closingBrace ? end : key
          continue
        }
        if (byte === closingBrace) throw refuse('expected "," or "]", found "}"')
        if (byte !== closingBracket || index > 0 || !isBlank(bytes)) {
          events.push({ type: "element", key: member, index, bytes })
        }
        index++
        if (byte === closingBracket) expected = root === "array" ? end : afterArray
        continue
      }
      if (expected === insideKey) {
        const stop = endOfString(piece, at)
        if (stop === length) {
          hold(piece.subarray(at))
          break
        }
        const bytes = take(piece.subarray(at, stop + 1))
        member = parseJsonElement(bytes, file, "") as string
        expected = colon
        at = stop + 1
        continue
      }
      const byte = piece[at] as number
      if (spaces.has(byte)) {
        at++
        continue
      }
      switch (expected) {
        case start:
          if (byte !== (root === "array" ? 0x5b : 0x7b)) throw refuse(`expected an ${root}`, "")
          expected = root === "array" ? insideElement : keyOrEnd
          break
        case keyOrEnd:
        case key:
          if (byte === 0x22) {
            expected = insideKey
            // The opening quote belongs to the key's text.
            hold(piece.subarray(at, at + 1))
          } else if (byte === closingBrace && expected === keyOrEnd) expected = end
          else throw refuse(`expected a key in double quotes, found ${shown(byte)}`)
          break
        case colon:
          if (byte !== 0x3a) throw refuse(`expected ":", found ${shown(byte)}`)
          expected = value
          break
        case value:
          if (byte === 0x5b) {
            expected = insideElement
            index = 0
            events.push({ type: "array", key: member })
          } else {
            expected = insideMember
            continue
          }
          break
        case afterArray:
          if (byte === 0x2c) expected = key
          else if (byte === closingBrace) expected = end
          else throw refuse(`expected "," or "}", found ${shown(byte)}`)
          break
        default:
          throw refuse(`after the value stands ${shown(byte)}`, "")
      }
      at++
    }
    return events
  }

  return {
    push,
    end: () => {
      if (expected === start) throw refuse("the file is empty", "")
      if (expected !== end) throw refuse(`the file ends inside an ${root}`)
    },
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => spaces.has(byte))
}

function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `the byte 0x${byte.toString(16)}`
}
