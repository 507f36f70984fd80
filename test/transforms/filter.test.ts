import { describe, expect, test } from "vitest"
import { pipe } from "../../src/pipeline.ts"
import { filter } from "../../src/transforms/filter.ts"
import { all, outcome } from "../contracts/probe.ts"

describe("filter", () => {
  test("keeps the items that the function says, by item or by index, promised or not", async () => {
    expect(
      await all(
        pipe(
          [1, 2, 3, 4],
          filter((item) => item % 2 === 0),
        ),
      ),
    ).toEqual([2, 4])
    expect(
      await all(
        pipe(
          ["a", "b", "c"],
          filter((_, index) => index !== 1),
        ),
      ),
    ).toEqual(["a", "c"])
    expect(
      await all(
        pipe(
          [1, 2],
          filter(async (item) => item > 1),
        ),
      ),
    ).toEqual([2])
    expect(
      await all(
        pipe(
          [1, 2],
          filter(() => false),
        ),
      ),
    ).toEqual([])
  })

  test("keeps items that are falsy themselves", async () => {
    expect(
      await all(
        pipe(
          [0, "", null, undefined],
          filter(() => true),
        ),
      ),
    ).toEqual([0, "", null, undefined])
  })

  test("an error of the function comes through as it is", async () => {
    const error = new Error("keep")
    expect(
      await outcome(
        all(
          pipe(
            [1],
            filter(() => Promise.reject(error)),
          ),
        ),
      ),
    ).toEqual({ error })
  })
})
