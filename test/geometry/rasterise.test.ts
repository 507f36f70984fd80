import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { polygonToRle } from "../../src/geometry/rasterise.ts"
import type { Rle } from "../../src/geometry/rle.ts"
import { paths, wildPoint } from "./arbitraries.ts"
import { pictureByCells, pixelsOf } from "./masks.ts"

const size = fc.integer({ min: 1, max: 24 })

describe("polygonToRle", () => {
  it("fills a square by its pixels: from 0 to 5 are 25", () => {
    const square = [
      { x: 0, y: 0 },
      { x: 5, y: 0 },
      { x: 5, y: 5 },
      { x: 0, y: 5 },
    ]
    const hole = [
      { x: 2, y: 2 },
      { x: 3, y: 2 },
      { x: 3, y: 3 },
      { x: 2, y: 3 },
    ]
    expect(polygonToRle([square], 8, 6)).toEqual({
      width: 8,
      height: 6,
      counts: Uint32Array.from([0, 5, 1, 5, 1, 5, 1, 5, 1, 5, 19]),
    })
    expect(pixelsOf(polygonToRle([square, hole], 8, 6) as Rle)).toEqual([
      "#####...",
      "#####...",
      "##.##...",
      "#####...",
      "#####...",
      "........",
    ])
  })

  it("is bit by bit what walking the boundary cell by cell gives, one path or many, inside and outside", () => {
    fc.assert(
      fc.property(paths, size, size, (shape, width, height) => {
        const rle = polygonToRle(shape, width, height) as Rle
        expect(pixelsOf(rle)).toEqual(pictureByCells(shape, width, height))
      }),
      { numRuns: 3000 },
    )
  })

  it("is bit by bit right for large shapes too", () => {
    const wide = fc.record({
      x: fc.double({ min: -2000, max: 3000, noNaN: true }),
      y: fc.double({ min: -2000, max: 3000, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(wide, { minLength: 3, maxLength: 6 }), (path) => {
        expect(pixelsOf(polygonToRle([path], 40, 30) as Rle)).toEqual(pictureByCells([path], 40, 30))
      }),
      { numRuns: 100 },
    )
  })

  it("gives a mask of the right size for any numbers at all", () => {
    fc.assert(
      fc.property(fc.array(fc.array(wildPoint)), size, size, (shape, width, height) => {
        const { counts } = polygonToRle(shape, width, height) as Rle
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(width * height)
        expect(counts.subarray(1).every((count) => count > 0)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it("takes empty images, refuses sizes that no mask can have", () => {
    expect(polygonToRle([], 0, 7)?.counts).toEqual(Uint32Array.of(0))
    expect(polygonToRle([[{ x: 1, y: 1 }]], 3, 2)?.counts).toEqual(Uint32Array.of(6))
    for (const [width, height] of [
      [-1, 5],
      [1.5, 2],
      [Number.NaN, 2],
      [70_000, 70_000],
      [Number.POSITIVE_INFINITY, 1],
    ] as const) {
      expect(polygonToRle([], width, height)).toBeUndefined()
    }
  })

  it("works on the columns of the shape, not on the image", () => {
    const triangle = [
      { x: 60_000, y: 60_000 },
      { x: 60_010, y: 60_000 },
      { x: 60_000, y: 60_010 },
    ]
    const { counts } = polygonToRle([triangle], 65_535, 65_535) as Rle
    // Nine columns have a pixel whose middle is inside; the tenth has none.
    expect(counts.length).toBe(19)
    expect(counts[0]).toBe(60_000 * 65_535 + 60_000)
  })
})
