import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cutMark, cutPolygons } from "../../../src/formats/coco/plain-polygons.ts"
import { damaged } from "../../parse/damaged.ts"

type Members = Record<string, unknown>

/** What `cutPolygons` and JSON.parse of the rest make of a text; undefined where it has to be read another way. */
function read(text: string): Members | undefined {
  const cut = cutPolygons(Buffer.from(text))
  if (cut === undefined) return undefined
  try {
    const members = JSON.parse(cut.rest) as Members
    if (members.segmentation !== cutMark) return undefined
    return { ...members, segmentation: cut.paths.map((path) => path.flatMap(({ x, y }) => [x, y])) }
  } catch {
    return undefined
  }
}

const decimal = fc
  .tuple(
    fc.boolean(),
    fc.oneof({ weight: 20, arbitrary: fc.nat(9_999) }, { weight: 1, arbitrary: fc.nat(999_999_999) }),
    fc.stringMatching(/^\d{0,6}$/),
  )
  .map(
    ([isNegative, whole, digits]) => `${isNegative ? "-" : ""}${whole}${digits === "" ? "" : `.${digits}`}`,
  )
const odd = fc.constantFrom(
  "1e3",
  "01",
  "1.",
  ".5",
  "-",
  "1e999",
  "0.1234567890123456",
  "123456789012345678",
  "null",
)
const space = fc.constantFrom("", "", " ", "\n\t ")
const list = <T extends string>(item: fc.Arbitrary<T>, minLength: number, maxLength: number) =>
  fc
    .tuple(fc.array(item, { minLength, maxLength }), space)
    .map(([items, gap]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`)
const number = fc.oneof({ weight: 60, arbitrary: decimal }, { weight: 1, arbitrary: odd })
const pairs = fc.tuple(number, number).map(([x, y]) => `${x},${y}`)
const segmentation = list(list(pairs, 2, 6), 1, 3)
const plainMember = fc.constantFrom<string>(
  '"id":1',
  '"text":"segmentation"',
  '"é":"日本"',
  '"bbox":[1,2,3,4]',
)
const oddMember = fc.constantFrom<string>(
  '"extra":{"segmentation":[[1,2,3,4,5,6]]}',
  '"segmentation":0',
  '"segment\\u0061tion":0',
  '"text":"\\"segmentation"',
)
const others = fc.oneof({ weight: 6, arbitrary: plainMember }, { weight: 1, arbitrary: oddMember })
const element = fc
  .tuple(fc.array(others, { maxLength: 3 }), segmentation, fc.nat(3))
  .map(([members, polygons, at]) => `{${members.toSpliced(at, 0, `"segmentation":${polygons}`).join(",")}}`)

describe("cutPolygons", () => {
  it("reads what JSON.parse reads, or leaves it to it", () => {
    let count = 0
    fc.assert(
      fc.property(fc.oneof(element, damaged(element)), (text) => {
        const members = read(text)
        if (members === undefined) return
        count++
        expect(members).toEqual(JSON.parse(text))
      }),
      { numRuns: 3_000 },
    )
    expect(count).toBeGreaterThan(300)
  })

  it("reads decimal numbers to the last bit", () => {
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 6, maxLength: 6 }), (numbers) => {
        const cut = cutPolygons(Buffer.from(`{"segmentation":[[${numbers.join(",")}]]}`))
        if (cut === undefined) {
          expect(numbers.some((number) => number.replace("-", "").length > 15)).toBe(true)
          return
        }
        const found = cut.paths.flatMap((path) => path.flatMap(({ x, y }) => [x, y]))
        expect(found).toHaveLength(6)
        for (const [index, number] of found.entries())
          expect(number).toBe(JSON.parse(numbers[index] as string))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ["no key", "{}"],
    ["no list", '{"segmentation":[]}'],
    ["an empty list", '{"segmentation":[[]]}'],
    ["two points", '{"segmentation":[[1,2,3,4]]}'],
    ["an odd number", '{"segmentation":[[1,2,3,4,5,6,7]]}'],
    ["a flat list", '{"segmentation":[1,2,3,4,5,6]}'],
    ["run lengths", '{"segmentation":{"counts":[3,1],"size":[2,2]}}'],
    ["a key twice", '{"segmentation":[[1,2,3,4,5,6]],"segmentation":[]}'],
    ["an escape", '{"segmentation":[[1,2,3,4,5,6]],"a":"\\u0041"}'],
    ["an exponent", '{"segmentation":[[1,2,3,4,5,1e1]]}'],
    ["half an element", '{"segmentation":[[1,2,3,4,5,'],
  ])("leaves %s to JSON.parse", (_, text) => {
    expect(cutPolygons(Buffer.from(text))).toBeUndefined()
  })
})
