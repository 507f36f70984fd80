import type { Annotation, RasterLayer, RasterLayerAnnotation } from "../model/annotation.ts"
import { covers, rasterLayerToRles, rasterLayerToRuns } from "./raster-layer.ts"
import type { Rle } from "./rle.ts"

/** The masks of one image, by the ids of their annotations. */
export interface Masks {
  /** A mask's pixels, or why they cannot be had. */
  rle(id: string | undefined): Rle | string
  /** The same as `rasterLayerToRuns` gives them. */
  runs(id: string | undefined): readonly number[] | string
  /** Why a raster layer does not go out whole; undefined when every pixel of it belongs to a mask. */
  fault(layer: RasterLayerAnnotation): string | undefined
}

interface Size {
  readonly width: number
  readonly height: number
}

const uncovered = "the runs of the raster layer do not cover the image"

/** Finds the masks of an image in its raster layers. A layer is decoded once, when its first mask is asked for. */
export function createMasks(annotations: readonly Annotation[], size: Size | undefined): Masks {
  const layers = annotations.filter((one): one is RasterLayerAnnotation => one.type === "raster_layer")
  const ids = new Set(annotations.map((one) => (one.type === "mask" ? one.id : undefined)))
  const covering = new Map<RasterLayer, boolean>()
  const rles = new Map<RasterLayer, Map<number, Rle>>()
  const runs = new Map<RasterLayer, Map<number, number[]>>()

  const isCovering = (layer: RasterLayer, { width, height }: Size): boolean => {
    const known = covering.get(layer) ?? covers(layer, width, height)
    covering.set(layer, known)
    return known
  }
  const pixels = <Pixels>(
    id: string | undefined,
    decoded: Map<RasterLayer, Map<number, Pixels>>,
    decode: (layer: RasterLayer, labels: readonly number[], size: Size) => Map<number, Pixels>,
  ): Pixels | string => {
    const holding = layers
      .map(({ raster_layer }) => raster_layer)
      .filter((layer) => id !== undefined && Object.hasOwn(layer.mask_annotation_ids_mapping, id))
    const [layer] = holding
    if (layer === undefined || id === undefined) return "no raster layer holds its pixels"
    if (holding.length > 1) return "several raster layers hold its pixels"
    if (size === undefined) return "its image has no size"
    if (!isCovering(layer, size)) return uncovered
    const labels = layer.mask_annotation_ids_mapping
    const known = decoded.get(layer) ?? decode(layer, Object.values(labels), size)
    decoded.set(layer, known)
    return known.get(labels[id] as number) as Pixels
  }

  return {
    rle: (id) =>
      pixels(id, rles, (layer, labels, { width, height }) => {
        return rasterLayerToRles(layer, labels, width, height) as Map<number, Rle>
      }),
    runs: (id) => pixels(id, runs, rasterLayerToRuns),
    fault: ({ raster_layer: layer }) => {
      if (size === undefined) return "its image has no size"
      if (!isCovering(layer, size)) return uncovered
      const claimed = new Set<number>([0])
      for (const [id, label] of Object.entries(layer.mask_annotation_ids_mapping)) {
        if (ids.has(id)) claimed.add(label)
      }
      if (claimed.size === 1) return "no mask annotation belongs to it"
      const runs = layer.dense_rle
      for (let i = 0; i < runs.length; i += 2) {
        if (!claimed.has(runs[i] as number) && (runs[i + 1] as number) > 0) {
          return "some of its pixels belong to no mask annotation"
        }
      }
      return undefined
    },
  }
}
