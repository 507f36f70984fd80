import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { labelsToRuns, runsToLabels } from "../../../src/formats/masks/label-runs.ts"

const runs = (most: number) =>
  fc.array(fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 1, max: 300 })), { maxLength: 30 })

const flat = (pairs: readonly (readonly [number, number])[]) =>
  pairs.flatMap(([label, length]) => new Array<number>(length).fill(label))

describe("labelsToRuns", () => {
  it("is read back as the same labels, of 8 and 16 bits", () => {
    fc.assert(
      fc.property(runs(255), runs(65_535), (narrow, wide) => {
        for (const labels of [Uint8Array.from(flat(narrow)), Uint16Array.from(flat(wide))]) {
          const back = labels.slice().fill(7)
          runsToLabels(labelsToRuns(labels), back)
          expect(back).toEqual(labels)
        }
      }),
    )
  })

  it("takes few bytes for an image of one label, and of many", () => {
    const labels = new Uint8Array(10_000_000).fill(3)
    expect(labelsToRuns(labels)).toHaveLength(5)
    const noise = Uint16Array.from({ length: 10_000 }, (_, i) => i % 9_999)
    const back = new Uint16Array(noise.length)
    runsToLabels(labelsToRuns(noise), back)
    expect(back).toEqual(noise)
  })

  it("reads no further than the labels in a buffer that is larger", () => {
    const buffer = new Uint8Array(16).fill(9).buffer
    const labels = new Uint8Array(buffer, 0, 5).fill(9)
    expect(labelsToRuns(labels)).toEqual(Uint8Array.of(9, 5))
  })
})
