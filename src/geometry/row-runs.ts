import type { Labels } from "./labels.ts"
import { isMaskSize, type Rle, rleBounds } from "./rle.ts"
import { acrossLines, forEachStretch, stretchesOf } from "./transpose.ts"

/**
 * A mask within a box, as CVAT writes it: `counts` run along the rows of the box, of zeros and ones in turn, beginning
 * with zeros, and sum up to its width times height. All in whole pixels.
 * [Definition](https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/)
 */
export interface BoxedRle {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly counts: ArrayLike<number>
}

/**
 * A mask of a whole image as one within the smallest box around its pixels; `undefined` where no pixel is set.
 *
 * @example
 * // Of 3 x 2 pixels the middle one of the lower row:
 * rleToBoxed({ width: 3, height: 2, counts: Uint32Array.of(3, 1, 2) })
 * // { left: 1, top: 1, width: 1, height: 1, counts: [0, 1] }
 */
export function rleToBoxed(rle: Rle): (BoxedRle & { readonly counts: Uint32Array }) | undefined {
  const bounds = rleBounds(rle)
  if (bounds === undefined) return undefined
  const { x: left, y: top, w: width, h: height } = bounds
  const stretches = stretchesOf((visit) => forEachStretch(rle.counts, rle.height, visit), left, top)
  return { left, top, width, height, counts: acrossLines(stretches, width, height).counts }
}

/**
 * A mask within a box as one of the whole image. What lies outside of the image is cut off. `undefined` where it is no
 * mask: sizes and counts that are not whole or negative, counts of another sum, an image that is too large
 * (`isMaskSize`).
 *
 * @example
 * boxedToRle({ left: 1, top: 1, width: 1, height: 1, counts: [0, 1] }, 3, 2)
 * // { width: 3, height: 2, counts: [3, 1, 2] }
 */
export function boxedToRle(boxed: BoxedRle, imageWidth: number, imageHeight: number): Rle | undefined {
  const { left, top, width, height, counts } = boxed
  if (!isMaskSize(imageWidth, imageHeight) || !isMaskSize(width, height)) return undefined
  if (!Number.isInteger(left) || !Number.isInteger(top)) return undefined
  let sum = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    if (!Number.isInteger(count) || count < 0) return undefined
    sum += count
  }
  if (sum !== width * height) return undefined

  // Rows outside of the image go before they are split, so that a box of any height costs the image's rows only.
  const firstRow = Math.min(height, Math.max(0, -top))
  const endRow = Math.min(height, Math.max(firstRow, imageHeight - top))
  const visible = within(counts, firstRow * width, endRow * width)
  const firstColumn = Math.max(0, -left)
  const endColumn = Math.min(width, imageWidth - left)
  const stretches = stretchesOf(
    (visit) =>
      forEachStretch(visible, width, (row, start, end) => {
        const from = Math.max(firstColumn, start)
        const to = Math.min(endColumn, end)
        if (from < to) visit(row, from, to)
      }),
    -(top + firstRow),
    -left,
  )
  return acrossLines(stretches, imageHeight, imageWidth)
}

/**
 * A label image as Darwin's `dense_rle`: pairs of label and run over the pixels, row by row from the top left.
 *
 * @example
 * labelsToDenseRle(Uint8Array.of(0, 0, 3, 3, 3, 0)) // [0, 2, 3, 3, 0, 1]
 */
export function labelsToDenseRle(labels: Labels): number[] {
  const runs: number[] = []
  for (let from = 0; from < labels.length; ) {
    const label = labels[from] as number
    let end = from + 1
    while (end < labels.length && labels[end] === label) end++
    runs.push(label, end - from)
    from = end
  }
  return runs
}

/** The counts between two positions. */
function within(counts: ArrayLike<number>, from: number, to: number): Uint32Array {
  const inner = new Uint32Array(counts.length)
  let position = 0
  for (let i = 0; i < counts.length; i++) {
    const end = position + (counts[i] as number)
    inner[i] = Math.max(0, Math.min(end, to) - Math.max(position, from))
    position = end
  }
  return inner
}
