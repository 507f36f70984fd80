import fc from "fast-check"
import { expect, it } from "vitest"
import { parseJsonElement } from "../../src/parse/json.ts"
import { rawLines } from "../../src/parse/json-lines.ts"
import { pieces } from "./pieces.ts"

async function read(bytes: Uint8Array, sizes: readonly number[] = [7]): Promise<[number, unknown][]> {
  const values: [number, unknown][] = []
  for await (const batch of rawLines(pieces(bytes, sizes), "a.ndjson")) {
    expect(batch).not.toHaveLength(0)
    for (const { line, bytes: raw } of batch) {
      values.push([line, parseJsonElement(raw, "a.ndjson", `line ${line}`)])
    }
  }
  return values
}

it("gives every line with its number, cut anywhere", async () => {
  const values = fc.array(fc.option(fc.jsonValue({ maxDepth: 3 }), { nil: undefined }), { maxLength: 8 })
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 })
  const ends = fc.constantFrom("\n", "\r\n", " \n")
  await fc.assert(
    fc.asyncProperty(values, sizes, ends, fc.boolean(), async (rows, cuts, end, isEnded) => {
      const text = rows.map((row) => (row === undefined ? "" : JSON.stringify(row))).join(end)
      fc.pre(!text.slice(0, 2).includes("\0"))
      const lines = rows.flatMap((row, index) => (row === undefined ? [] : [[index + 1, row]]))
      expect(await read(Buffer.from(isEnded ? text + end : text), cuts)).toEqual(
        JSON.parse(JSON.stringify(lines)),
      )
    }),
    { numRuns: 500 },
  )
})

it("reads UTF-16 and takes off a mark", async () => {
  const text = '{"é": "🚗"}\n[1]\n'
  for (const bytes of [
    Buffer.from(`\ufeff${text}`),
    Buffer.from(text, "utf16le"),
    Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
  ]) {
    expect(await read(bytes, [1])).toEqual([
      [1, { é: "🚗" }],
      [2, [1]],
    ])
  }
})

it("gives nothing for nothing", async () => {
  for (const text of ["", "\n", " \r\n\t\n"]) expect(await read(Buffer.from(text))).toEqual([])
})

it("bounds a line, and holds no more of it", async () => {
  const endless = (function* () {
    yield Buffer.from("[1]\n[")
    for (;;) yield Buffer.alloc(100, "1")
  })()
  const seen: number[] = []
  const reading = (async () => {
    for await (const batch of rawLines(endless, "a.ndjson", { maxLineBytes: 1_000 })) {
      seen.push(...batch.map(({ line }) => line))
    }
  })()
  await expect(reading).rejects.toMatchObject({
    code: "format",
    file: "a.ndjson",
    place: "line 2",
    rule: "longer than 1000 bytes",
  })
  expect(seen).toEqual([1])
})

it("refuses a limit that is none", async () => {
  await expect(rawLines([], "a", { maxLineBytes: 0 }).next()).rejects.toMatchObject({ code: "option" })
})
