import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createDistinctNames } from "../../../src/formats/shared/distinct-names.ts"

describe("distinct names", () => {
  it("numbers a name that is taken, before its ending", () => {
    const names = createDistinctNames()
    const given = ["a/x.json", "a/x.json", "b/x.json", "a/x.json", "a/x_3.json", "x", "x"].map(names.take)
    expect(given).toEqual(["a/x.json", "a/x_2.json", "b/x.json", "a/x_3.json", "a/x_3_2.json", "x", "x_2"])
  })

  it("counts names as equal that some file system takes for one", () => {
    const names = createDistinctNames()
    expect(["A.json", "a.JSON", "Ä", "a\u0308", "ä"].map(names.take)).toEqual([
      "A.json",
      "a_2.JSON",
      "Ä",
      "a\u0308_2",
      "ä_3",
    ])
  })

  it("gives 200,000 different names as they are", () => {
    const names = createDistinctNames()
    for (let index = 0; index < 200_000; index++) {
      const name = `folder ${index % 7}/item ${index}.json`
      if (names.take(name) !== name) throw new Error(`${name} was not free`)
    }
    expect(names.take("folder 0/item 0.json")).toBe("folder 0/item 0_2.json")
  })

  it("gives 20,000 times the same name without looking at all numbers each time", () => {
    const names = createDistinctNames()
    const given = new Set<string>()
    for (let index = 0; index < 20_000; index++) given.add(names.take("x.json"))
    expect(given.size).toBe(20_000)
    expect(given.has("x_20000.json")).toBe(true)
  })

  it("never gives a name twice, whatever is asked for", () => {
    const name = fc.stringMatching(/^[aA](_[1-9])?(_[1-3])?(\.x)?$/)
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (wanted) => {
        const names = createDistinctNames()
        const given = wanted.map((one) => names.take(one).toLowerCase())
        expect(new Set(given).size).toBe(wanted.length)
      }),
      { numRuns: 1000 },
    )
  })
})
