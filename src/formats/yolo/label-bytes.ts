import { fourDigits } from "../shared/four-digits.ts"

/**
 * The bytes of label files, made without a text in between: shortest digits of numbers such as 1/1280, as String() finds
 * them, would cost more than all else.
 */
export interface LabelBytes {
  /** Bytes so far. May be set back, to take back what was added last. */
  length: number
  text(text: string): void
  /** A whole number from 0 on. */
  whole(number: number): void
  /** A blank, and a number from 0 to 1 with up to twelve decimals. */
  fraction(number: number): void
  lineEnd(): void
  /** What there is so far, valid until more is added. */
  bytes(): Buffer
}

/** What a fraction is a whole number of: of a picture of 100,000 pixels, a ten millionth of a pixel. */
export const fractionUnit = 1e-12

const longestFraction = 15

export function createLabelBytes(): LabelBytes {
  let buffer = Buffer.allocUnsafeSlow(1 << 14)
  let length = 0

  const reserve = (bytes: number): void => {
    if (length + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, length + bytes))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }
  const text = (text: string): void => {
    reserve(3 * text.length)
    length += buffer.write(text, length)
  }

  return {
    get length() {
      return length
    },
    set length(value) {
      length = value
    },
    text,
    whole: (number) => text(String(number)),
    fraction: (number) => {
      reserve(longestFraction)
      length = putFraction(buffer, length, number)
    },
    lineEnd: () => {
      reserve(1)
      buffer[length++] = newline
    },
    bytes: () => buffer.subarray(0, length),
  }
}

/** Writes a blank and a fraction at a place where there is room, and gives the place behind it. */
function putFraction(bytes: Buffer, start: number, number: number): number {
  let at = start
  bytes[at++] = blank
  const units = Math.round(number / fractionUnit)
  // Four digits, and eight: both fit into 32 bits.
  const upper = (units / 1e8) | 0
  const lower = (units - upper * 1e8) | 0
  if (units === 0 || upper >= 1e4) {
    bytes[at++] = units === 0 ? zero : zero + 1
    return at
  }
  bytes[at++] = zero
  bytes[at++] = point
  const middle = (lower / 1e4) | 0
  at = putFour(bytes, at, upper)
  at = putFour(bytes, at, middle)
  at = putFour(bytes, at, lower - middle * 1e4)
  while (bytes[at - 1] === zero) at--
  return at
}

function putFour(bytes: Buffer, at: number, value: number): number {
  const from = 4 * value
  bytes[at] = fourDigits[from] as number
  bytes[at + 1] = fourDigits[from + 1] as number
  bytes[at + 2] = fourDigits[from + 2] as number
  bytes[at + 3] = fourDigits[from + 3] as number
  return at + 4
}

const blank = 0x20
const newline = 0x0a
const point = 0x2e
const zero = 0x30

/**
 * Gives the lines of a file other numbers of classes: `finals` by the ones they have. What it gives is valid until it is
 * called again.
 */
export function createRenumbering(finals: Uint32Array): (lines: Buffer) => Uint8Array {
  if (finals.every((final, number) => final === number)) return (lines) => lines
  const texts = Array.from(finals, (final) => Buffer.from(String(final)))
  const longest = String(finals.reduce((most, final) => Math.max(most, final), 0)).length
  let room = Buffer.allocUnsafeSlow(1 << 14)
  return (lines) => {
    // No line has more numbers than bytes, and no number gets longer than that.
    if (lines.length * longest > room.length) room = Buffer.allocUnsafeSlow(2 * lines.length * longest)
    let length = 0
    for (let start = 0; start < lines.length; ) {
      let number = 0
      let at = start
      for (; lines[at] !== blank; at++) number = number * 10 + (lines[at] as number) - zero
      start = lines.indexOf(newline, at) + 1
      length += (texts[number] as Buffer).copy(room, length)
      length += lines.copy(room, length, at, start)
    }
    return room.subarray(0, length)
  }
}
