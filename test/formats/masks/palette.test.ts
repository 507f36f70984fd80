import { describe, expect, it } from "vitest"
import { lookOf, type MaskStyle, paletteOf } from "../../../src/formats/masks/palette.ts"

function valuesOf(style: MaskStyle, classes: number): string[] {
  const { channels, samples } = paletteOf(style, classes)
  return Array.from({ length: classes + 1 }, (_, i) =>
    samples.slice(i * channels, (i + 1) * channels).join(" "),
  )
}

describe("paletteOf", () => {
  it("has hues at equal steps, of which the background takes the last", () => {
    expect(valuesOf("rgb", 2)).toEqual(["0 0 0", "255 50 50", "50 255 50"])
    expect(valuesOf("rgb", 0)).toEqual(["0 0 0"])
  })

  it.each([0, 1, 2, 7, 254, 255, 256, 257, 360, 1000, 1230, 5000, 65_535])(
    "has a value of its own for each of %i classes, black for the background",
    (classes) => {
      for (const style of ["index", "grey", "rgb"] as const) {
        const { depth, samples } = paletteOf(style, classes)
        const values = valuesOf(style, classes)
        expect(new Set(values).size).toBe(classes + 1)
        expect(values[0]).toBe(style === "rgb" ? "0 0 0" : "0")
        expect(
          samples.every((sample) => Number.isInteger(sample) && sample >= 0 && sample < 2 ** depth),
        ).toBe(true)
        expect(depth).toBe(style !== "rgb" && classes > 255 ? 16 : 8)
      }
    },
  )
})

describe("lookOf", () => {
  it("puts the value of the final number where the label is", () => {
    const grey = lookOf(paletteOf("grey", 3), Uint32Array.of(2, 0, 1))
    expect(grey).toEqual({ channels: 1, table: Uint8Array.of(0, 255, 85, 170) })
    const rgb = lookOf(paletteOf("rgb", 2), Uint32Array.of(1, 0))
    expect(rgb).toEqual({ channels: 3, table: Uint8Array.of(0, 0, 0, 50, 255, 50, 255, 50, 50) })
  })
})
