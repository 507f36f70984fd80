import { clipBox, clipPath } from "../../geometry/clip.ts"
import { ellipseBounds, ellipseToPath } from "../../geometry/ellipse.ts"
import { boundsOf, type Path, pathsOf, polygonBox } from "../../geometry/polygon.ts"
import { rleBounds } from "../../geometry/rle.ts"
import type { Box } from "../../model/point.ts"
import type { LabelBytes } from "./label-bytes.ts"
import { hasArea, type Labelled, noArea, outside, type Size, type YoloPicture } from "./picture.ts"

/** Adds the box of an annotation within its image: centre, width and height. Gives the reason where there is none. */
export function addBox(
  out: LabelBytes,
  annotation: Labelled,
  size: Size,
  picture: YoloPicture,
): string | undefined {
  const box = boxOf(annotation, size, picture)
  if (typeof box === "string") return box
  const { width, height } = size
  const { x, y, w, h } = box
  if (!hasArea(box, size)) return noArea
  out.fraction((x + w / 2) / width)
  out.fraction((y + h / 2) / height)
  out.fraction(w / width)
  out.fraction(h / height)
  return undefined
}

/** The box, or why there is none. */
function boxOf(annotation: Labelled, size: Size, { masks }: YoloPicture): Box | string {
  switch (annotation.type) {
    case "bounding_box":
      return clipped(annotation.bounding_box, size)
    case "polygon": {
      const box = polygonBox(annotation)
      if (box === undefined) return "it has no point"
      return within(box, () => pathsOf(annotation.polygon), size)
    }
    case "ellipse": {
      const { ellipse } = annotation
      return within(ellipseBounds(ellipse), () => [ellipseToPath(ellipse)], size)
    }
    case "mask": {
      const rle = masks().rle(annotation.id)
      return typeof rle === "string" ? rle : (rleBounds(rle) ?? "it has no pixel")
    }
  }
}

function clipped(box: Box, size: Size): Box | string {
  if (!hasArea(box, size)) return noArea
  return clipBox(box, size.width, size.height) ?? outside
}

/** Where a shape reaches out of the image, the box around what of it is inside: tighter than its own box, clipped. */
function within(box: Box, paths: () => readonly Path[], size: Size): Box | string {
  const inside = clipped(box, size)
  if (typeof inside === "string" || inside === box) return inside
  const visible = boundsOf(paths().map((path) => clipPath(path, size.width, size.height)))
  return visible ?? outside
}
