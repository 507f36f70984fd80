import { constants, crc32, deflateSync } from "node:zlib"
import { OptionError } from "../errors.ts"

/** A picture by its samples, row by row from the top left. */
export interface PngPicture {
  readonly width: number
  readonly height: number
  /** 1 is grey, 3 is red, green, blue in turn. */
  readonly channels: 1 | 3
  /** Bits a sample. */
  readonly depth: 8 | 16
  /** Width times height times channels samples; those of 8 bits may stand in an array of 16. */
  readonly data: Uint8Array | Uint16Array
}

/** A picture by a label a pixel, row by row from the top left, and the samples of each label. */
export interface PngLabels {
  readonly width: number
  readonly height: number
  /** 1 is grey, 3 is red, green, blue in turn. */
  readonly channels: 1 | 3
  /** Width times height labels. */
  readonly labels: Uint8Array | Uint16Array
  /** `channels` samples a label, from label 0 on; the picture has 8 or 16 bits a sample as the table has. */
  readonly table: Uint8Array | Uint16Array
}

/**
 * A PNG file of grey or RGB samples. What is meant are masks: areas of one value each become small in little time, photos
 * stay large. [Specification](https://www.w3.org/TR/png-3/)
 *
 * @throws OptionError (`option`) for a size that no PNG has (0, above 2^31 - 1, or 2 GiB of samples and more), for
 * `data` of another length, and for samples above the depth.
 *
 * @example
 * const data = Uint8Array.of(0, 255, 255, 0)
 * writeFileSync("mask.png", encodePng({ width: 2, height: 2, channels: 1, depth: 8, data }))
 */
export function encodePng({ width, height, channels, depth, data }: PngPicture): Buffer {
  checkSize(width, height, channels, depth)
  const samples = width * channels
  if (data.length !== samples * height) {
    throw new OptionError("data", `must have ${samples * height} samples, not ${data.length}`)
  }
  const { raw, stride } = rawOf(width, height, channels, depth)
  forEachChange(data, samples, height, (y, i, sample, above) => {
    if (sample >= 2 ** depth) throw new OptionError("data", `must have ${depth} bits a sample, not ${sample}`)
    const known = Math.max(0, above)
    const to = y * stride + 1 + (i * depth) / 8
    if (depth === 8) raw[to] = sample - known
    else {
      raw[to] = (sample >> 8) - (known >> 8)
      raw[to + 1] = sample - known
    }
  })
  return fileOf(width, height, channels, depth, raw)
}

/**
 * A PNG file of a label image, each label as its samples in a table: see `encodePng`.
 *
 * @throws OptionError (`option`) for a size that no PNG has, for `labels` of another length, and for a label that the
 * table lacks.
 *
 * @example
 * const labels = Uint8Array.of(0, 1, 1, 0)
 * const table = Uint8Array.of(0, 0, 0, 255, 128, 0) // black, orange
 * writeFileSync("classes.png", encodeLabels({ width: 2, height: 2, channels: 3, labels, table }))
 */
export function encodeLabels({ width, height, channels, labels, table }: PngLabels): Buffer {
  const depth = table.BYTES_PER_ELEMENT === 1 ? 8 : 16
  checkSize(width, height, channels, depth)
  if (labels.length !== width * height) {
    throw new OptionError("labels", `must have ${width * height} labels, not ${labels.length}`)
  }
  const { raw, stride } = rawOf(width, height, channels, depth)
  const bytes = bytesOf(table)
  const size = (channels * depth) / 8
  forEachChange(labels, width, height, (y, x, label, above) => {
    const from = label * size
    if (from + size > bytes.length) throw new OptionError("table", `has no samples for label ${label}`)
    const to = y * stride + 1 + x * size
    for (let i = 0; i < size; i++) {
      raw[to + i] = (bytes[from + i] as number) - (above < 0 ? 0 : (bytes[above * size + i] as number))
    }
  })
  return fileOf(width, height, channels, depth, raw)
}

/** Entries that differ from the one above, row by row; those of the first row all, with -1 for the one above. */
function forEachChange(
  data: Uint8Array | Uint16Array,
  length: number,
  height: number,
  visit: (y: number, i: number, entry: number, above: number) => void,
): void {
  for (let i = 0; i < length; i++) visit(0, i, data[i] as number, -1)
  // Most rows are much like the one above: four bytes are compared at once, on copies that begin at whole words.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const rowBytes = length * data.BYTES_PER_ELEMENT
  const entries = 4 / data.BYTES_PER_ELEMENT
  let above = new Int32Array(Math.ceil(rowBytes / 4))
  let here = new Int32Array(above.length)
  new Uint8Array(above.buffer).set(bytes.subarray(0, rowBytes))
  for (let y = 1; y < height; y++) {
    new Uint8Array(here.buffer).set(bytes.subarray(y * rowBytes, (y + 1) * rowBytes))
    for (let word = 0; word < here.length; word++) {
      if (here[word] === above[word]) continue
      const first = y * length + word * entries
      const end = Math.min(first + entries, (y + 1) * length)
      for (let at = first; at < end; at++) {
        const entry = data[at] as number
        const entryAbove = data[at - length] as number
        if (entry !== entryAbove) visit(y, at - y * length, entry, entryAbove)
      }
    }
    ;[above, here] = [here, above]
  }
}

// A chunk has at most 2^31 - 1 bytes; what zlib cannot make smaller grows by a few bytes every 16 KiB.
const mostBytes = 2 ** 31 - 2 ** 20

function checkSize(width: number, height: number, channels: number, depth: number): void {
  for (const [name, value] of [
    ["width", width],
    ["height", height],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > 2 ** 31 - 1) {
      throw new OptionError(name, `must be a whole number from 1 to ${2 ** 31 - 1} in a PNG, not ${value}`)
    }
  }
  if (((width * channels * depth) / 8 + 1) * height > mostBytes) {
    throw new OptionError("width", `${width} x ${height} pixels are too many for one PNG`)
  }
}

/** Where the rows go, as differences to the row above: all zero at first, each after the number of that filter. */
function rawOf(width: number, height: number, channels: number, depth: number) {
  const stride = (width * channels * depth) / 8 + 1
  const raw = Buffer.alloc(stride * height)
  for (let at = 0; at < raw.length; at += stride) raw[at] = up
  return { raw, stride }
}

/** Samples as bytes, the high one first. */
function bytesOf(samples: Uint8Array | Uint16Array): Uint8Array {
  if (samples.BYTES_PER_ELEMENT === 1) return samples as Uint8Array
  const bytes = new Uint8Array(samples.length * 2)
  for (let i = 0; i < samples.length; i++) {
    bytes[i * 2] = (samples[i] as number) >> 8
    bytes[i * 2 + 1] = samples[i] as number
  }
  return bytes
}

// Differences to the row above are zero but at borders, in grey and RGB alike, and zlib has only to look for bytes that
// repeat the one before: for masks that is as small as its default, and many times as fast.
const up = 2

const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

function fileOf(width: number, height: number, channels: 1 | 3, depth: number, raw: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = depth
  header[9] = channels === 1 ? 0 : 2
  const data = deflateSync(raw, { strategy: constants.Z_RLE })
  return Buffer.concat([signature, ...chunk("IHDR", header), ...chunk("IDAT", data), ...chunk("IEND")])
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer[] {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length, 0)
  head.write(type, 4, "latin1")
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(data, crc32(head.subarray(4))), 0)
  return [head, data, check]
}
