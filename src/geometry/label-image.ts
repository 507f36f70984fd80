import { OptionError } from "../errors.ts"
import type { RasterLayer } from "../model/annotation.ts"
import { fillInclusive } from "./inclusive-fill.ts"
import { checkLabel, checkSize, type Labels } from "./labels.ts"
import type { Path } from "./polygon.ts"
import { polygonToRle } from "./rasterise.ts"
import type { Rle } from "./rle.ts"
import { transposeRle } from "./transpose.ts"

export type { Labels }

/**
 * Which pixels a polygon has: `"inclusive"` as darwin-py draws masks, borders included, so that a square from 0 to 5 has
 * 6 x 6 pixels (`fillInclusive`); `"coco"` as COCO's tools do, 5 x 5 (`polygonToRle`). Both are even-odd over all paths.
 */
export type FillRule = "inclusive" | "coco"

/**
 * Paints a polygon of one or more paths into a label image and gives the number of pixels painted: 0 where nothing of
 * it is in the image. What lies outside is cut off; vertices that are not a number are left out.
 *
 * @throws OptionError (`option`) where `labels` has not width times height entries, or cannot hold the label; nothing
 * is painted then.
 *
 * @example
 * const labels = new Uint8Array(8 * 6)
 * const square = [{ x: 0, y: 0 }, { x: 5, y: 0 }, { x: 5, y: 5 }, { x: 0, y: 5 }]
 * fillPolygon(labels, 8, 6, [square], 1, "inclusive") // 36
 */
export function fillPolygon(
  labels: Labels,
  width: number,
  height: number,
  paths: readonly Path[],
  label: number,
  rule: FillRule,
): number {
  check(labels, width, height, label)
  if (rule === "inclusive") return fillInclusive(labels, width, height, paths, label)
  return drawRle(labels, width, height, polygonToRle(paths, width, height) as Rle, label)
}

/**
 * Paints a mask into a label image and gives the number of pixels painted.
 *
 * @throws OptionError (`option`) where `labels` or the mask is not of that size, or `labels` cannot hold the label;
 * nothing is painted then.
 *
 * @example
 * const labels = new Uint8Array(4)
 * drawRle(labels, 2, 2, { width: 2, height: 2, counts: Uint32Array.of(0, 1, 3) }, 7) // 1; labels are 7, 0, 0, 0
 */
export function drawRle(labels: Labels, width: number, height: number, rle: Rle, label: number): number {
  check(labels, width, height, label)
  if (rle.width !== width || rle.height !== height) {
    throw new OptionError("rle", `must be ${width} x ${height}, not ${rle.width} x ${rle.height}`)
  }
  const { counts } = transposeRle(rle)
  let painted = 0
  let position = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    if (i % 2 === 1) {
      labels.fill(label, position, position + count)
      painted += count
    }
    position += count
  }
  return painted
}

/**
 * Paints a raster layer into a label image, each of the layer's labels as the one that `labelOf` gives for it; where
 * that is `undefined`, as for 0 as a rule, the pixels stay as they are. Gives the number of pixels painted, or
 * `undefined`, with nothing painted, where the layer does not cover the image: an odd number of entries, a run that is
 * negative or not whole, or a sum that is not width times height.
 *
 * `labelOf` is called once a run.
 *
 * @throws OptionError (`option`) where `labels` has not width times height entries, or cannot hold a label given.
 *
 * @example
 * const labels = new Uint8Array(4)
 * const layer = { dense_rle: [0, 1, 3, 3], mask_annotation_ids_mapping: { a: 3 }, total_pixels: 4 }
 * paintRasterLayer(labels, 2, 2, layer, (label) => (label === 3 ? 1 : undefined)) // 3
 */
export function paintRasterLayer(
  labels: Labels,
  width: number,
  height: number,
  layer: RasterLayer,
  labelOf: (layerLabel: number) => number | undefined,
): number | undefined {
  checkSize(labels, width, height)
  const runs = layer.dense_rle
  if (runs.length % 2 !== 0) return undefined
  let total = 0
  for (let i = 1; i < runs.length; i += 2) {
    const run = runs[i] as number
    if (!Number.isInteger(run) || run < 0) return undefined
    total += run
  }
  if (total !== labels.length) return undefined

  let painted = 0
  let position = 0
  for (let i = 0; i < runs.length; i += 2) {
    const end = position + (runs[i + 1] as number)
    const label = labelOf(runs[i] as number)
    if (label !== undefined) {
      checkLabel(labels, label)
      labels.fill(label, position, end)
      painted += end - position
    }
    position = end
  }
  return painted
}

function check(labels: Labels, width: number, height: number, label: number): void {
  checkSize(labels, width, height)
  checkLabel(labels, label)
}
