import { describe, expect, test } from "vitest"
import { pipe } from "../../src/pipeline.ts"
import { map } from "../../src/transforms/map.ts"
import { all, outcome, turns } from "../contracts/probe.ts"

describe("map", () => {
  test("gives what the function makes of each item and its index, promised or not", async () => {
    expect(
      await all(
        pipe(
          ["a", "b"],
          map((item, index) => item + index),
        ),
      ),
    ).toEqual(["a0", "b1"])
    expect(
      await all(
        pipe(
          ["a", "b"],
          map(async (item) => item.toUpperCase()),
        ),
      ),
    ).toEqual(["A", "B"])
    expect(
      await all(
        pipe(
          [1, 2],
          map(() => undefined),
        ),
      ),
    ).toEqual([undefined, undefined])
  })

  test("works on one item at a time", async () => {
    let working = 0
    const work = async () => {
      expect(++working).toBe(1)
      await turns(2)
      working--
    }
    await all(pipe([1, 2, 3], map(work)))
  })

  test("counts from 0 each time it is opened", async () => {
    const stream = pipe(
      ["a", "b"],
      map((_, index) => index),
    )
    expect(await all(stream)).toEqual([0, 1])
    expect(await all(stream)).toEqual([0, 1])
  })

  test("an error of the function, thrown or rejected, comes through as it is", async () => {
    const error = new Error("work")
    const fail = () => {
      throw error
    }
    expect(await outcome(all(pipe([1], map(fail))))).toEqual({ error })
    expect(
      await outcome(
        all(
          pipe(
            [1],
            map(() => Promise.reject(error)),
          ),
        ),
      ),
    ).toEqual({ error })
  })
})
