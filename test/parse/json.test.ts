import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isError } from "../../src/errors.ts"
import { parseJson } from "../../src/parse/json.ts"
import { damaged } from "./damaged.ts"

function faultIfAny(text: string): string | undefined {
  try {
    parseJson(text, "a.json")
    return undefined
  } catch (error) {
    if (!isError(error, "format")) throw error
    expect(error.message).toBe(`a.json: ${error.place}: ${error.rule}`)
    return `${error.place}: ${error.rule}`
  }
}

function fault(text: string): string {
  const found = faultIfAny(text)
  if (found === undefined) throw new Error("it was accepted")
  return found
}

describe("parseJson", () => {
  it("reads bytes in any of JSON's encodings", () => {
    const value = { name: "Überführung 🚗", n: [1, -2.5e3, null] }
    const text = JSON.stringify(value)
    expect(parseJson(text, "a")).toEqual(value)
    expect(parseJson(Buffer.from(`\ufeff${text}`), "a")).toEqual(value)
    expect(parseJson(Buffer.from(text, "utf16le"), "a")).toEqual(value)
    expect(parseJson(Buffer.from(`\ufeff${text}`, "utf16le").swap16(), "a")).toEqual(value)
  })

  it.each([
    ["", "line 1, column 1: the file is empty"],
    ["\n \n", "line 3, column 1: the file is empty"],
    ['{"a": NaN}', "line 1, column 7: NaN is not JSON"],
    ['{"a": -Infinity}', "line 1, column 7: -Infinity is not JSON"],
    ['{"a": 01}', "line 1, column 7: 01 is not JSON"],
    ['{"a": 1.}', "line 1, column 7: 1. is not JSON"],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: expected "," or "}", found "\\""'],
    ["[1, 2,]", 'line 1, column 7: expected a value, found "]"'],
    ['{"a": 1,}', 'line 1, column 9: expected a key in double quotes, found "}"'],
    ["{'a': 1}", 'line 1, column 2: expected a key in double quotes, found "\'"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['{"a": [1}', 'line 1, column 9: expected "," or "]", found "}"'],
    ['{"a": 1', "line 1, column 8: the file ends inside an object"],
    ['{"a": [1', "line 1, column 9: the file ends inside an array"],
    ['{"a": "x', "line 1, column 9: the file ends inside a string"],
    ['["a\nb"]', 'line 1, column 4: a string cannot hold the control character "\\n"'],
    ['["\\x"]', 'line 1, column 3: "\\\\x" is no escape of JSON'],
    ['["\\u12"]', 'line 1, column 3: "\\\\u" is no escape of JSON'],
    ["{} {}", 'line 1, column 4: after the value stands "{"'],
    ["[\u00a0]", 'line 1, column 2: expected a value, found "\u00a0"'],
    ["[🚗]", 'line 1, column 2: expected a value, found "🚗"'],
  ])("says where and what is wrong in %j", (text, expected) => {
    expect(fault(text)).toBe(expected)
  })

  it("finds a fault in a document of a million levels and in a string of ten million characters", () => {
    expect(fault("[".repeat(1_000_000))).toBe("line 1, column 1000001: the file ends inside an array")
    expect(fault(`["${"a".repeat(10_000_000)}`)).toBe(
      "line 1, column 10000003: the file ends inside a string",
    )
  })

  it("finds a place that makes sense in whatever JSON.parse refuses", () => {
    fc.assert(
      fc.property(damaged(fc.json()), (text) => {
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        if (valid) expect(parseJson(text, "a")).toEqual(JSON.parse(text))
        else {
          const column = Number(/column (\d+)/.exec(fault(text))?.[1])
          // What stands before the place is JSON as far as it goes: alone, it is whole or ends too early.
          const before = text.slice(0, column - 1)
          expect([`${column}`, undefined]).toContain(/column (\d+)/.exec(faultIfAny(before) ?? "")?.[1])
        }
      }),
      { numRuns: 3000 },
    )
  })
})
