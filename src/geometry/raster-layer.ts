import type { RasterLayer } from "../model/annotation.ts"
import { isMaskSize, type Rle } from "./rle.ts"
import { acrossLines, type Stretches } from "./transpose.ts"

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
    const [lines, starts, ends] = [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)]
    stretches.set(label, { lines, starts, ends, length: 0 })
  }
  position = 0
  for (let i = 0; i < runs.length; i += 2) {
    const end = position + (runs[i + 1] as number)
    const own = stretches.get(runs[i] as number)
    if (own !== undefined) {
      for (let at = position; at < end; ) {
        const row = Math.floor(at / width)
        const stop = Math.min(end, (row + 1) * width)
        own.lines[own.length] = row
        own.starts[own.length] = at - row * width
        own.ends[own.length++] = stop - row * width
        at = stop
      }
    }
    position = end
  }
  const masks = new Map<number, Rle>()
  for (const [label, own] of stretches) masks.set(label, acrossLines(own, height, width))
  return masks
}
