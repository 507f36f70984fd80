import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isError } from "../../src/errors.ts"
import { createTextDecoder, decodeText, sniffEncoding } from "../../src/parse/text.ts"
import { pieces } from "./pieces.ts"

const unicode = fc.string({ unit: "binary", maxLength: 60 })

function utf16be(text: string): Buffer {
  return Buffer.from(text, "utf16le").swap16()
}

describe("decodeText", () => {
  it("reads UTF-8 and UTF-16, with and without a mark", () => {
    fc.assert(
      fc.property(unicode, (rest) => {
        // Without a mark the zero byte beside the first character tells, and the second must not be zero itself.
        const text = `{"${rest}`
        for (const bytes of [
          Buffer.from(text),
          Buffer.from(`\ufeff${text}`),
          Buffer.from(`\ufeff${text}`, "utf16le"),
          utf16be(`\ufeff${text}`),
          Buffer.from(text, "utf16le"),
          utf16be(text),
        ]) {
          expect(decodeText(bytes, "a.json")).toBe(text)
        }
      }),
    )
  })

  it("takes off one mark only, and leaves the input as it was", () => {
    const bytes = utf16be("\ufeff\ufeffa")
    const before = Buffer.from(bytes)
    expect(decodeText(bytes, "a")).toBe("\ufeffa")
    expect(bytes).toEqual(before)
  })

  it("reads an empty file as empty text", () => {
    expect(decodeText(new Uint8Array(), "a")).toBe("")
  })

  it.each([
    ["a byte that begins nothing", [0x22, 0xff], 1],
    ["a continuation alone", [0x80], 0],
    ["a cut character", [0x61, 0x62, 0xe2, 0x82], 2],
    ["an overlong form", [0xc0, 0x80], 0],
    ["an overlong form of three", [0x61, 0xe0, 0x80, 0x80], 1],
    ["a surrogate", [0xc3, 0xa9, 0xed, 0xa0, 0x80], 2],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 0],
    ["after a mark", [0xef, 0xbb, 0xbf, 0x61, 0xff], 4],
    ["an odd byte of UTF-16", [0xff, 0xfe, 0x61, 0x00, 0x62], 4],
    ["a lone trailing surrogate", [0xff, 0xfe, 0x61, 0x00, 0x00, 0xdc, 0x61, 0x00], 4],
    ["a lone leading surrogate", [0xfe, 0xff, 0x00, 0x61, 0xd8, 0x00, 0x00, 0x61], 4],
    ["a leading surrogate at the end", [0xfe, 0xff, 0x00, 0x61, 0xd8, 0x00], 4],
  ])("refuses %s and names the byte", (_, bytes, at) => {
    expect(() => decodeText(Uint8Array.from(bytes), "dir/a.json")).toThrow(
      expect.objectContaining({ code: "format", file: "dir/a.json", place: `byte ${at}` }),
    )
  })

  it("agrees with the platform's decoder on random bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(unicode, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
        const valid = Buffer.from(`ab${text}`)
        valid[2 + (at % Math.max(1, valid.length - 2))] = byte
        return valid
      }),
    )
    fc.assert(
      fc.property(bytes, (bytes) => {
        fc.pre(sniffEncoding(bytes).encoding === "utf-8")
        let expected: string | undefined
        try {
          expected = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
        } catch {}
        let actual: string | undefined
        try {
          actual = decodeText(bytes, "a")
        } catch (error) {
          if (!isError(error, "format")) throw error
          // What stands before the byte named is text, and with that byte it is not.
          const at = Number(error.place.slice("byte ".length))
          expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, at))).not.toThrow()
          expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, at + 4))).toThrow()
        }
        expect(actual).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })
})

describe("createTextDecoder", () => {
  it.each(["utf-8", "utf-16le", "utf-16be"] as const)("joins %s that is cut anywhere", (encoding) => {
    fc.assert(
      fc.property(unicode, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (text, sizes) => {
        const bytes =
          encoding === "utf-8"
            ? Buffer.from(text)
            : encoding === "utf-16le"
              ? Buffer.from(text, "utf16le")
              : utf16be(text)
        const decoder = createTextDecoder(encoding, "a", 0)
        let read = ""
        for (const piece of pieces(bytes, sizes)) read += decoder.decode(piece)
        expect(read + decoder.end()).toBe(text)
      }),
    )
  })

  it("names the byte of the whole file, whatever the pieces", () => {
    for (const size of [1, 2, 3, 7]) {
      const decoder = createTextDecoder("utf-8", "a", 3)
      expect(() => {
        for (const piece of pieces(Buffer.from([0x61, 0xc3, 0xa9, 0xe2, 0x28, 0xa1]), [size]))
          decoder.decode(piece)
      }).toThrow(expect.objectContaining({ place: "byte 6" }))
    }
  })
})
