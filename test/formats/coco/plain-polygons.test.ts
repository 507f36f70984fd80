import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isError } from "../../../src/errors.ts"
import { annotationsOf } from "../../../src/formats/coco/annotations.ts"
import { type Element, elementOf } from "../../../src/formats/coco/elements.ts"
import { readPlainPolygons } from "../../../src/formats/coco/plain-polygons.ts"
import { parseJsonElement } from "../../../src/parse/json.ts"
import { damaged } from "../../parse/damaged.ts"

const [file, place] = ["a.json", "annotations[3]"]
const category = { name: "car", keypoints: ["nose", "tail"] }

const plain = (bytes: Buffer) => readPlainPolygons(bytes, file, place)
const whole = (bytes: Buffer) => elementOf(parseJsonElement(bytes, file, place), file, place)

/** An element without what tells the two ways of reading apart. */
function flattened({ paths, ...element }: Element): Element {
  const segmentation = paths?.map((path) => path.flatMap(({ x, y }) => [x, y]))
  return segmentation === undefined ? element : { ...element, members: { ...element.members, segmentation } }
}

/** What comes of an element: its annotations, value by value and as text, or what is said to be wrong. */
function outcome(read: () => Element): unknown {
  try {
    const annotations = annotationsOf(read(), category)
    return { annotations, text: JSON.stringify(annotations) }
  } catch (error) {
    if (!isError(error, "format")) throw error
    return { place: error.place, rule: error.rule }
  }
}

/** Whether it was read the quick way, which then gave exactly what parsing the whole gives. */
function isReadAlike(bytes: Buffer): boolean {
  const element = plain(bytes)
  if (element === undefined) return false
  expect(flattened(element)).toStrictEqual(whole(bytes))
  expect(outcome(() => element)).toStrictEqual(outcome(() => whole(bytes)))
  return true
}

const decimal = fc
  .tuple(fc.constantFrom("", "-"), fc.nat(99), fc.stringMatching(/^(\.\d{1,6})?$/))
  .map((parts) => parts.join(""))
const oddNumber = fc.constantFrom(
  "1e3",
  "01",
  "-01",
  "1.",
  ".5",
  "-",
  "--1",
  "1e999",
  "0.1234567890123456",
  "123456789012345678",
  "null",
  "1 2",
)
const space = fc.constantFrom("", "", " ", "\n\t\r ", "\u00a0")
const listOf = (item: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc
    .tuple(
      fc.array(item, { minLength, maxLength }),
      fc.oneof({ weight: 9, arbitrary: fc.constant("") }, space),
    )
    .map(([items, gap]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`)
const number = fc.oneof({ weight: 150, arbitrary: decimal }, { weight: 1, arbitrary: oddNumber })
const pair = fc.tuple(number, number).map(([x, y]) => `${x},${y}`)
const polygon = fc.oneof(
  { weight: 40, arbitrary: listOf(pair, 3, 6) },
  { weight: 1, arbitrary: listOf(number, 0, 7) },
)
const segmentation = fc.oneof(
  { weight: 9, arbitrary: listOf(polygon, 1, 3) },
  { weight: 1, arbitrary: fc.constantFrom("null", "0", "[]", "{}", '""', '{"counts":[3,1],"size":[2,2]}') },
)
const member = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      '"id":1',
      '"note":"segmentation"',
      '"é":"日本"',
      '"bbox":[1,2,3,4]',
      '"bbox":[1,2,3]',
      '"bbox":[1e999,2,3,4]',
      '"iscrowd":1',
      '"keypoints":[1,2,2,0,0,0]',
      '"keypoints":[1]',
      '"attributes":["a"]',
      '"attributes":[1]',
      '"extra":{"attributes":["b"],"text":"c","instance_id":5}',
      '"__proto__":{"attributes":["d"]}',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      polygon.map((list) => `"extra":{"segmentation":[${list}]}`),
      polygon.map((list) => `"__proto__":{"segmentation":[${list}]}`),
      segmentation.map((value) => `"segmentation":${value}`),
      segmentation.map((value) => `"segment\\u0061tion":${value}`),
      fc.constant('"segment\\u0061tion":null'),
      fc.constantFrom('"note":"\\"segmentation"', '"note":"\uFFFD"', '"note":"segmentation":', "{", "[]"),
    ),
  },
)
const tail = fc.constantFrom(..."eE.-+0123456789 \"',[]{}x", "e5", ".0", "null")
const annotation = fc
  .tuple(
    fc.array(member, { maxLength: 3 }),
    segmentation,
    fc.oneof({ weight: 20, arbitrary: fc.constant("") }, tail),
    fc.nat(3),
  )
  .map(([members, value, end, at]) => {
    return `{${members.toSpliced(at, 0, `"segmentation":${value}${end}`).join(",")}}`
  })

describe("readPlainPolygons", () => {
  it("gives what parsing the whole gives, or leaves it to that", () => {
    const count = { annotation: 0, damaged: 0 }
    fc.assert(
      fc.property(annotation, damaged(annotation), (text, broken) => {
        if (isReadAlike(Buffer.from(text))) count.annotation++
        if (isReadAlike(Buffer.from(broken))) count.damaged++
      }),
      { numRuns: 3_000 },
    )
    expect(count.annotation).toBeGreaterThan(600)
    expect(count.damaged).toBeGreaterThan(100)
  })

  it("leaves bytes that are no UTF-8 to it", () => {
    const bytes = Buffer.from('{"a":"é","segmentation":[[1,2,3,4,5,6]],"b":"é"}')
    expect(isReadAlike(bytes)).toBe(true)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Buffer.from(bytes)
        changed[at] = byte
        isReadAlike(changed)
      }),
      { numRuns: 2_000 },
    )
  })

  it("reads decimal numbers to the last bit", () => {
    const digits = fc.tuple(fc.stringMatching(/^-?(0|[1-9]\d{0,14})$/), fc.stringMatching(/^(\.\d{1,14})?$/))
    const numbers = fc.oneof(
      digits.map((parts) => parts.join("")),
      digits.map((parts) => parts.join("").slice(0, 15)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.constantFrom("0", "-0", "-0.0", "0.00000000000001", "999999999999999", "9007199254740993"),
    )
    let count = 0
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 5 }), (some) => {
        const bytes = Buffer.from(
          `{"segmentation":[[1,2,3,4,5,6${some.map((one) => `,${one},0`).join("")}]]}`,
        )
        if (isReadAlike(bytes)) count++
      }),
      { numRuns: 4_000 },
    )
    expect(count).toBeGreaterThan(300)
  })

  it.each([
    ["no key", "{}"],
    ["no list", '{"segmentation":[]}'],
    ["an empty list", '{"segmentation":[[]]}'],
    ["two points", '{"segmentation":[[1,2,3,4]]}'],
    ["an odd number", '{"segmentation":[[1,2,3,4,5,6,7]]}'],
    ["a flat list", '{"segmentation":[1,2,3,4,5,6]}'],
    ["run lengths", '{"segmentation":{"counts":[3,1],"size":[2,2]}}'],
    ["null", '{"segmentation":null}'],
    ["a key twice", '{"segmentation":[[1,2,3,4,5,6]],"segmentation":[]}'],
    ["a key of an object inside", '{"extra":{"segmentation":[[1,2,3,4,5,6]]}}'],
    ["one that null stands beside", '{"extra":{"segmentation":[[1,2,3,4,5,6]]},"segmentation":null}'],
    ["a list", '[{"segmentation":[[1,2,3,4,5,6]]}]'],
    ["an escape", '{"segmentation":[[1,2,3,4,5,6]],"a":"\\u0041"}'],
    ["a sign that may stand for other bytes", '{"segmentation":[[1,2,3,4,5,6]],"a":"\uFFFD"}'],
    ["a mark of the order of bytes", '\uFEFF{"segmentation":[[1,2,3,4,5,6]]}'],
    ["an exponent", '{"segmentation":[[1,2,3,4,5,1e1]]}'],
    ["an exponent behind the lists", '{"segmentation":[[1,2,3,4,5,6]]e5}'],
    ["decimals behind the lists", '{"segmentation":[[1,2,3,4,5,6]].0}'],
    ["a colon in no object", '{"a":["segmentation":[[1,2,3,4,5,6]]]}'],
    ["half an element", '{"segmentation":[[1,2,3,4,5,'],
    ["half a key", '{"segmentation"'],
  ])("leaves %s to JSON.parse", (_, text) => {
    expect(plain(Buffer.from(text))).toBeUndefined()
  })
})
