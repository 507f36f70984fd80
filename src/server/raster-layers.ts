import type { StoredRasterLayer } from "./stored-annotation.ts"

/**
 * A layer with the pixels of the wanted masks only, others turned to background; `undefined` when nothing is left,
 * since readers refuse an empty layer.
 */
export function keepMasks(
  layer: StoredRasterLayer,
  wanted: (maskId: string) => boolean,
): StoredRasterLayer | undefined {
  const present = new Set<number>()
  for (let index = 0; index + 1 < layer.dense_rle.length; index += 2) {
    if ((layer.dense_rle[index + 1] ?? 0) > 0) present.add(layer.dense_rle[index] ?? 0)
  }
  const mapping = Object.fromEntries(
    Object.entries(layer.mask_annotation_ids_mapping).filter(
      ([id, label]) => wanted(id) && present.has(label),
    ),
  )
  const labels = new Set(Object.values(mapping))
  if (labels.size === 0) return undefined
  const runs: number[] = []
  for (let index = 0; index + 1 < layer.dense_rle.length; index += 2) {
    const own = layer.dense_rle[index] ?? 0
    append(runs, labels.has(own) ? own : 0, layer.dense_rle[index + 1] ?? 0)
  }
  return { dense_rle: runs, mask_annotation_ids_mapping: mapping, total_pixels: layer.total_pixels }
}

/**
 * One layer for the masks of two of the same slot; where both have a mask, the upper one shows, as a pixel belongs to
 * one mask only. Layers of different size cannot be joined: the upper one wins.
 */
export function joinLayers(lower: StoredRasterLayer, upper: StoredRasterLayer): StoredRasterLayer {
  if (lower.total_pixels !== upper.total_pixels) return upper
  const shift = Math.max(0, ...Object.values(lower.mask_annotation_ids_mapping))
  const mapping = { ...lower.mask_annotation_ids_mapping }
  const moved = new Map<number, number>()
  for (const [id, label] of Object.entries(upper.mask_annotation_ids_mapping)) {
    const target = mapping[id] ?? label + shift
    mapping[id] = target
    moved.set(label, target)
  }
  const runs: number[] = []
  let below = 0
  let belowLeft = lower.dense_rle[1] ?? 0
  for (let index = 0; index + 1 < upper.dense_rle.length; index += 2) {
    const label = moved.get(upper.dense_rle[index] ?? 0)
    let left = upper.dense_rle[index + 1] ?? 0
    while (left > 0) {
      while (belowLeft === 0 && below + 2 < lower.dense_rle.length) {
        below += 2
        belowLeft = lower.dense_rle[below + 1] ?? 0
      }
      const run = belowLeft === 0 ? left : Math.min(left, belowLeft)
      append(runs, label ?? (belowLeft === 0 ? 0 : (lower.dense_rle[below] ?? 0)), run)
      left -= run
      belowLeft -= Math.min(run, belowLeft)
    }
  }
  return { dense_rle: runs, mask_annotation_ids_mapping: mapping, total_pixels: lower.total_pixels }
}

function append(runs: number[], label: number, run: number): void {
  if (run === 0) return
  if (runs.length > 0 && runs[runs.length - 2] === label) runs[runs.length - 1] = (runs.at(-1) ?? 0) + run
  else runs.push(label, run)
}
