import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createMasks } from "../../src/geometry/masks.ts"
import { covers, rasterLayerToRuns } from "../../src/geometry/raster-layer.ts"
import type { Annotation, RasterLayer } from "../../src/model/annotation.ts"

function layerOf(dense_rle: number[], ids: Record<string, number> = {}): RasterLayer {
  return { dense_rle, mask_annotation_ids_mapping: ids, total_pixels: 0 }
}

describe("rasterLayerToRuns", () => {
  it("has every pixel of a label and no other", () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 5 })))
    fc.assert(
      fc.property(pairs, (pairs) => {
        const labels = pairs.flatMap(([label, run]) => new Array<number>(run).fill(label))
        const runs = rasterLayerToRuns(layerOf(pairs.flat()), [1, 3, 9])
        expect([...runs.keys()]).toEqual([1, 3, 9])
        for (const [label, own] of runs) {
          const pixels: number[] = []
          for (let i = 0; i < own.length; i += 2) {
            for (let n = 0; n < (own[i + 1] as number); n++) pixels.push((own[i] as number) + n)
          }
          expect(pixels).toEqual(labels.flatMap((one, at) => (one === label ? [at] : [])))
        }
      }),
    )
  })
})

describe("covers", () => {
  it("is true of whole runs that are as many pixels as the image", () => {
    expect(covers(layerOf([0, 2, 1, 4]), 3, 2)).toBe(true)
    for (const runs of [
      [0, 5],
      [0, 7],
      [0, 6, 1],
      [0, 7, 1, -1],
      [0, 5.5, 1, 0.5],
      [0, Number.NaN],
    ]) {
      expect(covers(layerOf(runs), 3, 2)).toBe(false)
    }
    expect(covers(layerOf([]), 0, 2)).toBe(true)
    expect(covers(layerOf([0, 1]), 0.5, 2)).toBe(false)
  })
})

describe("createMasks", () => {
  it("gives runs of a mask, or why there are none", () => {
    const layer = (runs: number[], ids: Record<string, number>): Annotation => {
      return { type: "raster_layer", name: "", raster_layer: layerOf(runs, ids) }
    }
    const layers = [layer([0, 1, 7, 2, 0, 1], { a: 7, b: 8, both: 1 }), layer([0, 3], { short: 1, both: 1 })]
    const masks = createMasks(layers, { width: 2, height: 2 })
    expect(masks.runs("a")).toEqual([1, 2])
    expect(masks.runs("b")).toEqual([])
    expect(masks.runs("both")).toBe("several raster layers hold its pixels")
    expect(masks.runs("short")).toBe("the runs of the raster layer do not cover the image")
    for (const id of ["none", undefined, "__proto__"]) {
      expect(masks.runs(id)).toBe("no raster layer holds its pixels")
    }
    expect(createMasks(layers, undefined).runs("a")).toBe("its image has no size")
  })
})
