import type { Labels } from "./labels.ts"
import type { Path } from "./polygon.ts"
import { addSpan, createRowSpans, paintSpans, type RowSpans, sortFirst } from "./row-spans.ts"

// Beyond it, and for Infinity, a coordinate is taken as this: the farther out, the fewer digits are left for the pixels
// in the image.
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
 *
 * @example
 * const labels = new Uint8Array(4 * 4)
 * fillInclusive(labels, 4, 4, [[{ x: 1, y: 1 }, { x: 3, y: 1 }, { x: 3, y: 9 }, { x: 1, y: 9 }]], 1) // 9
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
  const crossings = new Float64Array(count)
  const spans = createRowSpans(count * 2)
  let activeLength = 0
  let waiting = count
  let painted = 0
  for (; row < height && (activeLength > 0 || waiting > 0); row++) {
    for (let edge = starting[row] as number; edge >= 0; edge = following[edge] as number) {
      active[activeLength++] = edge * fields
      waiting--
    }
    let crossingsLength = 0
    let kept = 0
    for (let i = 0; i < activeLength; i++) {
      const edge = active[i] as number
      if (row < bottomOf(edges, edge)) {
        active[kept++] = edge
        crossings[crossingsLength++] = columnAt(edges, edge, row)
      }
      addBorder(spans, edges, edge, row, width)
    }
    activeLength = kept
    sortFirst(crossings, crossingsLength)
    for (let i = 0; i < crossingsLength; i += 2) {
      addSpan(spans, crossings[i] as number, crossings[i + 1] as number, width)
    }
    painted += paintSpans(spans, labels, row * width, label)
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

/** Adds the pixels of a row that belong to an edge and are not among the crossings. */
function addBorder(spans: RowSpans, edges: Float64Array, edge: number, row: number, width: number): void {
  const x = edges[edge + x0] as number
  const dx = edges[edge + deltaX] as number
  const dy = edges[edge + deltaY] as number
  const rows = (row - (edges[edge + y0] as number)) * (edges[edge + direction] as number)
  if (dy === 0) addSpan(spans, x, x + dx, width)
  else if (dx > dy) {
    // After k steps to the right an edge is at the row k dy / dx - 1/2, rounded up.
    const first = rows === 0 ? 0 : Math.floor(((2 * rows - 1) * dx) / (2 * dy)) + 1
    const last = Math.floor(((2 * rows + 1) * dx) / (2 * dy))
    addSpan(spans, x + first, x + Math.min(dx - 1, last), width)
  } else if (row === bottomOf(edges, edge) && (rows === 0 || dx === 0)) {
    // A steep edge has one pixel a row, where it crosses it; but its lowest row it does not cross.
    addSpan(spans, x, x, width)
  }
}
