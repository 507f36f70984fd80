import type { RasterLayer } from "../../model/annotation.ts"

/** The raster layer of a labelled picture: `labels` row by row from the top left, `mapping` from mask id to label. */
export function rasterLayerOf(labels: Uint8Array, mapping: Readonly<Record<string, number>>): RasterLayer {
  const runs: number[] = []
  let start = 0
  for (let index = 1; index <= labels.length; index += 1) {
    if (index < labels.length && labels[index] === labels[start]) continue
    runs.push(labels[start] ?? 0, index - start)
    start = index
  }
  return { dense_rle: runs, mask_annotation_ids_mapping: mapping, total_pixels: labels.length }
}
