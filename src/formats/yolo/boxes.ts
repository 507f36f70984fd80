import { ellipseToPath } from "../../geometry/ellipse.ts"
import { boundsOf, type Path, pathsOf } from "../../geometry/polygon.ts"
import { rleBounds } from "../../geometry/rle.ts"
import type { Box } from "../../model/point.ts"
import { clipBox, clipPath, ellipseBounds, polygonBox } from "./geometry.ts"
import { type Labelled, noArea, outside, type Size, type YoloPicture } from "./picture.ts"

/** The box of an annotation within its image, or why there is none. */
export function boxOf(annotation: Labelled, size: Size, { masks }: YoloPicture): Box | string {
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

/** As the numbers of a label: centre, width and height, relative to the image. */
export function boxNumbers({ x, y, w, h }: Box, { width, height }: Size): string {
  return ` ${(x + w / 2) / width} ${(y + h / 2) / height} ${w / width} ${h / height}`
}

function clipped(box: Box, { width, height }: Size): Box | string {
  if (!(box.w > 0 && box.h > 0)) return noArea
  return clipBox(box, width, height) ?? outside
}

/** Where a shape reaches out of the image, the box around what of it is inside: tighter than its own box, clipped. */
function within(box: Box, paths: () => readonly Path[], size: Size): Box | string {
  const inside = clipped(box, size)
  if (typeof inside === "string" || inside === box) return inside
  const visible = boundsOf(paths().map((path) => clipPath(path, size.width, size.height)))
  return visible !== undefined && visible.w > 0 && visible.h > 0 ? visible : outside
}
