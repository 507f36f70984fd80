import type { Shapes } from "../model/annotation.ts"
import type { Box, Point } from "../model/point.ts"

/** A closed line through its points; the last joins the first. */
export type Path = readonly Point[]

/** The paths of a Darwin polygon in either of its two forms. */
export function pathsOf(polygon: Shapes["polygon"]): readonly Path[] {
  return "paths" in polygon ? polygon.paths : [polygon.path]
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
