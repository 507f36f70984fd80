import { readFile } from "node:fs/promises"

import { PNG } from "pngjs"

const MAX_SIDE = 256

/** Pictures above this size would take too much memory to unpack; their thumbnail is the picture itself. */
const MAX_PIXELS = 40_000_000

/**
 * A small PNG of a PNG, at most 256 pixels wide and high; `undefined` when the picture is small already, too large, or
 * cannot be read. Every pixel is the mean of those it stands for.
 */
export async function thumbnailOf(path: string): Promise<Buffer | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  if (bytes === undefined || bytes.length < 24) return undefined
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const scale = Math.max(width, height) / MAX_SIDE
  if (scale <= 1 || width * height > MAX_PIXELS) return undefined
  try {
    return PNG.sync.write(shrink(PNG.sync.read(bytes), scale))
  } catch {
    return undefined
  }
}

function shrink(source: PNG, scale: number): PNG {
  const small = new PNG({
    width: Math.max(1, Math.floor(source.width / scale)),
    height: Math.max(1, Math.floor(source.height / scale)),
  })
  for (let y = 0; y < small.height; y += 1) {
    const top = Math.floor((y * source.height) / small.height)
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * source.height) / small.height))
    for (let x = 0; x < small.width; x += 1) {
      const left = Math.floor((x * source.width) / small.width)
      const right = Math.max(left + 1, Math.floor(((x + 1) * source.width) / small.width))
      const sums = [0, 0, 0, 0]
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          const offset = (row * source.width + column) * 4
          for (let channel = 0; channel < 4; channel += 1) {
            sums[channel] = (sums[channel] ?? 0) + (source.data[offset + channel] ?? 0)
          }
        }
      }
      const count = (bottom - top) * (right - left)
      for (let channel = 0; channel < 4; channel += 1) {
        small.data[(y * small.width + x) * 4 + channel] = Math.round((sums[channel] ?? 0) / count)
      }
    }
  }
  return small
}
