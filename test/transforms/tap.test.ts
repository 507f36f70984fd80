import { describe, expect, test } from "vitest"
import { pipe } from "../../src/pipeline.ts"
import { tap } from "../../src/transforms/tap.ts"
import { all, outcome, turns } from "../contracts/probe.ts"

describe("tap", () => {
  test("shows every item and its index, and lets it pass when it has been seen", async () => {
    const seen: unknown[] = []
    const stream = pipe(
      ["a", "b"],
      tap(async (item, index) => {
        await turns(2)
        seen.push([item, index])
      }),
    )
    for await (const item of stream) expect(seen.at(-1)).toEqual([item, seen.length - 1])
    expect(seen).toEqual([
      ["a", 0],
      ["b", 1],
    ])
  })

  test("an error of the function comes through as it is", async () => {
    const error = new Error("look")
    expect(
      await outcome(
        all(
          pipe(
            [1],
            tap(() => Promise.reject(error)),
          ),
        ),
      ),
    ).toEqual({ error })
  })
})
