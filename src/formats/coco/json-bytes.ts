/**
 * JSON that is written straight into bytes: for lists of numbers this takes a fifth of the time of making strings
 * first.
 */
export interface JsonBytes {
  /** Bytes written so far. Setting it back takes away what was written since. */
  length: number
  /** Text of ASCII characters only. */
  ascii(text: string): void
  /** Any text. */
  text(text: string): void
  /** A finite number, in the shortest form that reads back as the same, as JSON.stringify writes it. */
  number(value: number): void
  /** What was written. It holds until more is written. */
  bytes(): Buffer
}

// The longest form of a number, such as -1.2345678901234567e-300, with room to spare.
const longestNumber = 32

/** Bytes that grow with what is written between two `length = 0`. */
export function createJsonBytes(): JsonBytes {
  let buffer = Buffer.allocUnsafeSlow(1 << 18)
  let length = 0

  const reserve = (bytes: number) => {
    if (length + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, length + bytes))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }

  const ascii = (text: string) => {
    reserve(text.length)
    for (let i = 0; i < text.length; i++) buffer[length++] = text.charCodeAt(i)
  }

  const digits = (value: number, count: number) => {
    let rest = value
    length += count
    for (let at = length - 1; at >= length - count; at--) {
      const tens = (rest / 10) | 0
      buffer[at] = 48 + rest - tens * 10
      rest = tens
    }
  }

  return {
    get length() {
      return length
    },
    set length(value) {
      length = value
    },
    ascii,
    text: (text) => {
      reserve(3 * text.length)
      length += buffer.write(text, length)
    },
    number: (value) => {
      reserve(longestNumber)
      const size = Math.abs(value)
      const whole = size | 0
      const decimals = whole === size ? 0 : decimalsOf(size)
      if (decimals === undefined) return ascii(String(value))
      if (value < 0) buffer[length++] = 45
      digits(whole, digitCount(whole))
      if (decimals === 0) return
      const scale = scales[decimals]
      let fraction = Math.round(size * scale) - whole * scale
      let count: number = decimals
      while (fraction % 10 === 0) {
        fraction /= 10
        count--
      }
      buffer[length++] = 46
      digits(fraction, count)
    },
    bytes: () => buffer.subarray(0, length),
  }
}

const scales = { 2: 100, 4: 1e4, 6: 1e6 } as const

// A number that a few decimals name exactly has no shorter name: two decimals of up to 15 digits never name one double.
// So these digits are those that String() would find.
function decimalsOf(size: number): keyof typeof scales | undefined {
  if (size >= 2 ** 31) return undefined
  if (Math.round(size * 100) / 100 === size) return 2
  if (Math.round(size * 1e4) / 1e4 === size) return 4
  if (Math.round(size * 1e6) / 1e6 === size) return 6
  return undefined
}

function digitCount(value: number): number {
  let count = 1
  for (let least = 10; value >= least; least *= 10) count++
  return count
}
