import fc from "fast-check"
import { expect, it } from "vitest"
import { createJsonBytes } from "../../../src/formats/shared/json-bytes.ts"

it("writes numbers as JSON.stringify does", () => {
  const rounded = fc
    .tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: 0, max: 9 }))
    .map(([digits, decimals]) => digits / 10 ** decimals)
  const special = fc.constantFrom(0, -0, 5e-324, 1e-7, 1e-6, 1e21, 2 ** 31, 2 ** 31 - 0.5, 2 ** 53, 0.1 + 0.2)
  const any = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(fc.oneof(rounded, special, any, fc.integer()), (value) => {
      const out = createJsonBytes()
      out.number(value)
      expect(out.bytes().toString()).toBe(JSON.stringify(value))
    }),
    { numRuns: 20_000 },
  )
})

it("grows, and takes back what was written since a length", () => {
  const out = createJsonBytes()
  let expected = ""
  for (let i = 0; i < 60_000; i++) {
    out.ascii("[")
    out.number(i / 4)
    const { length } = out
    out.text("left out: ü")
    out.length = length
    out.text("ü日🚗]")
    expected += `[${i / 4}ü日🚗]`
  }
  expect(out.bytes().toString()).toBe(expected)
  out.length = 0
  out.ascii("{}")
  expect(out.bytes().toString()).toBe("{}")
})

it("writes points as JSON.stringify does", () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true })
  const path = fc.array(fc.record({ x: number, y: number }), { maxLength: 20 })
  fc.assert(
    fc.property(path, (points) => {
      const out = createJsonBytes()
      out.pointObjects(points, ',"z":0')
      const flat = points.map(({ x, y }) => ({ x, y, z: 0 }))
      expect(`[${out.bytes()}]`).toBe(JSON.stringify(flat))
      out.length = 0
      out.pointObjects(points)
      expect(`[${out.bytes()}]`).toBe(JSON.stringify(points))
    }),
    { numRuns: 500 },
  )
})
