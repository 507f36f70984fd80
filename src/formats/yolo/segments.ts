import { clipBox, clipPath } from "../../geometry/clip.ts"
import { rleToPaths } from "../../geometry/contours.ts"
import { ellipseToPath } from "../../geometry/ellipse.ts"
import { joinPaths } from "../../geometry/join-paths.ts"
import { boundsOf, type Path, pathsOf } from "../../geometry/polygon.ts"
import type { Box, Point } from "../../model/point.ts"
import type { LabelBytes } from "./label-bytes.ts"
import { hasArea, type Labelled, noArea, outside, type Size, type YoloPicture } from "./picture.ts"

/**
 * Adds the one contour of an annotation within its image, x and y of each point. Parts and holes are joined by bridges.
 * Gives the reason where there is none.
 */
export function addContour(
  out: LabelBytes,
  annotation: Labelled,
  size: Size,
  picture: YoloPicture,
): string | undefined {
  const contour = contourOf(annotation, size, picture)
  if (typeof contour === "string") return contour
  const { width, height } = size
  for (const { x, y } of contour) {
    out.fraction(x / width)
    out.fraction(y / height)
  }
  return undefined
}

/** The contour, or why there is none. */
function contourOf(annotation: Labelled, size: Size, { masks }: YoloPicture): Path | string {
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

function cornersOf(box: Box, size: Size): Point[] | string {
  if (!hasArea(box, size)) return noArea
  const { width, height } = size
  const inside = clipBox(box, width, height)
  if (inside === undefined) return outside
  if (!hasArea(inside, size)) return noArea
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

function joined(paths: readonly Path[], size: Size): Path | string {
  const { width, height } = size
  const visible: Path[] = []
  let reason = "it has fewer than three points"
  for (const path of paths) {
    if (path.length < 3) continue
    const bounds = boundsOf([path])
    if (!hasArea(bounds, size)) {
      if (reason !== outside) reason = noArea
      continue
    }
    const inside = clipBox(bounds, width, height) === bounds ? path : clipPath(path, width, height)
    if (inside === path || (inside.length >= 3 && hasArea(boundsOf([inside]), size))) visible.push(inside)
    else reason = outside
  }
  return visible.length > 0 ? joinPaths(visible) : reason
}
