import type { Labels } from "./labels.ts"
import type { Path } from "./polygon.ts"

// Beyond it a coordinate is taken as this: the farther out, the fewer digits are left for the pixels in the image.
const farthest = 1e15

/** Fields of an edge, from its left end on: where that is, how far it is to the right end, and along y up or down. */
const [x0, y0, deltaX, deltaY, direction, fields] = [0, 1, 2, 3, 4, 5]

/**
 * Paints a polygon with its borders, by the rule that darwin-py's masks have (`draw_polygon` of upolygon 0.2.2), pixel
 * by pixel:
 *
 * - vertices go to the nearest whole coordinates, halves to the even one;
 * - what is inside by even-odd over all paths is painted, the first and the last pixel of each stretch of a row too;
 * - the edges are painted by Bresenham's way, from left to right, half pixels to the side of the left end. The pixel of
 *   the right end is not part of an edge, unless the edge is horizontal, vertical or a single point.
 *
 * What lies outside of the image is cut off. The caller has checked the size of `labels`. Returns the number of pixels
 * painted. The work is that of the rows which the edges cross and of the pixels painted.
 */
export function fillInclusive(
  labels: Labels,
  width: number,
  height: number,
  paths: readonly Path[],
  label: number,
): number {
  const edges = edgesOf(paths, height)
  const count = edges.length / fields
  if (count === 0 || width === 0) return 0

  // Edges hang in a list at the first row that they reach.
  const starting = new Int32Array(height).fill(-1)
  const following = new Int32Array(count)
  let row = height
  for (let edge = 0; edge < count; edge++) {
    const first = Math.max(0, topOf(edges, edge * fields))
    following[edge] = starting[first] as number
    starting[first] = edge
    if (first < row) row = first
  }

  const active = new Uint32Array(count)
  const crossings = new Int32Array(count)
  const runs = new Float64Array(count * 2)
  let activeLength = 0
  let waiting = count
  let painted = 0
  for (; row < height && (activeLength > 0 || waiting > 0); row++) {
    for (let edge = starting[row] as number; edge >= 0; edge = following[edge] as number) {
      active[activeLength++] = edge * fields
      waiting--
    }
    let crossingsLength = 0
    let runsLength = 0
    let kept = 0
    for (let i = 0; i < activeLength; i++) {
      const edge = active[i] as number
      const bottom = bottomOf(edges, edge)
      if (row < bottom) {
        active[kept++] = edge
        crossings[crossingsLength++] = clamp(columnAt(edges, edge, row), width)
      }
      const run = runAt(edges, edge, row, width)
      if (run >= 0) runs[runsLength++] = run
    }
    activeLength = kept
    sort(crossings, crossingsLength)
    for (let i = 0; i < crossingsLength; i += 2) {
      const from = Math.max(0, crossings[i] as number)
      const to = Math.min(width - 1, crossings[i + 1] as number)
      if (from <= to) runs[runsLength++] = from * width + to
    }
    sort(runs, runsLength)
    painted += paintRuns(labels, width, row * width, runs, runsLength, label)
  }
  return painted
}

/** The edges that reach any row of the image, `fields` numbers each. */
function edgesOf(paths: readonly Path[], height: number): Float64Array {
  let points = 0
  for (const path of paths) points += path.length
  const edges = new Float64Array(points * fields)
  let length = 0
  const add = (fromX: number, fromY: number, toX: number, toY: number) => {
    if (Math.max(fromY, toY) < 0 || Math.min(fromY, toY) >= height) return
    const forward = fromX <= toX
    edges[length + x0] = forward ? fromX : toX
    edges[length + y0] = forward ? fromY : toY
    edges[length + deltaX] = Math.abs(toX - fromX)
    edges[length + deltaY] = Math.abs(toY - fromY)
    edges[length + direction] = forward === fromY <= toY ? 1 : -1
    length += fields
  }
  for (const path of paths) {
    let [firstX, firstY, lastX, lastY] = [Number.NaN, 0, 0, 0]
    for (const { x, y } of path) {
      if (Number.isNaN(x) || Number.isNaN(y)) continue
      const [nextX, nextY] = [toWhole(x), toWhole(y)]
      if (Number.isNaN(firstX)) [firstX, firstY] = [nextX, nextY]
      else add(lastX, lastY, nextX, nextY)
      lastX = nextX
      lastY = nextY
    }
    if (!Number.isNaN(firstX)) add(lastX, lastY, firstX, firstY)
  }
  return edges.subarray(0, length)
}

function toWhole(coordinate: number): number {
  const bounded = Math.max(-farthest, Math.min(farthest, coordinate))
  const floor = Math.floor(bounded)
  const rest = bounded - floor
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1
}

function topOf(edges: Float64Array, edge: number): number {
  const y = edges[edge + y0] as number
  return edges[edge + direction] === 1 ? y : y - (edges[edge + deltaY] as number)
}

function bottomOf(edges: Float64Array, edge: number): number {
  const y = edges[edge + y0] as number
  return edges[edge + direction] === 1 ? y + (edges[edge + deltaY] as number) : y
}

/** The pixel nearest to where an edge that is not horizontal crosses a row; of two, the left one. */
function columnAt(edges: Float64Array, edge: number, row: number): number {
  const dy = edges[edge + deltaY] as number
  const rows = (row - (edges[edge + y0] as number)) * (edges[edge + direction] as number)
  return (
    (edges[edge + x0] as number) + Math.ceil((2 * rows * (edges[edge + deltaX] as number) - dy) / (2 * dy))
  )
}

/** The pixels of a row that belong to an edge and are not among its crossings; -1 where there are none in the image. */
function runAt(edges: Float64Array, edge: number, row: number, width: number): number {
  const x = edges[edge + x0] as number
  const dx = edges[edge + deltaX] as number
  const dy = edges[edge + deltaY] as number
  const rows = (row - (edges[edge + y0] as number)) * (edges[edge + direction] as number)
  let from = x
  let to = x + dx
  if (dx > dy) {
    if (dy > 0) {
      // Where k steps to the right and half a step up or down lead to: k dy / dx - 1/2, rounded up, is `rows`.
      if (rows > 0) from = x + Math.floor(((2 * rows - 1) * dx) / (2 * dy)) + 1
      to = x + Math.min(dx - 1, Math.floor(((2 * rows + 1) * dx) / (2 * dy)))
    }
  } else {
    // A steep edge has one pixel a row, its crossing; that of its lowest row alone is none.
    if (row < bottomOf(edges, edge) || (rows > 0 && dx > 0)) return -1
    to = x
  }
  from = Math.max(0, from)
  to = Math.min(width - 1, to)
  return from <= to ? from * width + to : -1
}

/** -1 and `width` stand for all columns left and right of the image. */
function clamp(column: number, width: number): number {
  return Math.max(-1, Math.min(width, column))
}

/** Most rows have a few entries only, too few to ask the array's own sort. */
function sort(values: Int32Array | Float64Array, length: number): void {
  if (length > 24) {
    values.subarray(0, length).sort()
    return
  }
  for (let i = 1; i < length; i++) {
    const value = values[i] as number
    let at = i
    for (; at > 0 && (values[at - 1] as number) > value; at--) values[at] = values[at - 1] as number
    values[at] = value
  }
}

/** Runs are `from * width + to` each, in order; where they overlap a pixel counts once. */
function paintRuns(
  labels: Labels,
  width: number,
  offset: number,
  runs: Float64Array,
  length: number,
  label: number,
): number {
  let painted = 0
  let next = 0
  for (let i = 0; i < length; i++) {
    const run = runs[i] as number
    const from = Math.max(next, Math.floor(run / width))
    const end = (run % width) + 1
    if (from >= end) continue
    labels.fill(label, offset + from, offset + end)
    painted += end - from
    next = end
  }
  return painted
}
