import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createLabelBytes, createRenumbering } from "../../../src/formats/yolo/label-bytes.ts"

function fractionText(number: number): string {
  const out = createLabelBytes()
  out.fraction(number)
  return out.bytes().toString()
}

describe("createLabelBytes", () => {
  it.each([
    [0, " 0"],
    [-0, " 0"],
    [4e-13, " 0"],
    [6e-13, " 0.000000000001"],
    [0.25, " 0.25"],
    [0.1, " 0.1"],
    [1 / 3, " 0.333333333333"],
    [0.000001, " 0.000001"],
    [0.123456, " 0.123456"],
    [1 - 1e-12, " 0.999999999999"],
    [1 - 1e-13, " 1"],
    [1, " 1"],
  ])("writes %d as %j", (number, text) => {
    expect(fractionText(number)).toBe(text)
  })

  it("writes every fraction to half of a unit, in plain digits", () => {
    const fractions = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.tuple(fc.nat(5_000), fc.integer({ min: 1, max: 5_000 })).map(([a, b]) => Math.min(a, b) / b),
    )
    fc.assert(
      fc.property(fractions, (number) => {
        const text = fractionText(number)
        expect(text).toMatch(/^ (?:0|1|0\.\d{0,11}[1-9])$/)
        expect(Math.abs(Number(text) - number)).toBeLessThanOrEqual(5.001e-13)
      }),
      { numRuns: 1_000 },
    )
  })

  it("grows, and takes back what was added last", () => {
    const out = createLabelBytes()
    for (let i = 0; i < 5_000; i++) {
      out.whole(i)
      const before = out.length
      out.fraction(1 / 3)
      out.text("é\u{1f697}")
      out.length = before
      out.lineEnd()
    }
    expect(out.bytes().toString()).toBe(Array.from({ length: 5_000 }, (_, i) => `${i}\n`).join(""))
  })
})

it("gives lines the final numbers of their classes", () => {
  const finals = Uint32Array.from({ length: 120 }, (_, i) => 119 - i)
  const renumber = createRenumbering(finals)
  const lines = (numbers: readonly number[]) =>
    Buffer.from(numbers.map((number) => `${number} 0.5 1\n`).join(""))
  fc.assert(
    fc.property(fc.array(fc.nat(119), { maxLength: 20 }), (numbers) => {
      const expected = lines(numbers.map((number) => 119 - number))
      expect(Buffer.from(renumber(lines(numbers))).equals(expected)).toBe(true)
    }),
  )
  const same = lines([0, 2, 1])
  expect(createRenumbering(Uint32Array.from([0, 1, 2]))(same)).toBe(same)
})
