import { describe, expect, test } from "vitest"
import {
  elementsOf,
  jsonDocument,
  member,
  membersOf,
  nameOf,
  numberOf,
  required,
  textOf,
} from "../../src/parse/json-value.ts"

const of = (value: unknown) => jsonDocument(JSON.stringify(value), "a.json")
const failing = (work: () => unknown) => expect(work).toThrow(expect.objectContaining({ code: "format" }))
const refused = (place: string, rule: string) => expect.objectContaining({ file: "a.json", place, rule })

test("what is not JSON is refused with its line", () => {
  expect(() => jsonDocument('{"a":\n}', "a.json")).toThrow(
    expect.objectContaining({ place: "line 2, column 1" }),
  )
})

test("a value knows its JSON path", () => {
  const label = elementsOf(required(of({ "a b": [{ label: 1 }] }), "a b"))[0]
  expect(() => textOf(required(label as NonNullable<typeof label>, "label"))).toThrow(
    refused('["a b"][0].label', "expected a text"),
  )
})

describe("a member", () => {
  test("that is absent or null is none, and missing where it must be there", () => {
    const document = of({ a: null })
    expect(member(document, "a")).toBeUndefined()
    expect(member(document, "b")).toBeUndefined()
    expect(() => required(document, "b")).toThrow(refused("b", "is missing"))
  })

  test("is the object's own", () => {
    expect(member(of({}), "toString")).toBeUndefined()
    expect(member(of({}), "__proto__")).toBeUndefined()
    const own = jsonDocument('{"__proto__": 5}', "a.json")
    expect(numberOf(required(own, "__proto__"))).toBe(5)
  })

  test("is asked of an object", () => {
    for (const value of [null, [], 1, "a"]) failing(() => member(of(value), "a"))
    failing(() => membersOf(of([])))
  })
})

test("numbers are finite, names are not blank", () => {
  expect(numberOf(of(1.5))).toBe(1.5)
  failing(() => numberOf(jsonDocument("1e999", "a.json")))
  failing(() => numberOf(of("1")))
  expect(nameOf(of(" car "))).toBe("car")
  failing(() => nameOf(of("  ")))
  failing(() => elementsOf(of({})))
  expect(membersOf(of({ a: 1 })).map(([key, { place }]) => [key, place])).toEqual([["a", "a"]])
})
