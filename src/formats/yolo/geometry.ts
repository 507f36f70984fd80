import { boundsOf, type Path, pathsOf } from "../../geometry/polygon.ts"
import type { PolygonAnnotation, Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"

/** Provisional: until `src/geometry` has these. */
export function clipBox(box: Box, width: number, height: number): Box | undefined {
  const left = Math.max(0, box.x)
  const top = Math.max(0, box.y)
  const right = Math.min(width, box.x + box.w)
  const bottom = Math.min(height, box.y + box.h)
  if (!(left < right && top < bottom)) return undefined
  if (left === box.x && top === box.y && right === box.x + box.w && bottom === box.y + box.h) return box
  return { x: left, y: top, w: right - left, h: bottom - top }
}

export function clipPath(path: Path, width: number, height: number): Path {
  const box = boundsOf([path])
  if (box === undefined || clipBox(box, width, height) === box) return path
  let points: Path = path
  for (const [axis, sign, limit] of [
    ["x", 1, 0],
    ["x", -1, width],
    ["y", 1, 0],
    ["y", -1, height],
  ] as const) {
    const kept: Point[] = []
    let previous = points[points.length - 1] as Point
    for (const point of points) {
      const inside = sign * (point[axis] - limit) >= 0
      const wasInside = sign * (previous[axis] - limit) >= 0
      if (inside !== wasInside) {
        const t = (limit - previous[axis]) / (point[axis] - previous[axis])
        const other = axis === "x" ? "y" : "x"
        const at = previous[other] + t * (point[other] - previous[other])
        kept.push(axis === "x" ? { x: limit, y: at } : { x: at, y: limit })
      }
      if (inside) kept.push(point)
      previous = point
    }
    points = kept
    if (points.length === 0) break
  }
  return points
}

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
  return Math.abs(a - b) <= 0.05
}

function isBox(box: unknown): box is Box {
  const { x, y, w, h } = (box ?? {}) as Partial<Box>
  return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(w) && Number.isFinite(h)
}

export function ellipseBounds({ angle, center, radius }: Shapes["ellipse"]): Box {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const w = Math.hypot(radius.x * cos, radius.y * sin)
  const h = Math.hypot(radius.x * sin, radius.y * cos)
  return { x: center.x - w, y: center.y - h, w: 2 * w, h: 2 * h }
}
