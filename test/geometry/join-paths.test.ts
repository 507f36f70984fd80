import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { rleToPaths } from "../../src/geometry/contours.ts"
import { joinPaths, splitBridges } from "../../src/geometry/join-paths.ts"
import { type Path, pathArea } from "../../src/geometry/polygon.ts"
import { polygonToRle } from "../../src/geometry/rasterise.ts"
import { rleArea, rleOfCounts } from "../../src/geometry/rle.ts"
import type { Point } from "../../src/model/point.ts"

const square = (x: number, y: number, side: number): Point[] => [
  { x, y },
  { x: x + side, y },
  { x: x + side, y: y + side },
  { x, y: y + side },
]

const points = fc.record({ x: fc.integer({ min: -4, max: 24 }), y: fc.integer({ min: -4, max: 20 }) })
const shapes = fc.array(fc.array(points, { minLength: 3, maxLength: 8 }), { minLength: 1, maxLength: 6 })

/** Even-odd, by the edges that a ray to the right crosses. */
function isInside(x: number, y: number, paths: readonly Path[]): boolean {
  let inside = false
  for (const path of paths) {
    path.forEach((from, i) => {
      const to = path[(i + 1) % path.length] as Point
      if (from.y > y === to.y > y) return
      if (x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) inside = !inside
    })
  }
  return inside
}

function filled(paths: readonly Path[], width: number, height: number): string {
  let cells = ""
  for (let y = -4; y < height; y++) {
    for (let x = -4; x < width; x++) cells += isInside(x + 0.4871, y + 0.5113, paths) ? "#" : "."
  }
  return cells
}

/** The same corners in the same circle, wherever it begins. */
function turned(path: Path): string {
  const texts = path.map(({ x, y }) => `${x},${y}`)
  return texts
    .map((_, at) => [...texts.slice(at), ...texts.slice(0, at)].join(" "))
    .sort()
    .at(0) as string
}

describe("joinPaths", () => {
  it("walks a bridge there and back between the nearest points", () => {
    const hole = square(3, 3, 2)
    expect(joinPaths([square(0, 0, 10), hole])).toEqual([
      { x: 0, y: 0 },
      { x: 3, y: 3 },
      { x: 5, y: 3 },
      { x: 5, y: 5 },
      { x: 3, y: 5 },
      { x: 3, y: 3 },
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 10, y: 10 },
      { x: 0, y: 10 },
    ])
  })

  it("gives one path as it is, and none for none", () => {
    const path = square(0, 0, 1)
    expect(joinPaths([path, []])).toBe(path)
    expect(joinPaths([])).toEqual([])
    expect(joinPaths([[]])).toEqual([])
  })

  it("takes the shortest way, part by part", () => {
    const joined = joinPaths([square(0, 0, 1), square(10, 0, 1), square(4, 0, 1)])
    const steps = joined.map((point, i) => {
      const next = joined[(i + 1) % joined.length] as Point
      return Math.hypot(next.x - point.x, next.y - point.y)
    })
    expect(steps.filter((step) => step > 1).sort()).toEqual([3, 3, 5, 5])
  })

  it("fills what the paths fill, and no bridge has an area", () => {
    fc.assert(
      fc.property(shapes, (paths) => {
        const joined = joinPaths(paths)
        expect(joined).toHaveLength(paths.flat().length + 2 * (paths.length - 1))
        expect(filled([joined], 24, 20)).toBe(filled(paths, 24, 20))
        expect(polygonToRle([joined], 24, 20)).toEqual(polygonToRle(paths, 24, 20))
      }),
      { numRuns: 200 },
    )
  })

  it("joins the outlines of a mask so that its holes stay out", () => {
    const runs = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 60 })
    fc.assert(
      fc.property(runs, (runs) => {
        const counts = [...runs]
        const height = 12
        const total = counts.reduce((sum, count) => sum + count, 0)
        const width = Math.ceil(total / height)
        counts.push(...(counts.length % 2 === 0 ? [] : [0]), width * height - total)
        const rle = rleOfCounts(counts, width, height)
        if (rle === undefined) throw new Error("no mask")
        const joined = joinPaths(rleToPaths(rle))
        const drawn = polygonToRle([joined], width, height)
        expect(drawn && rleArea(drawn)).toBe(rleArea(rle))
        let position = 0
        let cells = ""
        for (const [index, count] of rle.counts.entries()) {
          cells += (index % 2 === 1 ? "#" : ".").repeat(count)
          position += count
        }
        expect(position).toBe(width * height)
        for (let at = 0; at < cells.length; at++) {
          const x = Math.floor(at / height) + 0.5
          const y = (at % height) + 0.5
          expect(isInside(x, y, [joined]) ? "#" : ".").toBe(cells[at])
        }
      }),
      { numRuns: 100 },
    )
  })

  it("joins very many parts in bounded time, by longer bridges", () => {
    const parts = Array.from({ length: 8_000 }, (_, i) => square((i % 100) * 3, Math.floor(i / 100) * 3, 1))
    const joined = joinPaths(parts)
    expect(joined).toHaveLength(8_000 * 6 - 2)
    expect(pathArea(joined)).toBeCloseTo(8_000, 6)
  })
})

describe("splitBridges", () => {
  it("gives back the paths that were joined", () => {
    const grid = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), {
      minLength: 1,
      maxLength: 12,
      selector: ([x, y]) => `${x} ${y}`,
    })
    fc.assert(
      fc.property(grid, (cells) => {
        const paths = cells.map(([x, y], i) => square(x * 7, y * 7, 1 + (i % 5)))
        const split = splitBridges(joinPaths(paths))
        expect(split[0]).toEqual(paths[0])
        expect(split.map(turned).sort()).toEqual(paths.map(turned).sort())
      }),
      { numRuns: 200 },
    )
  })

  it("never changes what is filled", () => {
    fc.assert(
      fc.property(shapes, (paths) => {
        const joined = joinPaths(paths)
        expect(filled(splitBridges(joined), 24, 20)).toBe(filled([joined], 24, 20))
      }),
      { numRuns: 200 },
    )
  })

  it("leaves a path without bridges alone, spikes and repeated points too", () => {
    const spike = [
      { x: 0, y: 0 },
      { x: 4, y: 0 },
      { x: 8, y: 0 },
      { x: 4, y: 0 },
      { x: 4, y: 4 },
      { x: 2, y: 5 },
      { x: 1, y: 4 },
      { x: 0, y: 4 },
      { x: 0, y: 0 },
    ]
    expect(splitBridges(spike)).toEqual([spike])
    expect(splitBridges([])).toEqual([[]])
  })
})
