import type { Annotation, RasterLayer, RasterLayerAnnotation } from "../model/annotation.ts"
import { rasterLayerToRles } from "./raster-layer.ts"
import type { Rle } from "./rle.ts"

/** The masks of one image, by the ids of their annotations. */
export interface Masks {
  /** A mask's pixels, or why they cannot be had. */
  rle(id: string | undefined): Rle | string
  /** Why a raster layer does not go out whole; undefined when every pixel of it belongs to a mask. */
  fault(layer: RasterLayerAnnotation): string | undefined
}

const uncovered = "the runs of the raster layer do not cover the image"

/** Finds the masks of an image in its raster layers. A layer is decoded once, when its first mask is asked for. */
export function createMasks(
  annotations: readonly Annotation[],
  size: { readonly width: number; readonly height: number } | undefined,
): Masks {
  const layers = annotations.filter((one): one is RasterLayerAnnotation => one.type === "raster_layer")
  const ids = new Set(annotations.map((one) => (one.type === "mask" ? one.id : undefined)))
  const decoded = new Map<RasterLayer, Map<number, Rle> | undefined>()

  const decode = (layer: RasterLayer): Map<number, Rle> | undefined => {
    if (size === undefined) return undefined
    if (!decoded.has(layer)) {
      const labels = Object.values(layer.mask_annotation_ids_mapping)
      decoded.set(layer, rasterLayerToRles(layer, labels, size.width, size.height))
    }
    return decoded.get(layer)
  }

  return {
    rle: (id) => {
      const holding = layers
        .map(({ raster_layer }) => raster_layer)
        .filter((layer) => id !== undefined && Object.hasOwn(layer.mask_annotation_ids_mapping, id))
      const [layer] = holding
      if (layer === undefined || id === undefined) return "no raster layer holds its pixels"
      if (holding.length > 1) return "several raster layers hold its pixels"
      if (size === undefined) return "its image has no size"
      return decode(layer)?.get(layer.mask_annotation_ids_mapping[id] as number) ?? uncovered
    },
    fault: ({ raster_layer: layer }) => {
      if (size === undefined) return "its image has no size"
      if (decode(layer) === undefined) return uncovered
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
