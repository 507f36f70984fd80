import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type JsonEvent, jsonElements, rawJsonElements } from "../../src/parse/json-elements.ts"
import type { JsonElementsOptions } from "../../src/parse/json-splitter.ts"
import { strictJsonElements } from "../../src/parse/json-strict.ts"
import { damaged } from "./damaged.ts"
import { pieces } from "./pieces.ts"

const readers = { jsonElements, strictJsonElements }

async function read(
  reader: typeof jsonElements,
  bytes: Uint8Array,
  sizes: readonly number[] = [1 << 16],
  options?: JsonElementsOptions,
): Promise<JsonEvent[]> {
  const events: JsonEvent[] = []
  for await (const batch of reader(pieces(bytes, sizes), "a.json", options)) {
    expect(batch).not.toHaveLength(0)
    events.push(...batch)
  }
  return events
}

/** The document that the events tell of. */
function assembled(events: readonly JsonEvent[]): unknown {
  const document = Object.create(null) as Record<string, unknown>
  for (const event of events) {
    if (event.type === "element") {
      const array = document[event.key] as unknown[]
      expect(event.index).toBe(array.length)
      array.push(event.value)
    } else document[event.key] = event.type === "array" ? [] : event.value
  }
  return Object.fromEntries(Object.entries(document))
}

const keys = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("a", '"', '\\"', "__proto__", "]", "é", "\u2028", "\ud800"),
)
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  keys,
  fc.array(fc.oneof(keys, fc.jsonValue({ maxDepth: 2 }))),
)
const documents = fc
  .array(fc.tuple(keys, values), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries))
const texts = fc
  .tuple(documents, fc.constantFrom(undefined, " ", "\t\n "))
  .map(([document, space]) => (space === undefined ? "" : space) + JSON.stringify(document, null, space))
  .filter(isReadAlike)

// JSON.parse of Node 24 takes other escaped keys of one character for a lone backslash, once it has seen that as the key
// in their place: with such a key what it gives depends on what it was given before.
// And a NUL among the first characters says UTF-16, which JSON.parse is not told.
function isReadAlike(text: string): boolean {
  return !text.includes('"\\\\"') && !text.slice(0, 2).includes("\0")
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

/** What JSON.parse makes of it, or nothing where it refuses or the outermost value is no object. */
function reference(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

describe.each(Object.entries(readers))("%s", (_, reader) => {
  it("gives members in order, arrays element by element", async () => {
    const text =
      ' {"info": {"a": [1]}, "images" : [ {"id": 1} , "x,]" ], "none": [ ], "n": -1.5e2 , "b":true}\n'
    const events = await read(reader, Buffer.from(text), [1])
    expect(events).toEqual([
      { type: "member", key: "info", value: { a: [1] } },
      { type: "array", key: "images" },
      { type: "element", key: "images", index: 0, value: { id: 1 } },
      { type: "element", key: "images", index: 1, value: "x,]" },
      { type: "array", key: "none" },
      { type: "member", key: "n", value: -150 },
      { type: "member", key: "b", value: true },
    ])
  })

  it("agrees with JSON.parse on any object, cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (text, sizes) => {
        // JSON.stringify escapes lone surrogates, so the bytes hold the same document.
        expect(assembled(await read(reader, Buffer.from(text), sizes))).toEqual(JSON.parse(text))
      }),
      { numRuns: 1000 },
    )
  })

  it("refuses exactly what JSON.parse refuses", async () => {
    await fc.assert(
      fc.asyncProperty(damaged(damaged(texts)).filter(isReadAlike), sizes, async (text, sizes) => {
        const bytes = Buffer.from(text)
        const expected = reference(bytes.toString())
        const events = read(reader, bytes, sizes)
        if (expected === undefined)
          await expect(events).rejects.toMatchObject({ code: "format", file: "a.json" })
        else expect(assembled(await events)).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })

  it("reads UTF-16 and takes off a mark", async () => {
    const document = { ключ: ["é🚗", { a: "中" }], b: 1 }
    const text = JSON.stringify(document)
    for (const bytes of [
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text, "utf16le"),
      Buffer.from(`\ufeff${text}`, "utf16le"),
      Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
    ]) {
      expect(assembled(await read(reader, bytes, [1]))).toEqual(document)
    }
  })

  it.each([
    ["", "", "the file is empty"],
    [" \n", "", "the file is empty"],
    ["[1]", "", "expected an object"],
    ['"a"', "", "expected an object"],
    ['{"a":[1,2', "a[1]", undefined],
    ['{"a":[1,{"b":@}]}', "a[1]", undefined],
    ['{"a":[1,]}', "a[1]", undefined],
    ['{"a":[1}', undefined, undefined],
    ['{"a":1]', undefined, undefined],
    ['{"a":[1] "b":2}', undefined, undefined],
    ['{"a":1} x', undefined, undefined],
    ['{"a":1}{}', undefined, undefined],
    ['{"a":1', undefined, undefined],
    ['{"a":1,}', undefined, undefined],
    ['{"a":@@,"b":[]}', "a", undefined],
  ])("refuses %j with the path", async (text, place, rule) => {
    for (const size of [1, 100]) {
      await expect(read(reader, Buffer.from(text), [size])).rejects.toMatchObject({
        code: "format",
        file: "a.json",
        // stream-json tells of a fault only to within a piece.
        ...(place !== undefined && reader === jsonElements && { place }),
        ...(rule !== undefined && { rule }),
      })
    }
  })

  it("refuses bytes that are no UTF-8, wherever they stand", async () => {
    for (const text of ['{"a":["?"]}', '{"a":"?"}', '{"?":1}', '{"a":[1]?}', '{"a":1}?']) {
      const bytes = Buffer.from(text)
      bytes[bytes.indexOf("?")] = 0xff
      await expect(read(reader, bytes)).rejects.toMatchObject({ code: "format" })
    }
  })

  it("bounds depth and size", async () => {
    const deep = Buffer.from(`{"a":[1,${"[".repeat(50_000)}`)
    await expect(read(reader, deep)).rejects.toMatchObject({ place: "a[1]", rule: "deeper than 512 levels" })
    const fine = Buffer.from(`{"a":[${"[".repeat(512)}${"]".repeat(512)}]}`)
    expect(await read(reader, fine)).toHaveLength(2)

    const options = { maxElementBytes: 1000 }
    for (const large of ['{"a":[1,"', '{"a":"', '{"']) {
      const endless = (function* () {
        yield Buffer.from(large)
        for (;;) yield Buffer.alloc(100, "x")
      })()
      const reading = (async () => {
        for await (const _ of reader(endless, "a.json", options));
      })()
      await expect(reading).rejects.toMatchObject({ code: "format", rule: "larger than 1000 bytes" })
    }
  })

  it("refuses limits that are none", async () => {
    for (const limits of [{ maxDepth: 0 }, { maxElementBytes: Number.NaN }]) {
      await expect(read(reader, Buffer.from("{}"), [9], limits)).rejects.toMatchObject({ code: "option" })
    }
  })

  it("closes its input when the consumer stops", async () => {
    let closed = false
    const endless = (async function* () {
      try {
        yield Buffer.from('{"a":[')
        for (;;) yield Buffer.from("1,")
      } finally {
        closed = true
      }
    })()
    for await (const batch of reader(endless, "a.json")) {
      if (batch.some((event) => event.type === "element" && event.index > 10)) break
    }
    expect(closed).toBe(true)
  })
})

describe("rawJsonElements", () => {
  it("gives bytes that parse to the same values", async () => {
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (text, sizes) => {
        const events: JsonEvent[] = []
        for await (const batch of rawJsonElements(pieces(Buffer.from(text), sizes), "a.json")) {
          for (const event of batch) {
            if (event.type === "array") events.push(event)
            else {
              const { bytes, ...rest } = event
              events.push({ ...rest, value: JSON.parse(Buffer.from(bytes).toString()) })
            }
          }
        }
        expect(assembled(events)).toEqual(JSON.parse(text))
      }),
    )
  })
})
