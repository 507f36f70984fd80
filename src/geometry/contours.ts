import type { Point } from "../model/point.ts"
import type { Rle } from "./rle.ts"
import { forEachStretch } from "./transpose.ts"

/**
 * The outlines of a mask along the borders of its pixels, as paths of whole coordinates, even-odd: a path inside
 * another is a hole. Drawn again with `polygonToRle` they give the very same mask. Outer paths run clockwise (y
 * down), holes the other way; where pixels touch at a corner only, no path crosses from one to the other. Each path
 * begins at its leftmost, of these its topmost corner, and paths are in the order of these corners.
 */
export function rleToPaths(rle: Rle): Point[][] {
  const { ys, columns, firstColumn } = changesByColumn(rle)
  // Each change is a horizontal edge, one pixel wide, with two ends. End 2i is the left one of edge i, 2i + 1 its
  // right.
  const partner = joinEnds(ys, columns)
  const columnOf = new Uint32Array(ys.length)
  for (let column = 0; column + 1 < columns.length; column++) {
    columnOf.fill(firstColumn + column, columns[column], columns[column + 1])
  }
  const seen = new Uint8Array(ys.length)
  const paths: Point[][] = []
  for (let start = 0; start < ys.length; start++) {
    if (seen[start] === 1) continue
    const path: Point[] = []
    // An upper border is walked to the right, a lower one to the left: the mask is always on the right hand.
    const isUpper = (start - (columns[(columnOf[start] as number) - firstColumn] as number)) % 2 === 0
    let end = start * 2 + (isUpper ? 1 : 0)
    do {
      const edge = end >> 1
      seen[edge] = 1
      const joined = partner[end] as number
      const [from, to] = [ys[edge] as number, ys[joined >> 1] as number]
      if (from !== to) {
        const x = (columnOf[edge] as number) + (end & 1)
        path.push({ x, y: from }, { x, y: to })
      }
      end = joined ^ 1
    } while (seen[end >> 1] === 0)
    // The walk began at the right end of the edge; the corner at its left end comes first.
    if (isUpper) path.unshift(path.pop() as Point)
    paths.push(path)
  }
  return paths
}

/**
 * Where each pixel column changes: `ys` from the top, those of column c from `columns[c]` to before `columns[c + 1]`.
 */
interface ColumnChanges {
  readonly ys: Uint32Array
  readonly columns: Uint32Array
  readonly firstColumn: number
}

function changesByColumn({ width, height, counts }: Rle): ColumnChanges {
  let firstColumn = width
  let length = 0
  let lastColumn = -1
  forEachStretch(counts, height, (column) => {
    if (length === 0) firstColumn = column
    lastColumn = column
    length += 2
  })
  const ys = new Uint32Array(length)
  const columns = new Uint32Array(Math.max(1, lastColumn - firstColumn + 2))
  let at = 0
  let filled = 0
  forEachStretch(counts, height, (column, top, bottom) => {
    for (; filled < column - firstColumn; ) columns[++filled] = at
    // Two runs that meet, with a count of 0 between them, are one.
    if (at > (columns[filled] as number) && ys[at - 1] === top) ys[at - 1] = bottom
    else {
      ys[at++] = top
      ys[at++] = bottom
    }
  })
  columns.fill(at, filled + 1)
  return { ys: ys.subarray(0, at), columns, firstColumn }
}

// Along the border between two columns the ends from the left and from the right, in order of y, are joined in twos:
// between the two of a pair the columns differ, so a vertical edge runs there.
function joinEnds(ys: Uint32Array, columns: Uint32Array): Uint32Array {
  const partner = new Uint32Array(ys.length * 2)
  for (let border = 0; border < columns.length; border++) {
    let left = border === 0 ? 0 : (columns[border - 1] as number)
    const leftFrom = left
    const leftEnd = border === 0 ? 0 : (columns[border] as number)
    let right = columns[border] as number
    const rightEnd = columns[border + 1] ?? right
    let open = -1
    while (left < leftEnd || right < rightEnd) {
      // Where both change at once and differ above, the pixels touch at a corner: what is set above closes first.
      const tie = left < leftEnd && right < rightEnd && ys[left] === ys[right]
      const leftIsSet = (left - leftFrom) % 2 === 1
      const takeLeft =
        right >= rightEnd ||
        (left < leftEnd && (tie ? open < 0 || leftIsSet : (ys[left] as number) < (ys[right] as number)))
      const end = takeLeft ? left++ * 2 + 1 : right++ * 2
      if (open < 0) open = end
      else {
        partner[open] = end
        partner[end] = open
        open = -1
      }
    }
  }
  return partner
}
