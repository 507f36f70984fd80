import type { Point } from "../../model/point.ts"
import { type Element, elementOf } from "./elements.ts"

const keyText = '"segmentation"'
const key = Buffer.from(keyText)
const colon = 0x3a
const comma = 0x2c
const dot = 0x2e
const minus = 0x2d
const zero = 0x30
const openingBracket = 0x5b
const closingBracket = 0x5d

// Stands where polygons have been cut out. Nothing can be added to this word, so that the JSON with it is valid where the
// JSON with the polygons is: behind a number, the `e5` of a broken `[[1,2,3,4,5,6]]e5` would become part of it.
const cutMark = null

// So many digits are a whole number that a double holds, and a power of ten as well: the quotient of the two is then the
// double that is nearest to the decimal number, as JSON.parse gives it.
const mostDigits = 15
const powersOfTen = Array.from({ length: mostDigits }, (_, power) => Number(`1e${power}`))

/**
 * Reads an annotation whose segmentation is plain polygons: their coordinates, most of its JSON, are read from the bytes, in
 * a third of the time of parsing lists and making points of them, and the rest is parsed without them. The element has them
 * as `paths`, and what JSON.parse would give in all other members.
 *
 * Gives undefined for all that is not quite plain: no such key or several, anything escaped, another segmentation, fewer than
 * three points, an odd number of coordinates, exponents, more than 15 digits, and whatever is wrong. It has to be parsed as
 * a whole, which tells what that is.
 */
export function readPlainPolygons(raw: Buffer, file: string, place: string): Element | undefined {
  const at = raw.indexOf(key)
  if (at < 0) return undefined
  const behind = skipSpace(raw, at + key.length)
  if (raw[behind] !== colon) return undefined
  const start = skipSpace(raw, behind + 1)
  const paths: Point[][] = []
  const end = readLists(raw, start, paths)
  if (end < 0) return undefined
  const tail = raw.toString("utf8", end)
  const rest = `${raw.toString("utf8", 0, start)}${cutMark}${tail}`
  // Without escapes all keys of that name are seen. U+FFFD may stand for bytes that are not UTF-8.
  if (tail.includes(keyText) || rest.includes("\\") || rest.includes("\uFFFD")) return undefined
  try {
    const { members } = elementOf(JSON.parse(rest), file, place)
    // The key may have been that of an object inside; then the annotation has none.
    return members.segmentation === cutMark ? { file, place, members, paths } : undefined
  } catch {
    return undefined
  }
}

/** Reads `[[x, y, …], …]` and gives the index behind it; -1 for anything else. */
function readLists(raw: Buffer, from: number, paths: Point[][]): number {
  if (raw[from] !== openingBracket) return -1
  let at = from
  do {
    const path: Point[] = []
    at = readList(raw, skipSpace(raw, at + 1), path)
    if (at < 0 || path.length < 3) return -1
    paths.push(path)
    at = skipSpace(raw, at)
  } while (raw[at] === comma)
  return raw[at] === closingBracket ? at + 1 : -1
}

/** Reads `[x, y, …]` and gives the index behind it; -1 for anything else. One loop over all: it runs for every byte. */
function readList(raw: Buffer, from: number, path: Point[]): number {
  if (raw[from] !== openingBracket) return -1
  let x = 0
  let isX = true
  let at = from
  do {
    at = skipSpace(raw, at + 1)
    const isNegative = raw[at] === minus
    if (isNegative) at++
    const start = at
    let digits = digitAt(raw, at++)
    if (digits < 0) return -1
    let digit = digitAt(raw, at)
    // JSON has no leading zeros.
    if (digits === 0 && digit >= 0) return -1
    for (; digit >= 0; digit = digitAt(raw, ++at)) digits = digits * 10 + digit
    let decimals = 0
    if (raw[at] === dot) {
      const first = ++at
      for (digit = digitAt(raw, at); digit >= 0; digit = digitAt(raw, ++at)) digits = digits * 10 + digit
      decimals = at - first
      if (decimals === 0) return -1
    }
    // The point counts as a digit: that is simpler, and one digit less does no harm.
    if (at - start > mostDigits) return -1
    const size = digits / (powersOfTen[decimals] as number)
    const value = isNegative ? -size : size
    if (isX) x = value
    else path.push({ x, y: value })
    isX = !isX
    at = skipSpace(raw, at)
  } while (raw[at] === comma)
  return raw[at] === closingBracket && isX ? at + 1 : -1
}

/** The digit at an index; negative where there is none. */
function digitAt(raw: Buffer, at: number): number {
  const digit = (raw[at] ?? 0) - zero
  return digit <= 9 ? digit : -1
}

function skipSpace(raw: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = raw[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}
