import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { masksToRasterLayer, rasterLayerToRles } from "../../src/geometry/raster-layer.ts"
import { type Rle, rleBounds } from "../../src/geometry/rle.ts"
import { boxedToRle, labelsToDenseRle, rleToBoxed } from "../../src/geometry/row-runs.ts"
import { transposeRle } from "../../src/geometry/transpose.ts"
import { picture } from "./arbitraries.ts"
import { pixelsOf, rleOfPixels } from "./masks.ts"

const counts = (...values: number[]) => Uint32Array.from(values)

/** Counts along the rows of a picture. */
function rowCounts(rows: readonly string[]): number[] {
  const runs = [0]
  let current = "."
  for (const pixel of rows.join("")) {
    if (pixel !== current) runs.push(0)
    current = pixel
    runs[runs.length - 1] = (runs.at(-1) as number) + 1
  }
  return runs
}

describe("transposeRle", () => {
  it("swaps rows and columns", () => {
    fc.assert(
      fc.property(picture, (rows) => {
        const columns = [...(rows[0] as string)].map((_, x) => rows.map((row) => row[x]).join(""))
        const rle = rleOfPixels(rows)
        expect(transposeRle(rle)).toEqual(rleOfPixels(columns))
        expect([...transposeRle(rle).counts]).toEqual(rowCounts(rows))
        expect(transposeRle(transposeRle(rle))).toEqual(rle)
      }),
      { numRuns: 1000 },
    )
  })

  it("reads counts that are not canonical, and masks without pixels", () => {
    const rle = { width: 2, height: 4, counts: counts(0, 1, 0, 2, 0, 0, 2, 3) }
    expect(transposeRle(rle)).toEqual(transposeRle(rleOfPixels(pixelsOf(rle))))
    expect(transposeRle({ width: 0, height: 3, counts: counts(0) })).toEqual({
      width: 3,
      height: 0,
      counts: counts(0),
    })
    expect(transposeRle({ width: 3, height: 2, counts: counts(6) }).counts).toEqual(counts(6))
  })

  it("works on the runs, not on the pixels", () => {
    const rle = { width: 60_000, height: 60_000, counts: counts(7, 3_600_000_000 - 17, 10) }
    expect(transposeRle(transposeRle(rle))).toEqual(rle)
  })
})

describe("a mask in a box", () => {
  it("counts along the rows of the box around its pixels, and comes back", () => {
    fc.assert(
      fc.property(picture, (rows) => {
        const rle = rleOfPixels(rows)
        const boxed = rleToBoxed(rle)
        const bounds = rleBounds(rle)
        if (boxed === undefined || bounds === undefined) {
          expect([boxed, bounds]).toEqual([undefined, undefined])
          return
        }
        const { x, y, w, h } = bounds
        expect(boxed).toMatchObject({ left: x, top: y, width: w, height: h })
        expect([...boxed.counts]).toEqual(rowCounts(rows.slice(y, y + h).map((row) => row.slice(x, x + w))))
        expect(boxedToRle(boxed, rle.width, rle.height)).toEqual(rle)
      }),
      { numRuns: 1000 },
    )
  })

  it("is cut at the border of the image", () => {
    const offset = fc.integer({ min: -16, max: 16 })
    fc.assert(
      fc.property(picture, offset, offset, picture, (inner, left, top, image) => {
        const [width, height] = [inner[0]?.length as number, inner.length]
        const boxed = { left, top, width, height, counts: rowCounts(inner) }
        const expected = image.map((row, y) =>
          [...row].map((_, x) => (inner[y - top]?.[x - left] === "#" ? "#" : ".")).join(""),
        )
        expect(boxedToRle(boxed, image[0]?.length as number, image.length)).toEqual(rleOfPixels(expected))
      }),
      { numRuns: 1000 },
    )
  })

  it("costs the rows of the image, however high the box is", () => {
    const tall = { left: -1, top: -5, width: 2, height: 2_000_000_000, counts: [0, 4_000_000_000] }
    expect(boxedToRle(tall, 3, 2)).toEqual(rleOfPixels(["#..", "#.."]))
    expect(boxedToRle({ ...tall, left: 1e300, top: -1e300 }, 3, 2)?.counts).toEqual(counts(6))
  })

  it("is none where the numbers are none", () => {
    const boxed = { left: 0, top: 0, width: 3, height: 2, counts: [1, 5] }
    expect(boxedToRle(boxed, 3, 2)?.counts).toEqual(counts(1, 5))
    for (const wrong of [
      { counts: [1, 4] },
      { counts: [1, 6] },
      { counts: [] },
      { counts: [-1, 7] },
      { counts: [0.5, 5.5] },
      { counts: [Number.NaN] },
      { counts: ["6" as unknown as number] },
      { left: 0.5 },
      { top: Number.NaN },
      { width: -3, height: -2 },
      { width: 1.5, height: 4 },
    ]) {
      expect(boxedToRle({ ...boxed, ...wrong }, 3, 2)).toBeUndefined()
    }
    expect(boxedToRle(boxed, 70_000, 70_000)).toBeUndefined()
    expect(boxedToRle(boxed, 3, -2)).toBeUndefined()
  })
})

describe("labelsToDenseRle", () => {
  it("gives pairs of label and run, over the ends of rows", () => {
    expect(labelsToDenseRle(Uint16Array.of(0, 300, 300, 300, 0, 2))).toEqual([0, 1, 300, 3, 0, 1, 2, 1])
    expect(labelsToDenseRle(new Uint8Array(0))).toEqual([])
  })
})

describe("masksToRasterLayer", () => {
  const pictures = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pictures: fc.array(
          fc.array(fc.string({ unit: fc.constantFrom("#", ".", "."), minLength: width, maxLength: width }), {
            minLength: height,
            maxLength: height,
          }),
          { maxLength: 7 },
        ),
      }),
    )

  it("lays later masks over earlier ones and tells which are not to be seen", () => {
    fc.assert(
      fc.property(pictures, ({ width, height, pictures }) => {
        const top: (number | undefined)[] = Array.from({ length: width * height }, (_, at) => {
          const index = pictures.findLastIndex((rows) => rows[Math.floor(at / width)]?.[at % width] === "#")
          return index < 0 ? undefined : index
        })
        const masks = new Map(pictures.map((rows, i) => [`m${i}`, rleOfPixels(rows)]))
        const { layer, hidden } = masksToRasterLayer(masks, width, height)
        const mapping = layer.mask_annotation_ids_mapping
        const seen = pictures.map((_, i) => i).filter((i) => top.includes(i))
        expect(hidden).toEqual(pictures.map((_, i) => `m${i}`).filter((_, i) => !seen.includes(i)))
        expect(mapping).toEqual(Object.fromEntries(seen.map((i, n) => [`m${i}`, n + 1])))
        expect(layer.total_pixels).toBe(width * height)
        const expected = Uint8Array.from(top, (i) => (i === undefined ? 0 : (mapping[`m${i}`] as number)))
        expect(layer.dense_rle).toEqual(labelsToDenseRle(expected))
        expect(rasterLayerToRles(layer, [], width, height)).toBeDefined()
      }),
      { numRuns: 500 },
    )
  })

  it("takes any id, no masks, images without pixels, and refuses masks of another size", () => {
    const masks = new Map([["__proto__", rleOfPixels(["#."])]])
    const { layer } = masksToRasterLayer(masks, 2, 1)
    expect(Object.entries(layer.mask_annotation_ids_mapping)).toEqual([["__proto__", 1]])
    expect(masksToRasterLayer(new Map(), 2, 3).layer.dense_rle).toEqual([0, 6])
    const none: Rle = { width: 0, height: 3, counts: counts(0) }
    expect(masksToRasterLayer(new Map([["a", none]]), 0, 3)).toEqual({
      layer: { dense_rle: [], mask_annotation_ids_mapping: {}, total_pixels: 0 },
      hidden: ["a"],
    })
    expect(() => masksToRasterLayer(masks, 1, 2)).toThrow(/masks: must be 1 x 2, not 2 x 1/)
  })

  it("does not need the pixels of a large image", () => {
    const mask = { width: 60_000, height: 60_000, counts: counts(60_001, 2, 3_600_000_000 - 60_003) }
    const { layer } = masksToRasterLayer(new Map([["a", mask]]), 60_000, 60_000)
    expect(layer.dense_rle).toEqual([0, 60_001, 1, 1, 0, 59_999, 1, 1, 0, 3_600_000_000 - 120_002])
  })
})
