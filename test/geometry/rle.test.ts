import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { rleToPaths } from "../../src/geometry/contours.ts"
import { rasterLayerToRles } from "../../src/geometry/raster-layer.ts"
import { polygonToRle } from "../../src/geometry/rasterise.ts"
import {
  decodeCounts,
  encodeCounts,
  type Rle,
  rleArea,
  rleBounds,
  rleOfChanges,
  rleOfCounts,
  rleUnion,
} from "../../src/geometry/rle.ts"
import { picture, paths as shapes } from "./arbitraries.ts"
import { pixelsOf, rleOfPixels } from "./masks.ts"

describe("run lengths", () => {
  it("are canonical: no run of none but the first", () => {
    expect(rleOfChanges(Uint32Array.from([0, 3, 3, 6]), 3, 2).counts).toEqual(Uint32Array.from([0, 6]))
    expect(rleOfChanges(Uint32Array.from([2, 2]), 3, 2).counts).toEqual(Uint32Array.from([6]))
    expect(rleOfChanges(Uint32Array.from([1, 2, 2, 2]), 3, 2).counts).toEqual(Uint32Array.from([1, 1, 4]))
  })

  it("are checked when they come from outside", () => {
    expect(rleOfCounts([2, 4], 3, 2)).toEqual({ width: 3, height: 2, counts: Uint32Array.from([2, 4]) })
    for (const counts of [[2, 3], [2, 5], [-1, 7], [1.5, 4.5], [Number.NaN], ["6" as unknown as number]]) {
      expect(rleOfCounts(counts, 3, 2)).toBeUndefined()
    }
  })

  it("count the pixels set", () => {
    fc.assert(
      fc.property(picture, (rows) => {
        expect(rleArea(rleOfPixels(rows))).toBe(rows.join("").replaceAll(".", "").length)
      }),
    )
  })
})

describe("masks together", () => {
  const pair = fc
    .tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }))
    .chain(([width, height]) => {
      const rows = fc.array(
        fc
          .array(fc.constantFrom("#", "."), { minLength: width, maxLength: width })
          .map((row) => row.join("")),
        { minLength: height, maxLength: height },
      )
      return fc.array(rows, { minLength: 1, maxLength: 4 })
    })

  it("unite to the pixels of any", () => {
    fc.assert(
      fc.property(pair, (pictures) => {
        const [first] = pictures as [string[], ...string[][]]
        const union = first.map((row, y) =>
          [...row].map((_, x) => (pictures.some((rows) => rows[y]?.[x] === "#") ? "#" : ".")).join(""),
        )
        expect(rleUnion(pictures.map((rows) => rleOfPixels(rows)))).toEqual(rleOfPixels(union))
      }),
      { numRuns: 1000 },
    )
  })

  it("have the box of their pixels", () => {
    fc.assert(
      fc.property(picture, (rows) => {
        const xs = rows.flatMap((row) => [...row].flatMap((pixel, x) => (pixel === "#" ? [x] : [])))
        const ys = rows.flatMap((row, y) => (row.includes("#") ? [y] : []))
        const [left, top] = [Math.min(...xs), Math.min(...ys)]
        const box = { x: left, y: top, w: Math.max(...xs) - left + 1, h: Math.max(...ys) - top + 1 }
        expect(rleBounds(rleOfPixels(rows))).toEqual(xs.length === 0 ? undefined : box)
      }),
      { numRuns: 1000 },
    )
  })
})

describe("the compressed form", () => {
  it("is that of COCO's tools", () => {
    // By hand: 5 groups of five bits, the fourth count as its difference to the second.
    expect(encodeCounts(Uint32Array.from([6, 1, 40, 4, 5, 4, 5, 4, 21]))).toBe("61X13mN000`0")
    expect(decodeCounts("61X13mN000`0")).toEqual([6, 1, 40, 4, 5, 4, 5, 4, 21])
  })

  it("comes back as it went", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 })), (counts) => {
        expect(decodeCounts(encodeCounts(Uint32Array.from(counts)))).toEqual(counts)
      }),
      { numRuns: 1000 },
    )
  })

  it("refuses what is none", () => {
    for (const text of ["\n", "0ÿ", "o", "`", "oooooooo0", "/"]) expect(decodeCounts(text)).toBeUndefined()
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const counts = decodeCounts(text)
        expect(counts === undefined || counts.every(Number.isSafeInteger)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

describe("rasterLayerToRles", () => {
  it("gives each label its pixels, whatever the runs are cut into", () => {
    const labels = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
      .chain(([width, height]) =>
        fc.record({
          width: fc.constant(width),
          pixels: fc.array(fc.integer({ min: 0, max: 3 }), {
            minLength: width * height,
            maxLength: width * height,
          }),
          cuts: fc.array(fc.boolean(), { minLength: width * height, maxLength: width * height }),
        }),
      )
    fc.assert(
      fc.property(labels, ({ width, pixels, cuts }) => {
        const height = pixels.length / width
        const dense: number[] = []
        pixels.forEach((label, i) => {
          if (i > 0 && label === pixels[i - 1] && cuts[i] !== true) {
            dense[dense.length - 1] = (dense.at(-1) as number) + 1
          } else dense.push(label, 1)
        })
        const layer = { dense_rle: dense, mask_annotation_ids_mapping: {}, total_pixels: pixels.length }
        const masks = rasterLayerToRles(layer, [1, 3, 9], width, height)
        for (const label of [1, 3, 9]) {
          const rows = Array.from({ length: height }, (_, y) =>
            Array.from({ length: width }, (_, x) => (pixels[y * width + x] === label ? "#" : ".")).join(""),
          )
          expect(masks?.get(label)).toEqual(rleOfPixels(rows))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("refuses what does not cover the image", () => {
    const layer = (dense_rle: number[]) => ({ dense_rle, mask_annotation_ids_mapping: {}, total_pixels: 6 })
    expect(rasterLayerToRles(layer([0, 2, 1, 4]), [1], 3, 2)?.size).toBe(1)
    for (const dense of [[0, 2, 1], [0, 2, 1, 3], [0, 2, 1, 5], [0, -2, 1, 8], [0, 0.5, 1, 5.5], []]) {
      expect(rasterLayerToRles(layer(dense), [1], 3, 2)).toBeUndefined()
    }
  })
})

describe("rleToPaths", () => {
  it("outlines pixels at their borders, holes the other way round", () => {
    const rows = ["####.", "#..#.", "####."]
    expect(rleToPaths(rleOfPixels(rows))).toEqual([
      [
        { x: 0, y: 0 },
        { x: 4, y: 0 },
        { x: 4, y: 3 },
        { x: 0, y: 3 },
      ],
      [
        { x: 1, y: 1 },
        { x: 1, y: 2 },
        { x: 3, y: 2 },
        { x: 3, y: 1 },
      ],
    ])
  })

  it("keeps pixels apart that touch at a corner", () => {
    expect(rleToPaths(rleOfPixels(["#.", ".#"])).length).toBe(2)
    expect(rleToPaths(rleOfPixels([".#", "#."])).length).toBe(2)
  })

  it("gives paths that are drawn as the same mask again", () => {
    fc.assert(
      fc.property(picture, (rows) => {
        const rle = rleOfPixels(rows)
        const paths = rleToPaths(rle)
        const again = polygonToRle(paths, rle.width, rle.height) as Rle
        expect(pixelsOf(again)).toEqual(rows)
        expect(again).toEqual(rle)
        expect(rleToPaths(again)).toEqual(paths)
        for (const path of paths) expect(path.length).toBeGreaterThanOrEqual(4)
      }),
      { numRuns: 2000 },
    )
  })

  it("gives paths for any polygon's mask that are drawn as that mask again", () => {
    const size = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(shapes, size, size, (shape, width, height) => {
        const rle = polygonToRle(shape, width, height) as Rle
        expect(polygonToRle(rleToPaths(rle), width, height)).toEqual(rle)
      }),
      { numRuns: 1000 },
    )
  })

  it("reads counts that are not canonical", () => {
    const rle = { width: 2, height: 4, counts: Uint32Array.from([0, 1, 0, 2, 0, 0, 2, 3]) }
    expect(rleToPaths(rle)).toEqual(
      rleToPaths(rleOfPixels(["##", "#.", "#.", ".."].map((_, y) => pixelsOf(rle)[y] as string))),
    )
  })
})
