import { createMasks, type Masks } from "../../geometry/masks.ts"
import type {
  Annotation,
  BoundingBoxAnnotation,
  EllipseAnnotation,
  MaskAnnotation,
  PolygonAnnotation,
} from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Box } from "../../model/point.ts"
import { fractionUnit } from "./label-bytes.ts"

/** What the annotations of one picture share. */
export interface YoloPicture {
  /** Undefined where it is not known, or is none. */
  readonly size: Size | undefined
  readonly masks: () => Masks
}

/** Width and height in pixels, both above 0: what every number of a label is relative to. */
export interface Size {
  readonly width: number
  readonly height: number
}

export function createYoloPicture({ item, annotations }: AnnotationFile): YoloPicture {
  const size = sizeOf(item.slots?.[0] ?? {})
  let masks: Masks | undefined
  return {
    size,
    masks: () => {
      masks ??= createMasks(annotations, size)
      return masks
    },
  }
}

function sizeOf({ width, height }: { width?: number | null; height?: number | null }): Size | undefined {
  if (typeof width !== "number" || typeof height !== "number") return undefined
  return width > 0 && height > 0 ? { width, height } : undefined
}

/** The annotations that become a line of a label file, in either of the formats. Their classes are numbered. */
export type Labelled = BoundingBoxAnnotation | PolygonAnnotation | EllipseAnnotation | MaskAnnotation

export function isLabelled(annotation: Annotation): annotation is Labelled {
  const { type } = annotation
  return type === "bounding_box" || type === "polygon" || type === "ellipse" || type === "mask"
}

/** Why such an annotation has no line. */
export const noSize = "the size of its image is not known"
export const outside = "it is outside of the image"
export const noArea = "it has no area"

/** Whether a box is as wide and high in its image as can be written, with a margin for rounding. */
export function hasArea(box: Box | undefined, { width, height }: Size): box is Box {
  return box !== undefined && box.w > 2 * fractionUnit * width && box.h > 2 * fractionUnit * height
}
