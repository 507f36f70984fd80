import { OptionError } from "../errors.ts"
import type { RasterLayer } from "../model/annotation.ts"
import { isMaskSize, type Rle } from "./rle.ts"
import { acrossLines, type Stretches, transposeRle } from "./transpose.ts"

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

/**
 * The pixels of labels of a raster layer along the rows of the image, as pairs of a first pixel, counted row by row from the
 * top left, and a number of pixels; a label that does not occur gives none. The caller has checked the layer with `covers`.
 *
 * @example
 * const layer = { dense_rle: [0, 1, 3, 2, 0, 1], mask_annotation_ids_mapping: { a: 3 }, total_pixels: 4 }
 * rasterLayerToRuns(layer, [3]) // 3 => [1, 2]
 */
export function rasterLayerToRuns(layer: RasterLayer, labels: readonly number[]): Map<number, number[]> {
  const pixels = new Map<number, number[]>(labels.map((label) => [label, []]))
  const runs = layer.dense_rle
  let position = 0
  for (let i = 0; i < runs.length; i += 2) {
    const run = runs[i + 1] as number
    if (run > 0) pixels.get(runs[i] as number)?.push(position, run)
    position += run
  }
  return pixels
}

/** Whether a layer is one of an image of that size: pairs of entries, runs that are whole numbers, and as many pixels. */
export function covers(layer: RasterLayer, width: number, height: number): boolean {
  const runs = layer.dense_rle
  if (!isMaskSize(width, height) || runs.length % 2 !== 0) return false
  let position = 0
  for (let i = 1; i < runs.length; i += 2) {
    const run = runs[i] as number
    if (!Number.isInteger(run) || run < 0) return false
    position += run
  }
  return position === width * height
}

/** A raster layer made of masks. */
export interface LayeredMasks {
  readonly layer: RasterLayer
  /** Ids of masks of which no pixel is to be seen, in their order: they are empty or covered. The layer lacks them. */
  readonly hidden: readonly string[]
}

/**
 * Masks of one image as a Darwin raster layer. Of masks that overlap the later one is on top. Labels are 1, 2 and so on,
 * in the order of the masks that have a pixel to be seen. The work is that of the runs and of the outlines.
 *
 * @throws OptionError (`option`) where a mask is not of that size.
 *
 * @example
 * const mask = { width: 2, height: 1, counts: Uint32Array.of(1, 1) }
 * masksToRasterLayer(new Map([["a", mask]]), 2, 1)
 * // layer: { dense_rle: [0, 1, 1, 1], mask_annotation_ids_mapping: { a: 1 }, total_pixels: 2 }, hidden: []
 */
export function masksToRasterLayer(
  masks: ReadonlyMap<string, Rle>,
  width: number,
  height: number,
): LayeredMasks {
  const ids = [...masks.keys()]
  const sheets = [...masks.values()].map((mask, i) => {
    if (mask.width !== width || mask.height !== height) {
      throw new OptionError("masks", `must be ${width} x ${height}, not ${mask.width} x ${mask.height}`)
    }
    const { counts } = transposeRle(mask)
    const runs: number[] = []
    counts.forEach((count, at) => {
      if (count > 0) runs.push(at % 2 === 0 ? 0 : i + 1, count)
    })
    return runs
  })
  const runs = stack(sheets, 0, sheets.length) ?? (width * height > 0 ? [0, width * height] : [])

  const seen = new Set<number>()
  for (let i = 0; i < runs.length; i += 2) seen.add(runs[i] as number)
  const labels = new Map([[0, 0]])
  const mapping: [string, number][] = []
  const hidden: string[] = []
  ids.forEach((id, i) => {
    if (!seen.has(i + 1)) {
      hidden.push(id)
      return
    }
    mapping.push([id, mapping.length + 1])
    labels.set(i + 1, mapping.length)
  })
  for (let i = 0; i < runs.length; i += 2) runs[i] = labels.get(runs[i] as number) as number
  // Not by assignment: "__proto__" is an id like any other.
  const mask_annotation_ids_mapping = Object.fromEntries(mapping)
  return { layer: { dense_rle: runs, mask_annotation_ids_mapping, total_pixels: width * height }, hidden }
}

/** Sheets of runs laid on one another, two by two, so that each run is looked at once a level and not once a sheet. */
function stack(sheets: readonly number[][], from: number, to: number): number[] | undefined {
  if (to - from < 2) return sheets[from]
  const middle = (from + to) >> 1
  return overlay(stack(sheets, from, middle) as number[], stack(sheets, middle, to) as number[])
}

function overlay(lower: readonly number[], upper: readonly number[]): number[] {
  const runs: number[] = []
  let [a, b] = [0, 0]
  let [restA, restB] = [0, 0]
  while (a < lower.length && b < upper.length) {
    if (restA === 0) restA = lower[a + 1] as number
    if (restB === 0) restB = upper[b + 1] as number
    const label = (upper[b] as number) || (lower[a] as number)
    const run = Math.min(restA, restB)
    if (runs[runs.length - 2] === label) runs[runs.length - 1] = (runs[runs.length - 1] as number) + run
    else runs.push(label, run)
    restA -= run
    restB -= run
    if (restA === 0) a += 2
    if (restB === 0) b += 2
  }
  return runs
}
