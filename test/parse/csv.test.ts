import { Buffer } from "node:buffer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FormatError } from "../../src/errors.ts"
import { csvRows } from "../../src/parse/csv.ts"
import { csvRow } from "../../src/parse/csv-write.ts"
import { pieces } from "./pieces.ts"

async function read(
  text: string | Uint8Array | readonly Uint8Array[],
  limits?: { readonly maxRowCharacters?: number },
): Promise<unknown[]> {
  const rows: unknown[] = []
  const input =
    typeof text === "string"
      ? [Buffer.from(text)]
      : text instanceof Uint8Array
        ? [text]
        : (text as Uint8Array[])
  for await (const { line, cells } of csvRows(input, "a.csv", limits)) {
    rows.push(cells instanceof FormatError ? `${cells.place}: ${cells.rule}` : [line, ...cells])
  }
  return rows
}

describe("csvRows", () => {
  it.each<[text: string, rows: unknown[]]>([
    ["", []],
    [
      "a,b\nc",
      [
        [1, "a", "b"],
        [2, "c"],
      ],
    ],
    [
      "a,b\r\nc\r\n",
      [
        [1, "a", "b"],
        [2, "c"],
      ],
    ],
    [
      "a\rb\r\r\nc\n\rd",
      [
        [1, "a"],
        [2, "b"],
        [4, "c"],
        [6, "d"],
      ],
    ],
    ["\n  \n,,\n \t, \na\n\n", [[5, "a"]]],
    ["\ufeffa,b\n", [[1, "a", "b"]]],
    [' a ,\tb\t," c "\n', [[1, "a", "b", "c"]]],
    [
      '"a,""b""", "c\n\r\nd" ,e\nf',
      [
        [1, 'a,"b"', "c\n\r\nd", "e"],
        [4, "f"],
      ],
    ],
    ['""\n"",""\na,""', [[3, "a", ""]]],
    ["=SUM(A1),'x',#y\n", [[1, "=SUM(A1)", "'x'", "#y"]]],
    ['5" disk,night\na,b', ["line 1: a quote stands in a cell that does not begin with one", [2, "a", "b"]]],
    ['a,"b"c\n"d",e\n', ["line 1: something follows a closing quote", [2, "d", "e"]]],
    ['a,"b" c\n"d"\n', ["line 1: something follows a closing quote", [2, "d"]]],
    ['\f"a\nb"\n', ["line 1: a quote is not closed", expect.stringMatching(/^line 2: a quote stands/)]],
  ])("reads %j", async (text, rows) => {
    expect(await read(text)).toEqual(rows)
    expect(await read(Buffer.from(`\ufeff${text.replace("\ufeff", "")}`, "utf16le"))).toEqual(rows)
    expect(await read([...Buffer.from(text)].map((byte) => Buffer.of(byte)))).toEqual(rows)
  })

  it("reads what csvRow writes, in pieces of any size", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "b", " ", ",", '"', "\r", "\n", "é", "🚗") })
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom("\n", "\r\n"),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (rows, end, sizes) => {
          const text = rows.map((cells) => csvRow(cells, end)).join("")
          const read: (readonly string[])[] = []
          for await (const { cells } of csvRows(pieces(Buffer.from(text), sizes), "a.csv")) {
            read.push(cells as string[])
          }
          const trimmed = rows.map((cells) => cells.map((one) => one.trim()))
          expect(read).toEqual(trimmed.filter((cells) => cells.some((one) => one !== "")))
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each<[text: string, place: string, rule: string]>([
    ['a\nb,"c\nd\n', "line 2", "a quote is not closed"],
    ["a\n0123456789a,b\n", "line 2", "the row is longer than 10 characters"],
    ["a\n0123456789ab", "line 2", "the row is longer than 10 characters"],
    ['a\n\n"b",c\n"0123456789\nd\n', "line 4", "a quote is not closed within 10 characters"],
  ])("refuses %j", async (text, place, rule) => {
    const refused = { code: "format", file: "a.csv", place, rule }
    await expect(read(text, { maxRowCharacters: 10 })).rejects.toMatchObject(refused)
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte))
    await expect(read(bytes, { maxRowCharacters: 10 })).rejects.toMatchObject(refused)
  })

  it("refuses what is no text", async () => {
    const refused = { code: "format", file: "a.csv" }
    await expect(read(Buffer.from("a,b\xff\n", "latin1"))).rejects.toMatchObject({
      ...refused,
      place: "byte 3",
    })
    await expect(read(Buffer.from("a,é").subarray(0, 3))).rejects.toMatchObject({
      ...refused,
      place: "byte 2",
    })
    await expect(read(Buffer.from("\ufeffa,b", "utf16le").subarray(0, 7))).rejects.toMatchObject(refused)
  })

  it("gives rows before the fault", async () => {
    const rows = csvRows([Buffer.from('a,b\n"c')], "a.csv")
    expect(await rows.next()).toMatchObject({ value: { line: 1, cells: ["a", "b"] } })
    await expect(rows.next()).rejects.toMatchObject({ code: "format", place: "line 2" })
  })
})
