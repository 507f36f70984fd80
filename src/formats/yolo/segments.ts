import { rleToPaths } from "../../geometry/contours.ts"
import { ellipseToPath } from "../../geometry/ellipse.ts"
import { joinPaths } from "../../geometry/join-paths.ts"
import { boundsOf, type Path, pathsOf } from "../../geometry/polygon.ts"
import type { Box, Point } from "../../model/point.ts"
import { clipBox, clipPath } from "./geometry.ts"
import { type Labelled, noArea, outside, type Size, type YoloPicture } from "./picture.ts"

/** The one contour of an annotation within its image, or why there is none. Parts and holes are joined by bridges. */
export function contourOf(annotation: Labelled, size: Size, { masks }: YoloPicture): Path | string {
  switch (annotation.type) {
    case "bounding_box":
      return cornersOf(annotation.bounding_box, size)
    case "polygon":
      return joined(pathsOf(annotation.polygon), size)
    case "ellipse":
      return joined([ellipseToPath(annotation.ellipse)], size)
    case "mask": {
      const rle = masks().rle(annotation.id)
      if (typeof rle === "string") return rle
      const contour = joinPaths(rleToPaths(rle))
      return contour.length > 0 ? contour : "it has no pixel"
    }
  }
}

/** As the numbers of a label: x and y of each point, relative to the image. */
export function contourNumbers(contour: Path, { width, height }: Size): string {
  let numbers = ""
  for (const { x, y } of contour) numbers += ` ${x / width} ${y / height}`
  return numbers
}

function cornersOf(box: Box, { width, height }: Size): Point[] | string {
  if (!(box.w > 0 && box.h > 0)) return noArea
  const inside = clipBox(box, width, height)
  if (inside === undefined) return outside
  const { x, y } = inside
  // The far edge is the image's where it was clipped there: a sum may be off by its last digit.
  const right = Math.min(width, x + inside.w)
  const bottom = Math.min(height, y + inside.h)
  return [
    { x, y },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
  ]
}

function joined(paths: readonly Path[], { width, height }: Size): Path | string {
  const areas = paths.filter((path) => path.length >= 3)
  if (areas.length === 0) return "it has fewer than three points"
  if (!hasArea(areas)) return noArea
  const visible = areas
    .map((path) => clipPath(path, width, height))
    .filter((path) => path.length >= 3 && hasArea([path]))
  return visible.length > 0 ? joinPaths(visible) : outside
}

function hasArea(paths: readonly Path[]): boolean {
  const bounds = boundsOf(paths)
  return bounds !== undefined && bounds.w > 0 && bounds.h > 0
}
