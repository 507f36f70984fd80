import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { manifestFrames } from "../../src/parse/frame-manifest.ts"

const read = (text: string) => [...manifestFrames(text, "m")]

describe("manifestFrames", () => {
  test("reads a line a frame", () => {
    expect(read("0:0:1:0.0\n1:0:0:0.04\n0:1:1:0.08")).toEqual([
      { number: 0, segment: 0, visible: true, timestamp: 0 },
      { number: 1, segment: 0, visible: false, timestamp: 0.04 },
      { number: 0, segment: 1, visible: true, timestamp: 0.08 },
    ])
    expect(read("")).toEqual([])
  })

  test("whatever its numbers are and its lines end with", () => {
    const frame = fc.record({
      number: fc.nat(),
      segment: fc.nat(),
      visible: fc.boolean(),
      timestamp: fc.double({ noNaN: true, noDefaultInfinity: true }).map((seconds) => seconds + 0),
    })
    fc.assert(
      fc.property(fc.array(frame), fc.constantFrom("\n", "\r\n", "\n\n"), (frames, end) => {
        const lines = frames.map(
          ({ number, segment, visible, timestamp }) =>
            `${number}:${segment}:${visible ? 1 : 0}:${timestamp}${end}`,
        )
        expect(read(lines.join(""))).toEqual(frames)
      }),
    )
  })

  test.each(["0:0:1", "0:0:2:0.0", "-1:0:1:0.0", "0:0:1:", "0:0:1:later", "<html>", "0:0:1:0.0:5"])(
    "refuses %s by its line",
    (line) => {
      expect(() => read(`0:0:1:0.0\n${line}\n`)).toThrow(
        expect.objectContaining({ code: "format", file: "m", place: "line 2" }),
      )
    },
  )
})
