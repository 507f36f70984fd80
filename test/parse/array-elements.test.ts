import fc from "fast-check"
import { expect, it } from "vitest"
import { parseJsonElement } from "../../src/parse/json.ts"
import { rawArrayElements } from "../../src/parse/json-elements.ts"
import { damaged } from "./damaged.ts"
import { pieces } from "./pieces.ts"

async function read(bytes: Uint8Array, sizes: readonly number[] = [9]): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const batch of rawArrayElements(pieces(bytes, sizes), "a.json")) {
    expect(batch).not.toHaveLength(0)
    for (const { index, bytes: raw } of batch) {
      expect(index).toBe(values.length)
      values.push(parseJsonElement(raw, "a.json", `[${index}]`))
    }
  }
  return values
}

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 })
// As in json-elements.test.ts: what JSON.parse of some versions and of pieces of text see in another way.
const isReadAlike = (text: string) => !text.includes('"\\\\"') && !text.slice(0, 2).includes("\0")
const texts = fc
  .tuple(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }), fc.constantFrom(undefined, 1))
  .map(([list, space]) => JSON.stringify(list, null, space))
  .filter(isReadAlike)

function reference(text: string): unknown[] | undefined {
  try {
    const value = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

it("agrees with JSON.parse on lists, whole and damaged, cut anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(texts, damaged(texts).filter(isReadAlike)), sizes, async (text, cuts) => {
      const expected = reference(text)
      if (expected === undefined) {
        await expect(read(Buffer.from(text), cuts)).rejects.toMatchObject({ code: "format", file: "a.json" })
      } else expect(await read(Buffer.from(text), cuts)).toEqual(expected)
    }),
    { numRuns: 1_500 },
  )
})

it.each([
  ["", "", "the file is empty"],
  ["{}", "", "expected an array"],
  ['[1,{"a":', "[1]", "the file ends inside an array"],
  ["[1] 2", "", 'after the value stands "2"'],
  ["[1,]", "[1]", "expected a value"],
  ["[,1]", "[0]", "expected a value"],
  ["[1}", "[0]", 'expected "," or "]", found "}"'],
])("refuses %j with the place", async (text, place, rule) => {
  await expect(read(Buffer.from(text))).rejects.toMatchObject({ code: "format", place, rule })
})
