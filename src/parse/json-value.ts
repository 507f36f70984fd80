import { FormatError } from "../errors.ts"
import { parseJson } from "./json.ts"

/** A value of a JSON document and where it stands, so that what is wrong with it can be named. */
export interface JsonValue {
  readonly file: string
  /** Its JSON path, such as `annotations[3].label`; empty for the document itself. */
  readonly place: string
  readonly value: unknown
}

/**
 * A whole document.
 *
 * @throws FormatError (`format`) for what is not JSON.
 *
 * @example
 * const label = textOf(required(jsonDocument('{"label": "car"}', "a.json"), "label")) // "car"
 */
export function jsonDocument(content: string | Uint8Array, file: string): JsonValue {
  return { file, place: "", value: parseJson(content, file) }
}

/** What is wrong with a value. */
export function wrong({ file, place }: JsonValue, rule: string): FormatError {
  return new FormatError(file, place, rule)
}

/** A member of an object; undefined where it is absent or null. Throws where the value is no object. */
export function member(of: JsonValue, key: string): JsonValue | undefined {
  const value = objectOf(of)[key]
  if (value === undefined || value === null || !Object.hasOwn(of.value as object, key)) return undefined
  return { file: of.file, place: placeOf(of.place, key), value }
}

/** A member that must be there. */
export function required(of: JsonValue, key: string): JsonValue {
  const found = member(of, key)
  if (found === undefined) throw new FormatError(of.file, placeOf(of.place, key), "is missing")
  return found
}

/** The members of an object, in its order. */
export function membersOf(of: JsonValue): [key: string, member: JsonValue][] {
  return Object.entries(objectOf(of)).map(([key, value]) => [
    key,
    { file: of.file, place: placeOf(of.place, key), value },
  ])
}

/** The elements of a list. */
export function elementsOf(of: JsonValue): JsonValue[] {
  if (!Array.isArray(of.value)) throw wrong(of, "expected a list")
  return of.value.map((value, index) => ({ file: of.file, place: `${of.place}[${index}]`, value }))
}

/** A finite number. */
export function numberOf(of: JsonValue): number {
  if (typeof of.value !== "number" || !Number.isFinite(of.value)) throw wrong(of, "expected a finite number")
  return of.value
}

/** A text, which may be empty. */
export function textOf(of: JsonValue): string {
  if (typeof of.value !== "string") throw wrong(of, "expected a text")
  return of.value
}

/** A text that is not blank, without the blanks around it: a name. */
export function nameOf(of: JsonValue): string {
  const name = textOf(of).trim()
  if (name === "") throw wrong(of, "expected a name, not an empty text")
  return name
}

function objectOf(of: JsonValue): Record<string, unknown> {
  if (typeof of.value !== "object" || of.value === null || Array.isArray(of.value)) {
    throw wrong(of, "expected an object")
  }
  return of.value as Record<string, unknown>
}

const plainKey = /^[\p{L}\p{N}_$-]+$/u

function placeOf(place: string, key: string): string {
  if (!isWord(key) && !plainKey.test(key)) return `${place}[${JSON.stringify(key)}]`
  return place === "" ? key : `${place}.${key}`
}

/** Whether a key is of ASCII letters and `_` only, as nearly all are: a pattern takes five times as long to say so. */
function isWord(key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    const lower = code | 0x20
    if ((lower < 0x61 || lower > 0x7a) && code !== 0x5f) return false
  }
  return key !== ""
}
