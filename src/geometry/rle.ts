import type { Box } from "../model/point.ts"

/**
 * A binary mask as run lengths in COCO's order: down the columns, column after column from the left, counts of zeros
 * and ones in turn, beginning with zeros (the first count is 0 where the top left pixel is set). The counts sum up to
 * width times height. [Definition](https://github.com/cocodataset/cocoapi/blob/master/PythonAPI/pycocotools/mask.py)
 */
export interface Rle {
  readonly width: number
  readonly height: number
  readonly counts: Uint32Array
}

/** The number of pixels a mask may have: COCO's tools count in 32 bits. */
export const maxMaskPixels: number = 2 ** 32 - 1

/** Whether a mask of that size can be: whole, not negative, and within `maxMaskPixels`. */
export function isMaskSize(width: number, height: number): boolean {
  return (
    Number.isInteger(width) &&
    Number.isInteger(height) &&
    width >= 0 &&
    height >= 0 &&
    width * height <= maxMaskPixels
  )
}

/**
 * Run lengths from the positions where the mask changes, ascending, counted down the columns. A position given twice
 * is no change; one at width times height ends the last run and adds none.
 */
export function rleOfChanges(changes: Uint32Array, width: number, height: number): Rle {
  const total = width * height
  const counts = new Uint32Array(changes.length + 1)
  let length = 0
  let previous = 0
  for (let i = 0; i < changes.length; i++) {
    const change = changes[i] as number
    if (change === changes[i + 1]) {
      i++
      continue
    }
    counts[length++] = change - previous
    previous = change
  }
  if (previous < total || length === 0) counts[length++] = total - previous
  return { width, height, counts: counts.slice(0, length) }
}

/**
 * A mask from counts as they come from outside. `undefined` where they are none of such a mask: not whole, negative,
 * or of another sum.
 */
export function rleOfCounts(counts: ArrayLike<number>, width: number, height: number): Rle | undefined {
  if (!isMaskSize(width, height)) return undefined
  let sum = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    if (!Number.isInteger(count) || count < 0) return undefined
    sum += count
  }
  return sum === width * height ? { width, height, counts: Uint32Array.from(counts) } : undefined
}

/** Number of pixels set. */
export function rleArea({ counts }: Rle): number {
  let area = 0
  for (let i = 1; i < counts.length; i += 2) area += counts[i] as number
  return area
}

/** The pixels that are set in any of some masks of one size; there must be at least one mask. */
export function rleUnion(masks: readonly Rle[]): Rle {
  return masks.reduce((union, mask) => {
    const { width, height } = mask
    const changes: number[] = []
    let position = 0
    let set = false
    // Both run side by side: each step goes to the nearer end of their runs.
    let [a, b] = [0, 0]
    let [restA, restB] = [union.counts[0] ?? 0, mask.counts[0] ?? 0]
    while (a < union.counts.length && b < mask.counts.length) {
      const isSet = a % 2 === 1 || b % 2 === 1
      const step = Math.min(restA, restB)
      if (step > 0 && isSet !== set) {
        changes.push(position)
        set = isSet
      }
      position += step
      restA -= step
      restB -= step
      if (restA === 0) restA = union.counts[++a] ?? 0
      if (restB === 0) restB = mask.counts[++b] ?? 0
    }
    return rleOfChanges(Uint32Array.from(changes), width, height)
  })
}

/** The smallest box around the pixels set, in whole pixels; `undefined` where there is none. */
export function rleBounds({ height, counts }: Rle): Box | undefined {
  let left = Number.POSITIVE_INFINITY
  let top = height
  let right = 0
  let bottom = 0
  let position = 0
  for (let i = 0; i < counts.length; i++) {
    const start = position
    position += counts[i] as number
    if (i % 2 === 0 || start === position) continue
    const first = Math.floor(start / height)
    const last = Math.floor((position - 1) / height)
    left = Math.min(left, first)
    right = last + 1
    // A run over several columns goes through the bottom of one and the top of the next.
    top = first === last ? Math.min(top, start - first * height) : 0
    bottom = first === last ? Math.max(bottom, position - first * height) : height
  }
  return right === 0 ? undefined : { x: left, y: top, w: right - left, h: bottom - top }
}

/**
 * COCO's compressed counts: from the fourth on as the difference to the count two before, each in groups of 5 bits,
 * lowest first, bit 6 telling that more follow, plus 48 as an ASCII character.
 */
export function encodeCounts(counts: Uint32Array): string {
  let text = ""
  for (let i = 0; i < counts.length; i++) {
    let rest = counts[i] as number
    if (i > 2) rest -= counts[i - 2] as number
    // Division instead of shifts: a difference of two 32-bit counts needs 33 bits.
    for (let more = true; more; ) {
      const next = Math.floor(rest / 32)
      let group = rest - next * 32
      rest = next
      more = group >= 16 ? rest !== -1 : rest !== 0
      if (more) group += 32
      text += String.fromCharCode(group + 48)
    }
  }
  return text
}

/** Counts from COCO's compressed form; `undefined` where the text is none. */
export function decodeCounts(text: string): number[] | undefined {
  const counts: number[] = []
  let value = 0
  let weight = 1
  for (let i = 0; i < text.length; i++) {
    const group = text.charCodeAt(i) - 48
    // Seven groups hold 35 bits, all that a difference of counts can need.
    if (group < 0 || group > 63 || weight > 2 ** 30) return undefined
    value += (group & 31) * weight
    weight *= 32
    if (group >= 32) continue
    if (group >= 16) value -= weight
    if (counts.length > 2) value += counts[counts.length - 2] as number
    counts.push(value)
    value = 0
    weight = 1
  }
  return weight === 1 ? counts : undefined
}
