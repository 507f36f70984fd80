import type { Box, Point } from "../model/point.ts"
import { boundsOf, type Path } from "./polygon.ts"

// Comparisons of edges. Beyond it the answer is "not disjoint", which is always safe: it costs exactness of outline
// only.
const budget = 5_000_000

/**
 * Whether no two paths touch, cross or hold one another, so that the shape is the plain union of its parts. Exact but
 * for the rounding of floating point; `false` for shapes so large that it cannot be told with bounded work.
 */
export function areDisjoint(paths: readonly Path[]): boolean {
  const parts: { path: Path; box: Box }[] = []
  for (const path of paths) {
    const box = boundsOf([path])
    if (box !== undefined) parts.push({ path, box })
  }
  parts.sort((a, b) => a.box.x - b.box.x)
  const spent = { comparisons: 0 }
  for (let i = 0; i < parts.length; i++) {
    const a = parts[i] as (typeof parts)[number]
    for (let j = i + 1; j < parts.length; j++) {
      const b = parts[j] as (typeof parts)[number]
      if (b.box.x > a.box.x + a.box.w) break
      if (++spent.comparisons > budget) return false
      if (overlap(a.box, b.box) && meet(a.path, b.path, a.box, b.box, spent)) return false
    }
  }
  return true
}

function overlap(a: Box, b: Box): boolean {
  return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h
}

function meet(a: Path, b: Path, boxA: Box, boxB: Box, spent: { comparisons: number }): boolean {
  const edgesA = edgesWithin(a, boxB)
  const edgesB = edgesWithin(b, boxA)
  let from = 0
  for (const edge of edgesA) {
    // Edges stand in order of their left ends; those that ended long before are left behind.
    while (from < edgesB.length && (edgesB[from] as Edge).reach < edge.left) from++
    for (let j = from; j < edgesB.length; j++) {
      const other = edgesB[j] as Edge
      if (other.left > edge.right) break
      if (++spent.comparisons > budget) return true
      if (cross(edge, other)) return true
    }
  }
  return isInside(a[0] as Point, b) || isInside(b[0] as Point, a)
}

interface Edge {
  readonly from: Point
  readonly to: Point
  readonly left: number
  readonly right: number
  /** The farthest right end of this edge and all before it. */
  reach: number
}

function edgesWithin(path: Path, box: Box): Edge[] {
  const edges: Edge[] = []
  for (let i = 0; i < path.length; i++) {
    const from = path[i] as Point
    const to = path[i + 1 === path.length ? 0 : i + 1] as Point
    const [left, right] = from.x < to.x ? [from.x, to.x] : [to.x, from.x]
    const [top, bottom] = from.y < to.y ? [from.y, to.y] : [to.y, from.y]
    if (left <= box.x + box.w && right >= box.x && top <= box.y + box.h && bottom >= box.y) {
      edges.push({ from, to, left, right, reach: right })
    }
  }
  edges.sort((a, b) => a.left - b.left)
  let reach = Number.NEGATIVE_INFINITY
  for (const edge of edges) {
    reach = Math.max(reach, edge.right)
    edge.reach = reach
  }
  return edges
}

function cross(a: Edge, b: Edge): boolean {
  if (Math.max(a.from.y, a.to.y) < Math.min(b.from.y, b.to.y)) return false
  if (Math.max(b.from.y, b.to.y) < Math.min(a.from.y, a.to.y)) return false
  return side(a, b.from) * side(a, b.to) <= 0 && side(b, a.from) * side(b, a.to) <= 0
}

/** The side of an edge that a point is on: 1, -1, or 0 on its line. */
function side({ from, to }: Edge, point: Point): number {
  return Math.sign((to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x))
}

/** Even-odd: the edges that a ray to the right meets. */
function isInside({ x, y }: Point, path: Path): boolean {
  let inside = false
  let previous = path[path.length - 1] as Point
  for (const point of path) {
    if (point.y > y !== previous.y > y) {
      const crossing = previous.x + ((y - previous.y) / (point.y - previous.y)) * (point.x - previous.x)
      if (x < crossing) inside = !inside
    }
    previous = point
  }
  return inside
}
