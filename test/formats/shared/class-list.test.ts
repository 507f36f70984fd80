import { describe, expect, test } from "vitest"
import { createClassList } from "../../../src/formats/shared/class-list.ts"

describe("a list of the classes that come", () => {
  test("numbers them as they come, and sorts them by code point in the end", () => {
    const list = createClassList()
    const came = ["truck", "car", "Zebra", "車", "car", "🚗", "ﬁ"]
    expect(came.map((name) => list.numberOf(name))).toEqual([0, 1, 2, 3, 1, 4, 5])
    const names = ["Zebra", "car", "truck", "車", "ﬁ", "🚗"]
    expect(list.names()).toEqual(names)
    expect([...list.finalNumbers()]).toEqual(
      ["truck", "car", "Zebra", "車", "🚗", "ﬁ"].map((name) => names.indexOf(name)),
    )
    expect(list.isFrozen).toBe(false)
  })

  test("takes no notice of blanks around a name", () => {
    const list = createClassList()
    expect(list.numberOf(" car")).toBe(list.numberOf("car "))
    expect(list.names()).toEqual(["car"])
  })
})

describe("a list of given classes", () => {
  test("keeps their order, and has no other", () => {
    const list = createClassList(["truck", " car "])
    expect([list.numberOf("car"), list.numberOf(" truck"), list.numberOf("bus")]).toEqual([1, 0, undefined])
    expect(list.names()).toEqual(["truck", "car"])
    expect([...list.finalNumbers()]).toEqual([0, 1])
    expect(list.isFrozen).toBe(true)
  })

  test("cannot name one twice", () => {
    expect(() => createClassList(["car", "bus", "car "])).toThrow(
      expect.objectContaining({ code: "option", option: "classes" }),
    )
  })
})
