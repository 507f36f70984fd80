import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { drawRle, type FillRule, fillPolygon, paintRasterLayer } from "../../src/geometry/label-image.ts"
import type { Labels } from "../../src/geometry/labels.ts"
import type { Path } from "../../src/geometry/polygon.ts"
import { labelsToDenseRle } from "../../src/geometry/row-runs.ts"
import { coordinate, paths, picture, wildPoint } from "./arbitraries.ts"
import { pictureByCells, pictureBySteps, rleOfPixels } from "./masks.ts"

const size = fc.integer({ min: 1, max: 40 })
const rule = fc.constantFrom<FillRule>("inclusive", "coco")

const path = (...corners: [number, number][]): Path => corners.map(([x, y]) => ({ x, y }))
const box = (x: number, y: number, right: number, bottom: number): Path =>
  path([x, y], [right, y], [right, bottom], [x, bottom])

function rowsOf(labels: Labels, width: number): string[] {
  return Array.from({ length: labels.length / width }, (_, y) =>
    Array.from(labels.subarray(y * width, (y + 1) * width), (label) => (label > 0 ? "#" : ".")).join(""),
  )
}

function drawn(shape: readonly Path[], width: number, height: number, by: FillRule): string[] {
  const labels = new Uint8Array(width * height)
  const painted = fillPolygon(labels, width, height, shape, 1, by)
  expect(painted).toBe(labels.filter((label) => label === 1).length)
  return rowsOf(labels, width)
}

// Cut from masks that darwin-py 3.5.3 with upolygon 0.2.2 wrote for polygons of our invention.
const reference: [string, readonly Path[], string[]][] = [
  [
    "a hole of a pixel, which its border fills",
    [box(0, 0, 5, 5), box(2, 2, 3, 3)],
    ["######..", "######..", "######..", "######..", "######..", "######.."],
  ],
  [
    "two parts",
    [box(5, 0, 7, 2), box(1, 4, 2, 5)],
    [".....###", ".....###", ".....###", "........", ".##.....", ".##....."],
  ],
  [
    "a line and a point",
    [path([0, 5], [7, 5]), path([3, 3])],
    ["........", "........", "........", "...#....", "........", "########"],
  ],
  [
    "a hole of three pixels, of which two are left",
    [box(0, 0, 10, 10), box(2, 2, 5, 5)],
    [
      "###########",
      "###########",
      "###########",
      "###..######",
      "###..######",
      "###########",
      "###########",
      "###########",
      "###########",
      "###########",
      "###########",
    ],
  ],
  [
    "a right end that two edges share, which neither paints",
    [path([0, 4], [4, 0], [7, 5])],
    ["....#...", "...###..", "..####..", ".######.", "#######.", "....###."],
  ],
  [
    "half pixels to the side of the left end, rising",
    [path([0, 5], [6, 0], [5, 8])],
    ["......#", ".....##", "....###", "..#####", ".#####.", "######.", ".#####.", "...###.", ".....#."],
  ],
  [
    "half pixels to the side of the left end, falling",
    [path([0, 0], [8, 2], [2, 5])],
    ["###......", "#######..", ".########", ".#######.", "..####...", "..##....."],
  ],
  [
    "halves of coordinates to the even one",
    [path([0.49, 1.51], [10.51, 1.49], [5.5, 10.5])],
    [
      "............",
      "......######",
      "###########.",
      ".##########.",
      ".#########..",
      "..########..",
      "...######...",
      "....#####...",
      "....####....",
      ".....###....",
      "......#.....",
    ],
  ],
  [
    "a path that crosses itself",
    [path([0, 0], [6, 6], [6, 0], [0, 6])],
    ["#.....#", "##...##", "###.###", "#######", "###.###", "##...##", "#.....#"],
  ],
]

describe("fillPolygon", () => {
  it.each(reference)("draws as darwin-py does: %s", (_, shape, rows) => {
    expect(drawn(shape, rows[0]?.length ?? 0, rows.length, "inclusive")).toEqual(rows)
  })

  it("draws a square from 0 to 5 with its borders, or without by COCO's rule", () => {
    const labels = new Uint8Array(8 * 6)
    expect(fillPolygon(labels, 8, 6, [box(0, 0, 5, 5)], 1, "inclusive")).toBe(36)
    expect(fillPolygon(labels.fill(0), 8, 6, [box(0, 0, 5, 5)], 1, "coco")).toBe(25)
  })

  it("is pixel by pixel what walking the edges gives, one path or many, inside and outside", () => {
    fc.assert(
      fc.property(paths, size, size, (shape, width, height) => {
        expect(drawn(shape, width, height, "inclusive")).toEqual(pictureBySteps(shape, width, height))
        expect(drawn(shape, width, height, "coco")).toEqual(pictureByCells(shape, width, height))
      }),
      { numRuns: 2000 },
    )
  })

  it("is pixel by pixel right for shapes much larger than the image", () => {
    const far = fc.record({
      x: fc.double({ min: -3000, max: 3000, noNaN: true }),
      y: fc.double({ min: -3000, max: 3000, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(fc.array(far, { minLength: 1, maxLength: 40 }), { maxLength: 3 }), (shape) => {
        expect(drawn(shape, 40, 30, "inclusive")).toEqual(pictureBySteps(shape, 40, 30))
      }),
      { numRuns: 300 },
    )
  })

  it("cuts edges of any length at the border of the image, in no time", () => {
    const far = 1e12
    const wedge = path([0, 0], [far, 0], [far, far])
    expect(drawn([wedge], 5, 4, "inclusive")).toEqual(["#####", ".####", "..###", "...##"])
    const shallow = path([-far, -far / 2], [far, far / 2], [-far, far])
    expect(drawn([shallow], 5, 4, "inclusive")).toEqual(["##...", "####.", "#####", "#####"])
    const all = path([-1e300, -1e300], [1e300, -1e300], [1e300, 1e300], [-1e300, 1e300])
    expect(drawn([all], 3, 2, "inclusive")).toEqual(["###", "###"])
    const infinite = path(
      [1, 1],
      [Number.POSITIVE_INFINITY, 1],
      [Number.POSITIVE_INFINITY, Infinity],
      [1, Infinity],
    )
    expect(drawn([infinite], 3, 3, "inclusive")).toEqual(["...", ".##", ".##"])
  })

  it("leaves out vertices that are not a number", () => {
    const shape = path([0, 0], [Number.NaN, 3], [3, 0], [3, 3], [0, Number.NaN], [0, 3])
    expect(drawn([shape], 4, 4, "inclusive")).toEqual(["####", "####", "####", "####"])
    expect(drawn([path([Number.NaN, 1])], 2, 2, "inclusive")).toEqual(["..", ".."])
  })

  it("paints nothing where nothing of the shape is in the image", () => {
    const labels = new Uint8Array(12)
    for (const shape of [[], [[]], [box(4, 0, 9, 9)], [box(-9, -9, -1, -1)], [box(0, 3, 9, 9)]]) {
      expect(fillPolygon(labels, 4, 3, shape, 1, "inclusive")).toBe(0)
      expect(fillPolygon(labels, 4, 3, shape, 1, "coco")).toBe(0)
    }
    expect(labels.every((label) => label === 0)).toBe(true)
    expect(fillPolygon(new Uint8Array(0), 0, 3, [box(-1, 0, 1, 2)], 1, "inclusive")).toBe(0)
    expect(fillPolygon(new Uint8Array(0), 3, 0, [box(-1, 0, 1, 2)], 1, "inclusive")).toBe(0)
  })

  it("writes nowhere else, whatever the numbers", () => {
    const points = fc.oneof(wildPoint, fc.record({ x: fc.oneof(coordinate, fc.double()), y: coordinate }))
    const shapes = fc.array(fc.array(points, { maxLength: 30 }), { maxLength: 3 })
    fc.assert(
      fc.property(shapes, size, size, rule, fc.boolean(), (shape, width, height, by, wide) => {
        const guard = 64
        const whole = new (wide ? Uint16Array : Uint8Array)(width * height + 2 * guard).fill(7)
        const labels = whole.subarray(guard, guard + width * height)
        const painted = fillPolygon(labels, width, height, shape, 200, by)
        expect(labels.filter((label) => label === 200).length).toBe(painted)
        expect(labels.filter((label) => label === 7).length).toBe(width * height - painted)
        expect(whole.filter((label, i) => label !== 7 && (i < guard || i >= guard + width * height))).toEqual(
          whole.subarray(0, 0),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it("takes very many edges in a row", () => {
    const comb = Array.from({ length: 4000 }, (_, i) => ({ x: i / 10, y: i % 2 === 0 ? -5 : 50 }))
    expect(drawn([comb], 400, 40, "inclusive")).toEqual(pictureBySteps([comb], 400, 40))
  })

  it("refuses sizes and labels that do not fit, before anything is painted", () => {
    const labels = new Uint8Array(12)
    const shape = [box(0, 0, 9, 9)]
    for (const [width, height] of [
      [4, 4],
      [-4, -3],
      [Number.NaN, 3],
      [2.5, 4.8],
      [12, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => fillPolygon(labels, width, height, shape, 1, "inclusive")).toThrow(/labels: must have/)
    }
    for (const label of [256, -1, 0.5, Number.NaN]) {
      expect(() => fillPolygon(labels, 4, 3, shape, label, "coco")).toThrow(/label: must be/)
    }
    expect(() => fillPolygon(new Uint16Array(12), 4, 3, shape, 65_535, "inclusive")).not.toThrow()
    expect(labels.every((label) => label === 0)).toBe(true)
  })
})

describe("drawRle", () => {
  it("paints the pixels of a mask and no others", () => {
    fc.assert(
      fc.property(picture, (rows) => {
        const [width, height] = [rows[0]?.length ?? 0, rows.length]
        const labels = new Uint16Array(width * height)
        const painted = drawRle(labels, width, height, rleOfPixels(rows), 300)
        expect(rowsOf(labels, width)).toEqual(rows)
        expect(painted).toBe(labels.filter((label) => label === 300).length)
      }),
      { numRuns: 500 },
    )
  })

  it("refuses a mask of another size", () => {
    expect(() => drawRle(new Uint8Array(6), 3, 2, rleOfPixels(["..", "..", ".."]), 1)).toThrow(/rle: must be/)
  })
})

describe("paintRasterLayer", () => {
  const layer = (...dense_rle: number[]) => ({
    dense_rle,
    mask_annotation_ids_mapping: {},
    total_pixels: 6,
  })

  it("paints each label as it is told, and leaves the others", () => {
    const labels = new Uint8Array(6).fill(9)
    const painted = paintRasterLayer(labels, 3, 2, layer(0, 1, 5, 2, 0, 0, 7, 1, 5, 1, 0, 1), (label) =>
      label === 5 ? 1 : label === 0 ? undefined : 2,
    )
    expect(painted).toBe(4)
    expect([...labels]).toEqual([9, 1, 1, 2, 1, 9])
  })

  it("gives a label image back that was written as a layer", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 50 }), (pixels) => {
        const source = Uint8Array.from(pixels)
        const copy = new Uint8Array(pixels.length)
        const painted = paintRasterLayer(
          copy,
          pixels.length,
          1,
          layer(...labelsToDenseRle(source)),
          (label) => label,
        )
        expect(copy).toEqual(source)
        expect(painted).toBe(pixels.length)
      }),
    )
  })

  it("paints nothing of a layer that does not cover the image", () => {
    const labels = new Uint8Array(6)
    for (const runs of [[1, 2, 1], [1, 5], [1, 7], [1, -1, 1, 7], [1, 0.5, 1, 5.5], [], [1, Number.NaN]]) {
      expect(paintRasterLayer(labels, 3, 2, layer(...runs), () => 1)).toBeUndefined()
    }
    expect(labels.every((label) => label === 0)).toBe(true)
    expect(() => paintRasterLayer(labels, 3, 2, layer(1, 6), () => 256)).toThrow(/label: must be/)
    expect(() => paintRasterLayer(labels, 3, 3, layer(1, 6), () => 1)).toThrow(/labels: must have/)
  })
})
