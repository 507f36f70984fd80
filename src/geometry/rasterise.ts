import type { Path } from "./polygon.ts"
import { isMaskSize, type Rle, rleOfChanges } from "./rle.ts"

// COCO's tools draw on a grid of five by five cells a pixel, in 32-bit whole numbers.
const cells = 5
const farthest = 2 ** 31 - 1

/**
 * The pixels inside a polygon of one or more paths, even-odd, by the rule of COCO's tools (`rleFrPoly` of
 * [pycocotools](https://github.com/cocodataset/cocoapi)), bit by bit: vertices go to a grid of five cells a pixel, each
 * edge is drawn on it, and a pixel column changes where an edge passes the column's middle cell.
 *
 * What lies outside of the image is cut off. Coordinates beyond 429 million pixels are taken as that; a vertex that is
 * not a number is left out. `undefined` where a mask of that size cannot be (`isMaskSize`).
 *
 * The work is that of the columns which the edges cross, whatever the size of the image.
 */
export function polygonToRle(paths: readonly Path[], width: number, height: number): Rle | undefined {
  if (!isMaskSize(width, height)) return undefined
  const grids = paths.map(toGrid)
  let crossings = 0
  for (const grid of grids) crossings += forEachEdge(grid, width, countCrossings)
  const changes = new Uint32Array(crossings)
  let length = 0
  const add: EdgeVisitor = (fromX, fromY, toX, toY, first, last) => {
    for (let column = first; column <= last; column++) {
      const cell = lowerCell(fromX, fromY, toX, toY, column)
      const row = Math.min(Math.max(Math.ceil((cell - 2) / cells), 0), height)
      changes[length++] = column * height + row
    }
    return 0
  }
  for (const grid of grids) forEachEdge(grid, width, add)
  return rleOfChanges(changes.sort(), width, height)
}

/** `first` and `last` are the pixel columns whose middle the edge passes. */
type EdgeVisitor = (
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  first: number,
  last: number,
) => number

const countCrossings: EdgeVisitor = (_fromX, _fromY, _toX, _toY, first, last) => last - first + 1

function toGrid(path: Path): Float64Array {
  const grid = new Float64Array(path.length * 2)
  let length = 0
  for (const { x, y } of path) {
    if (Number.isNaN(x) || Number.isNaN(y)) continue
    grid[length++] = toCell(x)
    grid[length++] = toCell(y)
  }
  return grid.subarray(0, length)
}

// Toward zero, as a cast to int does: for negative coordinates this is not the nearest cell, and the slope shows it.
function toCell(coordinate: number): number {
  return Math.max(-farthest, Math.min(farthest, Math.trunc(cells * coordinate + 0.5)))
}

function forEachEdge(grid: Float64Array, width: number, visit: EdgeVisitor): number {
  let sum = 0
  for (let i = 0; i < grid.length; i += 2) {
    const next = i + 2 === grid.length ? 0 : i + 2
    const fromX = grid[i] as number
    const toX = grid[next] as number
    // A column's middle is passed between its cells 2 and 3.
    const first = Math.max(0, Math.ceil((Math.min(fromX, toX) - 2) / cells))
    const last = Math.min(width - 1, Math.floor((Math.max(fromX, toX) - 3) / cells))
    if (first <= last) sum += visit(fromX, grid[i + 1] as number, toX, grid[next + 1] as number, first, last)
  }
  return sum
}

/** The upper one of the two cells between which an edge steps over the middle of a column. */
function lowerCell(fromX: number, fromY: number, toX: number, toY: number, column: number): number {
  const deltaX = Math.abs(toX - fromX)
  const deltaY = Math.abs(toY - fromY)
  const middle = column * cells + 2
  // Edges are drawn from the end that is lower along the axis they follow, so that both directions meet the same cells.
  if (deltaX >= deltaY) {
    const flip = fromX > toX
    const startX = flip ? toX : fromX
    const startY = flip ? toY : fromY
    const slope = ((flip ? fromY : toY) - startY) / deltaX
    const before = Math.trunc(startY + slope * (middle - startX) + 0.5)
    const after = Math.trunc(startY + slope * (middle + 1 - startX) + 0.5)
    return Math.min(before, after)
  }
  const flip = fromY > toY
  const startX = flip ? toX : fromX
  const startY = flip ? toY : fromY
  const slope = ((flip ? fromX : toX) - startX) / deltaY
  // The first step on the far side of the middle: solved for, then set right where rounding has moved it.
  const isPast = (step: number) => {
    const cell = Math.trunc(startX + slope * step + 0.5)
    return slope > 0 ? cell > middle : cell <= middle
  }
  let step = Math.min(deltaY, Math.max(1, Math.ceil((middle + 0.5 - startX) / slope)))
  while (step > 1 && isPast(step - 1)) step--
  while (step < deltaY && !isPast(step)) step++
  return startY + step - 1
}
