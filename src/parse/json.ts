import { Buffer, isUtf8 } from "node:buffer"
import { FormatError } from "../errors.ts"
import { lineAndColumn } from "./place.ts"
import { decodeText } from "./text.ts"

/**
 * The value of a JSON document (RFC 8259). Bytes may be UTF-8 or UTF-16, with or without a byte order mark.
 *
 * Of equal keys in one object the last one counts; `__proto__` is a key like any other.
 *
 * @throws {FormatError} `format`, with line and column (both from 1) of what is wrong, or the byte that is no text
 *
 * @example
 * parseJson('{"a": 1}', "a.json") // { a: 1 }
 * parseJson('{"a": NaN}', "a.json") // FormatError: a.json: line 1, column 7: NaN is not JSON
 */
export function parseJson(document: string | Uint8Array, file: string): unknown {
  const text = typeof document === "string" ? document : decodeText(document, file)
  try {
    return JSON.parse(text)
  } catch (cause) {
    // The message of JSON.parse says the place in another way in each version of Node, or not at all.
    const fault = findJsonFault(text)
    throw new FormatError(file, lineAndColumn(text, fault.at), fault.rule, { cause })
  }
}

/**
 * The value of a part of a document, in UTF-8: errors name `place`, its JSON path in the document.
 *
 * @throws {FormatError} `format`
 *
 * @example
 * parseJsonElement(Buffer.from(' {"id": 1} '), "coco.json", "images[0]") // { id: 1 }
 */
export function parseJsonElement(bytes: Uint8Array, file: string, place: string): unknown {
  if (!isUtf8(bytes)) throw new FormatError(file, place, "this is not UTF-8")
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { at, rule } = findJsonFault(text)
    const said = text.trim() === "" ? "expected a value" : `character ${at + 1}: ${rule}`
    throw new FormatError(file, place, said, { cause })
  }
}

/** What is wrong with a text that is not JSON, and at which index. */
export interface JsonFault {
  readonly at: number
  readonly rule: string
}

/**
 * Finds the first place where a text stops being JSON. It is meant for texts that JSON.parse has refused: it takes a
 * hundred times as long.
 */
export function findJsonFault(text: string): JsonFault {
  // What is open: "{" an object, "[" an array.
  const open: ("{" | "[")[] = []
  let at = 0
  let wanted: "value" | "value or ]" | "key" | "key or }" | "after" = "value"

  const skipSpace = () => {
    while (isSpace(text.charCodeAt(at))) at++
  }
  const readString = (): JsonFault | undefined => {
    at = endOfString(text, at + 1)
    const character = text[at]
    if (character === '"') {
      at++
      return undefined
    }
    if (character === undefined) return { at, rule: "the file ends inside a string" }
    if (character === "\\")
      return { at, rule: `${JSON.stringify(text.slice(at, at + 2))} is no escape of JSON` }
    return { at, rule: `a string cannot hold the control character ${JSON.stringify(character)}` }
  }

  for (;;) {
    skipSpace()
    const character = text[at]
    if (wanted === "after") {
      const inside = open.at(-1)
      if (inside === undefined) {
        if (character === undefined) return { at, rule: "this is not JSON" }
        return { at, rule: `after the value stands ${shown(text, at)}` }
      }
      if (character === undefined) return ended(at, inside)
      if (character === ",") wanted = inside === "{" ? "key" : "value"
      else if (character === (inside === "{" ? "}" : "]")) open.pop()
      else return { at, rule: `expected "," or "${inside === "{" ? "}" : "]"}", found ${shown(text, at)}` }
      at++
      continue
    }
    if (character === undefined) {
      const inside = open.at(-1)
      return inside === undefined ? { at, rule: "the file is empty" } : ended(at, inside)
    }
    if (wanted === "key" || wanted === "key or }") {
      if (character === "}" && wanted === "key or }") {
        open.pop()
        at++
        wanted = "after"
        continue
      }
      if (character !== '"') return { at, rule: `expected a key in double quotes, found ${shown(text, at)}` }
      const fault = readString()
      if (fault !== undefined) return fault
      skipSpace()
      if (text[at] !== ":") {
        return at >= text.length ? ended(at, "{") : { at, rule: `expected ":", found ${shown(text, at)}` }
      }
      at++
      wanted = "value"
      continue
    }
    if (character === "]" && wanted === "value or ]") {
      open.pop()
      at++
    } else if (character === "{" || character === "[") {
      open.push(character)
      at++
      wanted = character === "{" ? "key or }" : "value or ]"
      continue
    } else if (character === '"') {
      const fault = readString()
      if (fault !== undefined) return fault
    } else {
      const end = endOfWord(text, at)
      if (end === at) return { at, rule: `expected a value, found ${shown(text, at)}` }
      if (!isScalar(text, at, end)) {
        return { at, rule: `${text.slice(at, Math.min(end, at + 40))} is not JSON` }
      }
      at = end
    }
    wanted = "after"
  }
}

function ended(at: number, inside: "{" | "["): JsonFault {
  return { at, rule: `the file ends inside an ${inside === "{" ? "object" : "array"}` }
}

function shown(text: string, at: number): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

// Loops rather than patterns: a pattern that repeats over a long string overflows the stack of the pattern machine.

/** The index of the closing quote, or of what is wrong before it. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) {
      const escaped = text[at + 1] ?? ""
      if (escaped === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) at += 5
      else if (escaped !== "" && '"\\/bfnrt'.includes(escaped)) at++
      else return at
    } else if (code === 0x22 || code < 0x20 || Number.isNaN(code)) return at
  }
}

function endOfWord(text: string, from: number): number {
  let at = from
  while (/^[\w$.+-]/.test(text.charAt(at))) at++
  return at
}

const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
const longestScalar = 10_000

function isScalar(text: string, from: number, to: number): boolean {
  return to - from <= longestScalar && scalar.test(text.slice(from, to))
}
