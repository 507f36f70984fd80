import type { Path } from "../../src/geometry/polygon.ts"
import type { Rle } from "../../src/geometry/rle.ts"
import type { Point } from "../../src/model/point.ts"

/** A mask as plain pixels, row by row: what the tests compare with. */
export function pixelsOf({ width, height, counts }: Rle): string[] {
  const flat: number[] = []
  counts.forEach((count, i) => {
    for (let n = 0; n < count; n++) flat.push(i % 2)
  })
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (flat[x * height + y] === 1 ? "#" : ".")).join(""),
  )
}

/** Counts of a picture, pixel by pixel. */
export function rleOfPixels(rows: readonly string[]): Rle {
  const width = rows[0]?.length ?? 0
  const height = rows.length
  const counts: number[] = [0]
  let current = 0
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const value = rows[y]?.[x] === "#" ? 1 : 0
      if (value !== current) {
        counts.push(0)
        current = value
      }
      counts[counts.length - 1] = (counts.at(-1) as number) + 1
    }
  }
  return { width, height, counts: Uint32Array.from(counts) }
}

/**
 * One path by COCO's rule, walked cell by cell as its tools do, into pixels: the whole boundary on a grid of five
 * cells a pixel, then one toggle wherever it steps over the middle of a pixel column.
 */
export function fillByCells(path: readonly Point[], width: number, height: number): boolean[][] {
  const us: number[] = []
  const vs: number[] = []
  const corners = path.map(({ x, y }) => ({ x: Math.trunc(5 * x + 0.5), y: Math.trunc(5 * y + 0.5) }))
  corners.forEach((start, i) => {
    const stop = corners[(i + 1) % corners.length] as Point
    const [dx, dy] = [Math.abs(stop.x - start.x), Math.abs(stop.y - start.y)]
    const alongX = dx >= dy
    const backwards = alongX ? start.x > stop.x : start.y > stop.y
    const [low, high] = backwards ? [stop, start] : [start, stop]
    const steps = Math.max(dx, dy)
    for (let n = 0; n <= steps; n++) {
      const t = backwards ? steps - n : n
      const slope = steps === 0 ? 0 : (alongX ? high.y - low.y : high.x - low.x) / steps
      us.push(alongX ? low.x + t : Math.trunc(low.x + slope * t + 0.5))
      vs.push(alongX ? Math.trunc(low.y + slope * t + 0.5) : low.y + t)
    }
  })
  const rows = Array.from({ length: height }, () => new Array<boolean>(width).fill(false))
  for (let i = 1; i < us.length; i++) {
    const [u, v, lastU, lastV] = [us[i], vs[i], us[i - 1], vs[i - 1]] as [number, number, number, number]
    if (u === lastU) continue
    const column = ((u < lastU ? u : u - 1) + 0.5) / 5 - 0.5
    if (column !== Math.floor(column) || column < 0 || column > width - 1) continue
    const row = Math.ceil(Math.max(0, Math.min(height, (Math.min(v, lastV) + 0.5) / 5 - 0.5)))
    for (let y = row; y < height; y++) {
      const line = rows[y] as boolean[]
      line[column] = !line[column]
    }
  }
  return rows
}

/** Several paths, even-odd, each filled by `fillByCells`. */
export function pictureByCells(paths: readonly Path[], width: number, height: number): string[] {
  const layers = paths.map((path) => fillByCells(path, width, height))
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) =>
      layers.filter((layer) => layer[y]?.[x] === true).length % 2 === 1 ? "#" : ".",
    ).join(""),
  )
}

/**
 * Several paths by the rule of darwin-py's masks, each pixel and each step for itself: pixels between two crossings of
 * their row, even-odd, then every edge by Bresenham from left to right without its last pixel; edges along an axis whole.
 */
export function pictureBySteps(paths: readonly Path[], width: number, height: number): string[] {
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill("."))
  const set = (x: number, y: number) => {
    const row = rows[y]
    if (row?.[x] !== undefined) row[x] = "#"
  }
  const edges = paths.flatMap((path) => {
    const corners = path.map(({ x, y }) => ({ x: halfToEven(x), y: halfToEven(y) }))
    return corners.map((from, i) => ({ from, to: corners[(i + 1) % corners.length] as Point }))
  })
  for (let y = 0; y < height; y++) {
    const crossings = edges
      .filter(({ from, to }) => from.y <= y !== to.y <= y)
      .map(({ from, to }) => from.x + ((y - from.y) * (to.x - from.x)) / (to.y - from.y))
      .sort((a, b) => a - b)
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < crossings.length; i += 2) {
        if ((crossings[i] as number) <= x && x <= (crossings[i + 1] as number)) set(x, y)
      }
    }
  }
  for (const { from, to } of edges) {
    const [left, right] = from.x <= to.x ? [from, to] : [to, from]
    const [dx, dy] = [right.x - left.x, Math.abs(right.y - left.y)]
    const down = Math.sign(right.y - left.y)
    let { x, y } = left
    // Twice the distance to the edge, times the longer side: the other axis moves where it is more than half a pixel.
    let error = 0
    for (let n = 0; n < Math.max(dx, dy); n++) {
      set(x, y)
      error += 2 * Math.min(dx, dy)
      const moves = error > Math.max(dx, dy)
      if (moves) error -= 2 * Math.max(dx, dy)
      if (dx > dy || moves) x += 1
      if (dx <= dy || moves) y += down
    }
    if (dx === 0 || dy === 0) set(x, y)
  }
  return rows.map((row) => row.join(""))
}

function halfToEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}
