import { describe, expect, test } from "vitest"
import { OptionError } from "../../src/errors.ts"
import { pipe } from "../../src/pipeline.ts"
import { take } from "../../src/transforms/take.ts"
import { all, createProbe } from "../contracts/probe.ts"

describe("take", () => {
  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a count of %s at the call", (count) => {
    expect(() => take(count)).toThrow(OptionError)
  })

  test("gives the first items, asks for no more, and closes what comes before", async () => {
    const probe = createProbe({ count: 9 })
    expect(await all(pipe(probe.source, take(3)))).toEqual([0, 1, 2])
    expect([probe.taken, probe.closing, probe.closed]).toEqual([3, 1, 1])
  })

  test("of an input that falls silent after them, ends", async () => {
    const probe = createProbe({ count: 9, silentAfter: 2 })
    expect(await all(pipe(probe.source, take(2)))).toEqual([0, 1])
  })

  test("of fewer items gives them all, and of none opens nothing", async () => {
    const probe = createProbe({ count: 2 })
    expect(await all(pipe(probe.source, take(5)))).toEqual([0, 1])
    expect(await all(pipe(probe.source, take(0)))).toEqual([])
    expect(probe.opened).toBe(1)
  })
})
