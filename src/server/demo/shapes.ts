import type { Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"

/** A part of the plane: a pixel belongs to it when `contains` holds for the pixel's centre. */
export interface Region {
  /** A box around the whole region. */
  readonly extent: Box
  contains(x: number, y: number): boolean
}

/** The smallest box around points. */
export function extentOf(points: readonly Point[]): Box {
  const xs = points.map((point) => point.x)
  const ys = points.map((point) => point.y)
  const x = Math.min(...xs)
  const y = Math.min(...ys)
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y }
}

/** The smallest box around two boxes. */
export function unionOf(one: Box, other: Box): Box {
  return extentOf([one, other].flatMap((box) => [box, { x: box.x + box.w, y: box.y + box.h }]))
}

/** The points of a rectangle, clockwise from the top left. */
export function cornersOf({ x, y, w, h }: Box): Point[] {
  return [
    { x, y },
    { x: x + w, y },
    { x: x + w, y: y + h },
    { x, y: y + h },
  ]
}

/** The region of a box: left and top edge belong to it, right and bottom edge do not. */
export function boxRegion(box: Box): Region {
  return {
    extent: box,
    contains: (x, y) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h,
  }
}

/** The region between closed paths by the even-odd rule: a path inside another is a hole. */
export function polygonRegion(paths: readonly (readonly Point[])[]): Region {
  const edges = paths.flatMap((path) =>
    path.map((from, index) => [from, path[(index + 1) % path.length] ?? from] as const),
  )
  return {
    extent: extentOf(paths.flat()),
    contains(x, y) {
      let inside = false
      for (const [from, to] of edges) {
        if (from.y > y === to.y > y) continue
        if (x < from.x + ((y - from.y) * (to.x - from.x)) / (to.y - from.y)) inside = !inside
      }
      return inside
    },
  }
}

/** The region of an ellipse. A positive angle turns the x axis towards the y axis: clockwise on screen. */
export function ellipseRegion({ angle, center, radius }: Shapes["ellipse"]): Region {
  const cosine = Math.cos(angle)
  const sine = Math.sin(angle)
  const reach = Math.max(radius.x, radius.y)
  return {
    extent: { x: center.x - reach, y: center.y - reach, w: 2 * reach, h: 2 * reach },
    contains(x, y) {
      const along = (x - center.x) * cosine + (y - center.y) * sine
      const across = (y - center.y) * cosine - (x - center.x) * sine
      return (along / radius.x) ** 2 + (across / radius.y) ** 2 <= 1
    },
  }
}

/** The region of a disc. */
export function discRegion(center: Point, radius: number): Region {
  return ellipseRegion({ angle: 0, center, radius: { x: radius, y: radius } })
}

/** The region within half a width of an open path, with round ends. */
export function strokeRegion(path: readonly Point[], width: number): Region {
  const { x, y, w, h } = extentOf(path)
  const reach = width / 2
  return {
    extent: { x: x - reach, y: y - reach, w: w + width, h: h + width },
    contains: (px, py) =>
      path.some((to, index) => {
        const from = path[index - 1] ?? to
        return squaredDistance({ x: px, y: py }, from, to) <= reach ** 2
      }),
  }
}

function squaredDistance(point: Point, from: Point, to: Point): number {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length
  const clamped = Math.min(1, Math.max(0, along))
  return (point.x - from.x - clamped * dx) ** 2 + (point.y - from.y - clamped * dy) ** 2
}
