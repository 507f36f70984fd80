import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { OptionError } from "../../src/errors.ts"
import { pipe } from "../../src/pipeline.ts"
import { batch } from "../../src/transforms/batch.ts"
import { all, createProbe } from "../contracts/probe.ts"

describe("batch", () => {
  test.each([0, -1, 1.5, Number.NaN])("refuses a size of %s at the call", (size) => {
    expect(() => batch(size)).toThrow(OptionError)
  })

  test("loses nothing: groups of the size, the last one shorter, never an empty one", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 7 }), async (items, size) => {
        const groups = await all(pipe(items, batch(size)))
        expect(groups.flat()).toEqual(items)
        expect(groups.map(({ length }) => length)).toEqual(
          Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
            Math.min(size, items.length - index * size),
          ),
        )
      }),
    ))

  test("gives a group as soon as it is full", async () => {
    const { source } = createProbe({ count: 9, silentAfter: 2 })
    const iterator = pipe(source, batch(2))[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ done: false, value: [0, 1] })
    await iterator.return?.()
  })

  test("each group is an array of its own", async () => {
    const [first, second] = await all(pipe([1, 2, 3, 4], batch(2)))
    expect(first).toEqual([1, 2])
    expect(second).toEqual([3, 4])
  })
})
