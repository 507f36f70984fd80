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

// Half of the digits at a time fits into 32 bits.
const perHalf = 1e6
const longestFraction = 15

export function createLabelBytes(): LabelBytes {
  let buffer = Buffer.allocUnsafe(1 << 14)

  const reserve = (bytes: number): void => {
    if (out.length + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, out.length + bytes))
    buffer.copy(larger, 0, 0, out.length)
    buffer = larger
  }
  const sixDigits = (number: number): void => {
    let rest = number
    for (let at = out.length + 5; at >= out.length; at--) {
      const tenth = (rest / 10) | 0
      buffer[at] = zero + rest - tenth * 10
      rest = tenth
    }
    out.length += 6
  }

  const out: LabelBytes = {
    length: 0,
    text: (text) => {
      reserve(3 * text.length)
      out.length += buffer.write(text, out.length)
    },
    whole: (number) => out.text(String(number)),
    fraction: (number) => {
      reserve(longestFraction)
      buffer[out.length++] = blank
      const units = Math.round(number / fractionUnit)
      const upper = Math.floor(units / perHalf)
      const lower = units - upper * perHalf
      if (upper === 0 && lower === 0) {
        buffer[out.length++] = zero
        return
      }
      if (upper >= perHalf) {
        buffer[out.length++] = zero + 1
        return
      }
      buffer[out.length++] = zero
      buffer[out.length++] = point
      sixDigits(upper)
      if (lower > 0) sixDigits(lower)
      while (buffer[out.length - 1] === zero) out.length--
    },
    lineEnd: () => {
      reserve(1)
      buffer[out.length++] = newline
    },
    bytes: () => buffer.subarray(0, out.length),
  }
  return out
}

const blank = 0x20
const newline = 0x0a
const point = 0x2e
const zero = 0x30

/** Gives the lines of a file other numbers of classes: `finals` by the ones they have. */
export function createRenumbering(finals: Uint32Array): (lines: Buffer) => Uint8Array {
  if (finals.every((final, number) => final === number)) return (lines) => lines
  const texts = Array.from(finals, (final) => Buffer.from(String(final)))
  return (lines) => {
    const pieces: Buffer[] = []
    for (let start = 0; start < lines.length; ) {
      let number = 0
      let at = start
      for (; lines[at] !== blank; at++) number = number * 10 + (lines[at] as number) - zero
      start = lines.indexOf(newline, at) + 1
      pieces.push(texts[number] as Buffer, lines.subarray(at, start))
    }
    return Buffer.concat(pieces)
  }
}
