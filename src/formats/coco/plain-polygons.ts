import type { Point } from "../../model/point.ts"

/** An annotation whose polygons have been taken out of its JSON. */
export interface CutAnnotation {
  readonly paths: readonly (readonly Point[])[]
  /** The JSON without them: in their place stands `cutMark`. */
  readonly rest: string
}

/** Stands as `segmentation` where polygons have been cut out. No annotation that COCO knows has such a one of its own. */
export const cutMark = 0

const keyText = '"segmentation"'
const key = Buffer.from(keyText)
const colon = 0x3a
const comma = 0x2c
const dot = 0x2e
const minus = 0x2d
const zero = 0x30
const openingBracket = 0x5b
const closingBracket = 0x5d

// So many digits are a whole number that a double holds, and a power of ten as well: the quotient of the two is then the
// double that is nearest to the decimal number, as JSON.parse gives it.
const mostDigits = 15
const powersOfTen = Array.from({ length: mostDigits + 1 }, (_, power) => 10 ** power)

/**
 * Takes the polygons of a COCO annotation out of its JSON, lists of x and y that make up most of it, at a third of the time
 * of parsing them and making points of the lists. Gives undefined for all that is not quite plain: no or several keys of that
 * name, anything escaped, another segmentation, fewer than three points, an odd number of coordinates, exponents, more than
 * 15 digits, and what is no JSON. The key may be that of an object inside, and the rest no JSON: who parses the rest has to
 * see that `cutMark` stands where it is looked for.
 */
export function cutPolygons(raw: Buffer): CutAnnotation | undefined {
  const at = raw.indexOf(key)
  if (at < 0) return undefined
  const behind = skipSpace(raw, at + key.length)
  if (raw[behind] !== colon) return undefined
  const start = skipSpace(raw, behind + 1)
  const paths: Point[][] = []
  const end = readLists(raw, start, paths)
  if (end < 0 || paths.some((path) => path.length < 3)) return undefined
  const tail = raw.toString("utf8", end)
  const rest = `${raw.toString("utf8", 0, start)}${cutMark}${tail}`
  return rest.includes("\\") || tail.includes(keyText) ? undefined : { paths, rest }
}

/** Reads `[[x, y, …], …]` and gives the place behind it; -1 for anything else. */
function readLists(raw: Buffer, from: number, paths: Point[][]): number {
  if (raw[from] !== openingBracket) return -1
  for (let at = from; ; ) {
    const path: Point[] = []
    paths.push(path)
    at = readList(raw, skipSpace(raw, at + 1), path)
    if (at < 0) return -1
    at = skipSpace(raw, at)
    if (raw[at] === closingBracket) return at + 1
    if (raw[at] !== comma) return -1
  }
}

/** Reads `[x, y, …]` and gives the place behind it; -1 for anything else. One loop over all: it is run for every byte. */
function readList(raw: Buffer, from: number, path: Point[]): number {
  if (raw[from] !== openingBracket) return -1
  let x = 0
  let isX = true
  for (let at = from; ; ) {
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
      const first = at + 1
      for (digit = digitAt(raw, ++at); digit >= 0; digit = digitAt(raw, ++at)) digits = digits * 10 + digit
      decimals = at - first
      if (decimals === 0) return -1
    }
    if (at - start > mostDigits) return -1
    const size = digits / (powersOfTen[decimals] as number)
    const value = isNegative ? -size : size
    if (isX) x = value
    else path.push({ x, y: value })
    isX = !isX
    at = skipSpace(raw, at)
    if (raw[at] === comma) continue
    return raw[at] === closingBracket && isX ? at + 1 : -1
  }
}

/** The digit at a place; negative where there is none. */
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
