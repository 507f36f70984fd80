import fc from "fast-check"
import { PNG } from "pngjs"
import { describe, expect, it } from "vitest"
import { encodeLabels, encodePng } from "../../src/parse/png-write.ts"

/** What pngjs reads of a file, as samples of the file's own channels. */
function decode(
  file: Buffer,
  channels: 1 | 3,
): { width: number; height: number; depth: number; samples: number[] } {
  const png = PNG.sync.read(file, { skipRescale: true }) as PNG & { depth: number }
  const samples: number[] = []
  for (let i = 0; i < png.data.length; i += 4) {
    for (let channel = 0; channel < channels; channel++) samples.push(png.data[i + channel] as number)
  }
  return { width: png.width, height: png.height, depth: png.depth, samples }
}

const channels = fc.constantFrom<1 | 3>(1, 3)
const depth = fc.constantFrom<8 | 16>(8, 16)
const side = fc.integer({ min: 1, max: 23 })
// Few values, so that runs and rows repeat, and any.
const sampleOf = (bits: 8 | 16) =>
  fc.oneof(fc.constantFrom(0, 1, 2 ** bits - 1), fc.integer({ min: 0, max: 2 ** bits - 1 }))

describe("encodePng", () => {
  it("is read back by another decoder: grey and RGB, 8 and 16 bits, any width", () => {
    const pictures = fc.record({ width: side, height: side, channels, depth }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        samples: fc.array(sampleOf(shape.depth), {
          minLength: shape.width * shape.height * shape.channels,
          maxLength: shape.width * shape.height * shape.channels,
        }),
        wide: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(pictures, ({ shape, samples, wide }) => {
        const data = shape.depth === 16 || wide ? Uint16Array.from(samples) : Uint8Array.from(samples)
        const { width, height } = shape
        const decoded = decode(encodePng({ ...shape, data }), shape.channels)
        expect(decoded).toEqual({ width, height, depth: shape.depth, samples })
      }),
      { numRuns: 300 },
    )
  })

  it("writes one pixel", () => {
    const file = encodePng({ width: 1, height: 1, channels: 1, depth: 8, data: Uint8Array.of(7) })
    expect(decode(file, 1)).toEqual({ width: 1, height: 1, depth: 8, samples: [7] })
    expect([...file.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    expect(file.subarray(-12).toString("latin1")).toBe("\0\0\0\0IEND\xae\x42\x60\x82")
  })

  it("reads data that begin anywhere in their memory", () => {
    const data = new Uint8Array(Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 9).buffer, 1, 6)
    expect(decode(encodePng({ width: 3, height: 2, channels: 1, depth: 8, data }), 1).samples).toEqual([
      1, 2, 3, 4, 5, 6,
    ])
    const wide = new Uint16Array(Uint16Array.of(9, 1, 256, 3, 4, 5, 65_535, 9).buffer, 2, 6)
    const file = encodePng({ width: 3, height: 2, channels: 1, depth: 16, data: wide })
    expect(decode(file, 1).samples).toEqual([1, 256, 3, 4, 5, 65_535])
  })

  it("writes large pictures small", () => {
    const [width, height] = [4000, 3000]
    const data = new Uint8Array(width * height * 3)
    for (let y = 500; y < 2500; y++) {
      for (let x = y; x < y + 900; x++) data.set([200, 100, 50], (y * width + x) * 3)
    }
    const file = encodePng({ width, height, channels: 3, depth: 8, data })
    expect(file.length).toBeLessThan(100_000)
    const png = PNG.sync.read(file)
    expect(Buffer.from(data).equals(withoutAlpha(png.data))).toBe(true)
  })

  it("refuses sizes that no PNG has and data of another size", () => {
    const data = new Uint8Array(6)
    const picture = { width: 3, height: 2, channels: 1, depth: 8, data } as const
    for (const width of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
      expect(() => encodePng({ ...picture, width })).toThrow(/^width: /)
      expect(() => encodePng({ ...picture, height: width })).toThrow(/^height: /)
    }
    expect(() => encodePng({ ...picture, width: 2 ** 20, height: 2 ** 20 })).toThrow(/too many for one PNG/)
    expect(() => encodePng({ ...picture, height: 3 })).toThrow("data: must have 9 samples, not 6")
    expect(() => encodePng({ ...picture, channels: 3 })).toThrow("data: must have 18 samples, not 6")
    const wide = Uint16Array.of(0, 0, 0, 0, 0, 256)
    expect(() => encodePng({ ...picture, data: wide })).toThrow("data: must have 8 bits a sample, not 256")
  })
})

describe("encodeLabels", () => {
  it("is the picture that looking up each pixel gives", () => {
    const pictures = fc
      .record({ width: side, height: side, channels, depth, known: fc.integer({ min: 1, max: 300 }) })
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          labels: fc.array(fc.integer({ min: 0, max: shape.known - 1 }), {
            minLength: shape.width * shape.height,
            maxLength: shape.width * shape.height,
          }),
          samples: fc.array(sampleOf(shape.depth), {
            minLength: shape.known * shape.channels,
            maxLength: shape.known * shape.channels,
          }),
        }),
      )
    fc.assert(
      fc.property(pictures, ({ shape: { width, height, channels, depth, known }, labels, samples }) => {
        const Labels = known > 256 ? Uint16Array : Uint8Array
        const table = depth === 8 ? Uint8Array.from(samples) : Uint16Array.from(samples)
        const file = encodeLabels({ width, height, channels, labels: Labels.from(labels), table })
        expect(decode(file, channels)).toEqual({
          width,
          height,
          depth,
          samples: labels.flatMap((label) => samples.slice(label * channels, (label + 1) * channels)),
        })
      }),
      { numRuns: 300 },
    )
  })

  it("refuses labels that the table lacks, wherever they stand, and labels of another size", () => {
    const table = Uint8Array.of(0, 0, 0, 255, 0)
    for (let at = 0; at < 6; at++) {
      const labels = new Uint8Array(6)
      labels[at] = 1
      expect(() => encodeLabels({ width: 3, height: 2, channels: 3, labels, table })).toThrow(
        "table: has no samples for label 1",
      )
    }
    const labels = new Uint8Array(6)
    expect(() => encodeLabels({ width: 3, height: 1, channels: 3, labels, table })).toThrow(
      "labels: must have 3 labels, not 6",
    )
    expect(() => encodeLabels({ width: 0, height: 1, channels: 1, labels, table })).toThrow(/^width: /)
  })
})

function withoutAlpha(rgba: Buffer): Buffer {
  const rgb = Buffer.alloc((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgba.copy(rgb, to, from, from + 3)
  return rgb
}
