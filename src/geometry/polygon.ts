import type { PolygonAnnotation, Shapes } from "../model/annotation.ts"
import type { Box, Point } from "../model/point.ts"

/** A closed line through its points; the last joins the first. */
export type Path = readonly Point[]

/** The paths of a Darwin polygon in either of its two forms. */
export function pathsOf(polygon: Shapes["polygon"]): readonly Path[] {
  return "paths" in polygon ? polygon.paths : [polygon.path]
}

/** Why a box is left out that no consumer takes; undefined for one that has an extent, which may be 0, and an end. */
export function boxFault({ x, y, w, h }: Box): string | undefined {
  if (!(w >= 0 && h >= 0)) return "its width or height is negative"
  return Number.isFinite(x + w) && Number.isFinite(y + h) ? undefined : "its numbers are too large"
}

/**
 * The area inside a path by the shoelace formula, in square pixels, whichever way round it runs. Where a path crosses
 * itself, parts that run opposite ways are subtracted from one another.
 */
export function pathArea(path: Path): number {
  const origin = path[0]
  if (origin === undefined) return 0
  let twice = 0
  let previousX = 0
  let previousY = 0
  // Seen from the first point: far from the image's corner the products would lose the digits that count.
  for (let i = 1; i < path.length; i++) {
    const point = path[i] as Point
    const x = point.x - origin.x
    const y = point.y - origin.y
    twice += previousX * y - x * previousY
    previousX = x
    previousY = y
  }
  return Math.abs(twice) / 2
}

/** The smallest box around all points of some paths; `undefined` where there is no point. */
export function boundsOf(paths: readonly Path[]): Box | undefined {
  let left = Number.POSITIVE_INFINITY
  let top = Number.POSITIVE_INFINITY
  let right = Number.NEGATIVE_INFINITY
  let bottom = Number.NEGATIVE_INFINITY
  for (const path of paths) {
    for (const { x, y } of path) {
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      if (y > bottom) bottom = y
    }
  }
  return left <= right && top <= bottom ? { x: left, y: top, w: right - left, h: bottom - top } : undefined
}

// V7 rounds the boxes that it stores beside polygons; one that is further off is not of this polygon.
const tolerance = 0.05

/**
 * The box of a polygon annotation: the one stored beside the polygon where it is the polygon's to within 0.05 pixels, as
 * V7 rounds it, else the one around all points. `undefined` where there is neither a point nor a stored box.
 *
 * @example
 * const path = [{ x: 1, y: 1 }, { x: 4, y: 1 }, { x: 4, y: 3 }]
 * polygonBox({ type: "polygon", name: "car", polygon: { path } }) // { x: 1, y: 1, w: 3, h: 2 }
 */
export function polygonBox({ polygon, bounding_box: stored }: PolygonAnnotation): Box | undefined {
  const bounds = boundsOf(pathsOf(polygon))
  if (stored === undefined || !isBox(stored)) return bounds
  if (bounds === undefined) return stored
  const isSame =
    near(stored.x, bounds.x) &&
    near(stored.y, bounds.y) &&
    near(stored.x + stored.w, bounds.x + bounds.w) &&
    near(stored.y + stored.h, bounds.y + bounds.h)
  return isSame ? stored : bounds
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance
}

// The model does not vouch for a box beside a polygon.
function isBox(box: unknown): box is Box {
  const { x, y, w, h } = (box ?? {}) as Partial<Box>
  return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(w) && Number.isFinite(h)
}
