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
