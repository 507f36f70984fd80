import { parse } from "csv-parse/sync"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { csvRow } from "../../src/parse/csv-write.ts"

describe("csvRow", () => {
  it.each<[cells: string[], row: string]>([
    [["a.jpg", "night", "rain"], "a.jpg,night,rain"],
    [["a b", "é", "🚗"], "a b,é,🚗"],
    [["a,b", "c"], '"a,b",c'],
    [['say "hi"', '"'], '"say ""hi""",""""'],
    [["a\nb", "c\rd", "e\r\nf"], '"a\nb","c\rd","e\r\nf"'],
    [[" a", "b ", "\tc", "d\u00a0"], '" a","b ","\tc","d\u00a0"'],
    [["\ufeffa"], '"\ufeffa"'],
    [["=SUM(A1)", "+1", "@x", "a;b|c'd"], "=SUM(A1),+1,@x,a;b|c'd"],
    [["", "a", ""], ",a,"],
    [[""], '""'],
    [[], ""],
  ])("writes %j", (cells, row) => {
    expect(csvRow(cells)).toBe(`${row}\n`)
    expect(csvRow(cells, "\r\n")).toBe(`${row}\r\n`)
  })

  it("is read back as it was, with and without blanks stripped", () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", " ", ",", '"', "\r", "\n", "\t", "\ufeff", "é", "🚗"),
    })
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.constantFrom("\n", "\r\n"), fc.boolean(), (rows, lineEnd, trim) => {
        const text = rows.map((cells) => csvRow(cells, lineEnd)).join("")
        const options = { bom: true, trim, relax_column_count: true, record_delimiter: lineEnd }
        expect(parse(text, options)).toEqual(rows)
      }),
      { numRuns: 300 },
    )
  })
})
