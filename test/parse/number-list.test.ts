import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { skipNumbers } from "../../src/parse/number-list.ts"

const structural = new Set(Buffer.from('"[]{}\\'))
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'0123456789.,- \n"[]{}\\eé'), maxLength: 40 }).map((text) => {
    return new Uint8Array(Buffer.from(text))
  }),
  fc
    .tuple(fc.stringMatching(/^[\d., -]{0,40}$/), fc.constantFrom('"', "]", "{", ""))
    .map(([numbers, end]) => {
      return new Uint8Array(Buffer.from(numbers + end))
    }),
)

describe("skipNumbers", () => {
  it("stops before what matters to the structure, and no more than three bytes before it in a list", () => {
    fc.assert(
      fc.property(bytes, fc.nat(40), fc.nat(3), (text, from, offset) => {
        // Anywhere in its buffer.
        const buffer = Buffer.concat([Buffer.alloc(offset, '"'), text, Buffer.from('"')])
        const at = skipNumbers(new DataView(buffer.buffer, buffer.byteOffset + offset, text.length), from)
        expect(at).toBeGreaterThanOrEqual(from)
        if (from <= text.length) expect(at).toBeLessThanOrEqual(text.length)
        expect(text.subarray(from, at).some((byte) => structural.has(byte))).toBe(false)
        const next = text.subarray(at).findIndex((byte) => byte >= 0x40 || byte === 0x22)
        expect(next === -1 ? text.length - at : next).toBeLessThanOrEqual(3)
      }),
      { numRuns: 5_000 },
    )
  })
})
