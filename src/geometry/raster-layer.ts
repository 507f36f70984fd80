import type { RasterLayer } from "../model/annotation.ts"
import { isMaskSize, type Rle, rleOfChanges } from "./rle.ts"

/** The stretches of one label, row by row: from column `start` to before column `end` of `row`. */
interface Stretches {
  readonly rows: Uint32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/**
 * The pixels of labels of a raster layer, each as a mask of its own; a label that does not occur gives an empty one.
 * `undefined` where the layer does not cover the image: an odd number of entries, a run that is negative or not
 * whole, or a sum that is not width times height.
 *
 * The work is that of the runs and of the masks' outlines, not of the pixels.
 */
export function rasterLayerToRles(
  layer: RasterLayer,
  labels: readonly number[],
  width: number,
  height: number,
): Map<number, Rle> | undefined {
  const runs = layer.dense_rle
  if (!isMaskSize(width, height) || runs.length % 2 !== 0) return undefined
  const lengths = new Map<number, number>(labels.map((label) => [label, 0]))
  let position = 0
  for (let i = 0; i < runs.length; i += 2) {
    const label = runs[i] as number
    const run = runs[i + 1] as number
    if (!Number.isInteger(run) || run < 0) return undefined
    const known = lengths.get(label)
    if (known !== undefined && run > 0 && position + run <= width * height) {
      const rows = Math.floor((position + run - 1) / width) - Math.floor(position / width) + 1
      lengths.set(label, known + rows)
    }
    position += run
  }
  if (position !== width * height) return undefined

  const stretches = new Map<number, Stretches & { length: number }>()
  for (const [label, length] of lengths) {
    const [rows, starts, ends] = [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)]
    stretches.set(label, { rows, starts, ends, length: 0 })
  }
  position = 0
  for (let i = 0; i < runs.length; i += 2) {
    const end = position + (runs[i + 1] as number)
    const own = stretches.get(runs[i] as number)
    if (own !== undefined) {
      for (let at = position; at < end; ) {
        const row = Math.floor(at / width)
        const stop = Math.min(end, (row + 1) * width)
        own.rows[own.length] = row
        own.starts[own.length] = at - row * width
        own.ends[own.length++] = stop - row * width
        at = stop
      }
    }
    position = end
  }
  const masks = new Map<number, Rle>()
  for (const [label, own] of stretches) masks.set(label, columnsOf(own, width, height))
  return masks
}

// Rows become columns: a pixel column changes at a row where this row and the one above differ. The changes are counted
// first, column by column, and then put in their places; rows come in order, so they are sorted at once.
function columnsOf(stretches: Stretches, width: number, height: number): Rle {
  const offsets = new Uint32Array(width + 1)
  forEachChange(stretches, (_row, start, end) => {
    for (let column = start; column < end; column++) (offsets[column + 1] as number)++
  })
  for (let column = 0; column < width; column++) {
    offsets[column + 1] = (offsets[column + 1] as number) + (offsets[column] as number)
  }
  const changes = new Uint32Array(offsets[width] as number)
  forEachChange(stretches, (row, start, end) => {
    for (let column = start; column < end; column++) {
      const at = offsets[column] as number
      offsets[column] = at + 1
      changes[at] = column * height + row
    }
  })
  return rleOfChanges(changes, width, height)
}

function forEachChange(
  { rows, starts, ends }: Stretches,
  visit: (row: number, start: number, end: number) => void,
): void {
  const none = { from: 0, to: 0 }
  let above = none
  let aboveRow = -1
  for (let from = 0; from < rows.length; ) {
    const row = rows[from] as number
    let to = from
    while (rows[to] === row) to++
    const here = { from, to }
    if (aboveRow !== row - 1) {
      differences(starts, ends, above, none, (start, end) => visit(aboveRow + 1, start, end))
      above = none
    }
    differences(starts, ends, above, here, (start, end) => visit(row, start, end))
    above = here
    aboveRow = row
    from = to
  }
  differences(starts, ends, above, none, (start, end) => visit(aboveRow + 1, start, end))
}

interface Slice {
  readonly from: number
  readonly to: number
}

/** The columns in which exactly one of two rows is set: both rows' borders in order, every second gap of them. */
function differences(
  starts: Uint32Array,
  ends: Uint32Array,
  first: Slice,
  second: Slice,
  visit: (start: number, end: number) => void,
): void {
  let a = first.from * 2
  let b = second.from * 2
  let open = -1
  const border = (index: number) => (index % 2 === 0 ? starts[index >> 1] : ends[index >> 1]) as number
  while (a < first.to * 2 || b < second.to * 2) {
    const takeFirst = b >= second.to * 2 || (a < first.to * 2 && border(a) <= border(b))
    const at = border(takeFirst ? a++ : b++)
    if (open < 0) open = at
    else {
      if (open < at) visit(open, at)
      open = -1
    }
  }
}
