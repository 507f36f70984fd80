import type { Annotation, Frame, RasterLayer } from "../../model/annotation.ts"

/** An annotation with the id it will have. */
export interface IdentifiedAnnotation {
  readonly id: string
  readonly annotation: Annotation
}

/** What becomes of masks and raster layers: the annotation to send, or the reason why there is none. */
export type SettledMasks = (entry: IdentifiedAnnotation) => Annotation | string

const unpainted = "a mask of which no raster layer has a pixel"
const unmasked = "a raster layer without pixels of a mask"

/**
 * Makes the masks of a file and their raster layers fit one another, as the service wants them: a mask is sent when a layer
 * has pixels of it, a layer holds the masks that are sent and no others.
 */
export function settleMasks(entries: readonly IdentifiedAnnotation[]): SettledMasks {
  const masks = new Set(entries.filter(({ annotation }) => isOf(annotation, "mask")).map(({ id }) => id))
  const painted = new Set<string>()
  const layers = new Map<string, Annotation | string>()
  for (const { id, annotation } of entries) {
    if (!isOf(annotation, "raster_layer")) continue
    layers.set(id, keepMasks(annotation, masks, painted) ?? unmasked)
  }
  return ({ id, annotation }) =>
    layers.get(id) ?? (masks.has(id) && !painted.has(id) ? unpainted : annotation)
}

/** Whether an annotation is a mask, or a raster layer, as a whole or in its frames. */
export function isOf(annotation: Annotation, type: "mask" | "raster_layer"): boolean {
  if (annotation.type !== "video") return annotation.type === type
  return Object.values(annotation.frames).some((frame) => frame[type] !== undefined)
}

function keepMasks(
  annotation: Annotation,
  masks: ReadonlySet<string>,
  painted: Set<string>,
): Annotation | undefined {
  if (annotation.type === "raster_layer") {
    const layer = settleLayer(annotation.raster_layer, masks, painted)
    return layer && { ...annotation, raster_layer: layer }
  }
  if (annotation.type !== "video") return annotation
  const frames: Record<string, Frame> = {}
  for (const [index, frame] of Object.entries(annotation.frames)) {
    if (frame.raster_layer === undefined) {
      frames[index] = frame
      continue
    }
    const layer = settleLayer(frame.raster_layer, masks, painted)
    if (layer !== undefined) frames[index] = { ...frame, raster_layer: layer }
  }
  return Object.keys(frames).length === 0 ? undefined : { ...annotation, frames }
}

function settleLayer(
  layer: RasterLayer,
  masks: ReadonlySet<string>,
  painted: Set<string>,
): RasterLayer | undefined {
  const { dense_rle: runs, mask_annotation_ids_mapping: mapping } = layer
  const occurring = new Set<number>()
  for (let index = 0; index + 1 < runs.length; index += 2) {
    if ((runs[index + 1] ?? 0) > 0) occurring.add(runs[index] ?? 0)
  }
  const kept: Record<string, number> = {}
  const dropped = new Set<number>()
  for (const [id, label] of Object.entries(mapping)) {
    if (!occurring.has(label)) continue
    if (masks.has(id)) {
      kept[id] = label
      painted.add(id)
    } else dropped.add(label)
  }
  if (Object.keys(kept).length === 0) return undefined
  if (dropped.size === 0 && Object.keys(kept).length === Object.keys(mapping).length) return layer
  return { ...layer, dense_rle: without(dropped, runs), mask_annotation_ids_mapping: kept }
}

/** The runs with some labels made background. */
function without(labels: ReadonlySet<number>, runs: readonly number[]): number[] {
  const result: number[] = []
  for (let index = 0; index + 1 < runs.length; index += 2) {
    const label = labels.has(runs[index] ?? 0) ? 0 : (runs[index] ?? 0)
    const length = runs[index + 1] ?? 0
    if (result.at(-2) === label) result[result.length - 1] = (result.at(-1) ?? 0) + length
    else result.push(label, length)
  }
  return result
}
