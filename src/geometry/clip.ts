import type { Box, Point } from "../model/point.ts"
import { type Path, pathArea } from "./polygon.ts"

/**
 * The part of a box that is in the image. A box wholly inside comes back as it is, also one of no extent; `undefined`
 * where nothing is left or only a border, and for what is not a number.
 *
 * @example
 * clipBox({ x: -7, y: 2, w: 20, h: 10 }, 10, 8) // { x: 0, y: 2, w: 10, h: 6 }
 */
export function clipBox(box: Box, width: number, height: number): Box | undefined {
  const right = box.x + box.w
  const bottom = box.y + box.h
  if (box.w >= 0 && box.h >= 0 && box.x >= 0 && box.y >= 0 && right <= width && bottom <= height) return box
  const x = Math.max(0, box.x)
  const y = Math.max(0, box.y)
  const w = Math.min(width, right) - x
  const h = Math.min(height, bottom) - y
  return w > 0 && h > 0 ? { x, y, w, h } : undefined
}

// Infinity, and what is so far out that no digits are left for the pixels of an image, is taken as this.
const farthest = 1e15

/**
 * The part of a path that is in the image, by Sutherland and Hodgman: one path, whose parts are joined along the image's
 * border where the image cuts it into several. Filled even-odd, it is the path's own area in the image. A path wholly
 * inside comes back as it is; one that leaves nothing but border gives `[]`. Points that are not a number are left out.
 *
 * The paths of a polygon are clipped one by one: holes stay holes.
 *
 * @example
 * clipPath([{ x: -2, y: 1 }, { x: 2, y: 1 }, { x: 2, y: 3 }, { x: -2, y: 3 }], 4, 4)
 * // [{ x: 0, y: 1 }, { x: 2, y: 1 }, { x: 2, y: 3 }, { x: 0, y: 3 }]
 */
export function clipPath(path: Path, width: number, height: number): Path {
  if (path.every(({ x, y }) => x >= 0 && x <= width && y >= 0 && y <= height)) return path
  let clipped: Path = path
    .filter(({ x, y }) => !Number.isNaN(x) && !Number.isNaN(y))
    .map(({ x, y }) => ({ x: bounded(x), y: bounded(y) }))
  clipped = cut(clipped, "x", "y", 0, 1)
  clipped = cut(clipped, "x", "y", width, -1)
  clipped = cut(clipped, "y", "x", 0, 1)
  clipped = cut(clipped, "y", "x", height, -1)
  // All along the border: round the image an odd number of times, or round nothing at all.
  const isBorder = clipped.every((point, i) => {
    const next = clipped[i + 1 === clipped.length ? 0 : i + 1] as Point
    return (
      (point.x === next.x && (point.x === 0 || point.x === width)) ||
      (point.y === next.y && (point.y === 0 || point.y === height))
    )
  })
  if (!isBorder) return clipped
  return Math.round(pathArea(clipped) / (width * height)) % 2 === 1 ? clipped : []
}

function bounded(coordinate: number): number {
  return Math.max(-farthest, Math.min(farthest, coordinate))
}

/** What is on one side of a line across an axis: where the coordinate is at least `bound` (side 1) or at most (-1). */
function cut(path: Path, axis: "x" | "y", other: "x" | "y", bound: number, side: 1 | -1): Path {
  const kept: Point[] = []
  const add = (point: Point) => {
    const last = kept[kept.length - 1]
    if (last === undefined || last.x !== point.x || last.y !== point.y) kept.push(point)
  }
  const isIn = (point: Point) => (point[axis] - bound) * side >= 0
  // Always from the inner point, so that an edge is cut at one place whichever way it runs.
  const crossing = (inner: Point, outer: Point) => {
    const ratio = (bound - inner[axis]) / (outer[axis] - inner[axis])
    const [from, to] = [inner[other], outer[other]]
    // Rounding must not lead past the ends.
    const along = Math.max(Math.min(from, to), Math.min(Math.max(from, to), from + ratio * (to - from)))
    return axis === "x" ? { x: bound, y: along } : { x: along, y: bound }
  }
  let previous = path[path.length - 1] as Point
  for (const point of path) {
    if (isIn(point)) {
      if (!isIn(previous)) add(crossing(point, previous))
      add(point)
    } else if (isIn(previous)) add(crossing(previous, point))
    previous = point
  }
  const [first, last] = [kept[0], kept[kept.length - 1]]
  if (kept.length > 1 && first?.x === last?.x && first?.y === last?.y) kept.pop()
  return kept
}
