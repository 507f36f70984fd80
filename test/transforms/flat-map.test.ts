import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { pipe } from "../../src/pipeline.ts"
import { flatMap } from "../../src/transforms/flat-map.ts"
import { all, createProbe, outcome, turns } from "../contracts/probe.ts"

describe("flatMap", () => {
  test("gives all of arrays, texts, generators and streams, in order", async () => {
    async function* late(item: string) {
      await turns(1)
      yield `${item}!`
    }
    const kinds = [(item: string) => [item, item], (item: string) => item.repeat(2), late]
    const stream = pipe(
      ["a", "b", "c", "d"],
      flatMap<string, string>((item, index) => (kinds[index] ?? (() => []))(item)),
    )
    expect(await all(stream)).toEqual(["a", "a", "b", "b", "c!"])
  })

  test("has one stream open at a time, and opens it in the context of the run", async () => {
    const probe = createProbe({ count: 2 })
    const events: RunEvent[] = []
    const stream = pipe(
      [1, 2],
      flatMap(() => {
        expect(probe.closed).toBe(probe.opened)
        return probe.source
      }),
    )
    const iterator = stream[Symbol.asyncIterator]({ onEvent: (event) => events.push(event) })
    expect(await all({ [Symbol.asyncIterator]: () => iterator })).toEqual([0, 1, 0, 1])
    expect(events).toHaveLength(2)
  })

  test("closes the stream of an item on break, on an abort and on return() while it is silent", async () => {
    const probe = createProbe({ count: 9, silentAfter: 1 })
    const stream = pipe(
      ["a"],
      flatMap(() => probe.source),
    )
    for await (const _ of stream) break
    expect([probe.closing, probe.closed]).toEqual([1, 1])

    const controller = new AbortController()
    const run = stream[Symbol.asyncIterator]({ signal: controller.signal })
    await run.next()
    const pending = outcome(run.next())
    await turns()
    controller.abort("enough")
    expect(await pending).toEqual({ error: "enough" })
    expect([probe.closing, probe.closed]).toEqual([2, 2])

    const closed = stream[Symbol.asyncIterator]()
    await closed.next()
    const waiting = closed.next()
    await turns()
    await closed.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect([probe.closing, probe.closed]).toEqual([3, 3])
  })

  test("leaves an iterable of an item that never settles on an abort", async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const controller = new AbortController()
    const stream = pipe(
      [1],
      flatMap(() => silent),
    )
    const pending = outcome(stream[Symbol.asyncIterator]({ signal: controller.signal }).next())
    await turns()
    controller.abort("enough")
    expect(await pending).toEqual({ error: "enough" })
  })

  test("an error of the function, or of what it makes, comes through as it is", async () => {
    const error = new Error("work")
    const fail = () => {
      throw error
    }
    expect(await outcome(all(pipe([1], flatMap(fail))))).toEqual({ error })
    const failing = createProbe({ count: 3, failure: { after: 1, error } })
    expect(
      await outcome(
        all(
          pipe(
            [1],
            flatMap(() => failing.source),
          ),
        ),
      ),
    ).toEqual({ error })
    expect(failing.closed).toBe(1)
  })
})
