import { describe, expect, test } from "vitest"
import type { RunEvent } from "../src/events.ts"
import { pipe, pipeline } from "../src/pipeline.ts"
import { collect } from "../src/sinks/collect.ts"
import type { Sink, Transform } from "../src/stream.ts"
import { filter } from "../src/transforms/filter.ts"
import { map } from "../src/transforms/map.ts"
import { parallel } from "../src/transforms/parallel.ts"
import { tap } from "../src/transforms/tap.ts"
import { aborted, all, createProbe, outcome, turns } from "./contracts/probe.ts"

const count: Sink<unknown, number> = async (input) => {
  let items = 0
  for await (const _ of input) items++
  return items
}

/** Reads two items and is content. */
const twoOf: Sink<number, number[]> = async (input) => {
  const items: number[] = []
  for await (const item of input) {
    items.push(item)
    if (items.length === 2) break
  }
  return items
}

/** Reads one item by hand, and leaves the stream as it is. */
const careless: Sink<number, number | undefined> = async (input) =>
  (await input[Symbol.asyncIterator]().next()).value

const thrown: readonly unknown[] = [new Error("thrown"), undefined, null, "thrown"]

describe("pipe", () => {
  test("is lazy, and opens again when its source does", async () => {
    const probe = createProbe({ count: 4 })
    const stream = pipe(
      probe.source,
      filter((item) => item % 2 === 1),
      map((item) => item * 10),
    )
    await turns()
    expect(probe.opened).toBe(0)
    expect(await all(stream)).toEqual([10, 30])
    expect(await all(stream)).toEqual([10, 30])
    expect(probe.opened).toBe(2)
  })

  test("takes a text, a set and other plain iterables", async () => {
    expect(await all(pipe("añb"))).toEqual(["a", "ñ", "b"])
    expect(await all(pipe(new Set([1, 2])))).toEqual([1, 2])
  })

  test("closes its steps from the end to the start", async () => {
    const closed: string[] = []
    const step = (name: string): Transform<number> =>
      async function* (input) {
        try {
          yield* input
        } finally {
          await turns(2)
          closed.push(name)
        }
      }
    for await (const _ of pipe([1, 2, 3], step("a"), step("b"), step("c"))) break
    expect(closed).toEqual(["a", "b", "c"])
  })

  test("what stands after a step's loop runs at the end, and not when it is closed", async () => {
    let flushed = 0
    const step: Transform<number> = async function* (input) {
      yield* input
      flushed++
    }
    const silent = pipe(createProbe({ count: 9, silentAfter: 1 }).source, step)[Symbol.asyncIterator]()
    await silent.next()
    const pending = silent.next()
    await turns()
    await silent.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(flushed).toBe(0)
    await all(pipe([1], step))
    expect(flushed).toBe(1)
  })

  test("one signal may serve many streams without a warning", async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    process.on("warning", listen)
    const { signal } = new AbortController()
    const iterators = Array.from({ length: 30 }, () =>
      pipe([1, 2], map(String))[Symbol.asyncIterator]({ signal }),
    )
    await Promise.all(iterators.map((iterator) => iterator.next()))
    await turns()
    await Promise.all(iterators.map((iterator) => iterator.return?.()))
    process.off("warning", listen)
    expect(warnings).toEqual([])
  })
})

describe("pipeline", () => {
  test("gives the sink's result, after every cleanup", async () => {
    const probe = createProbe({ count: 5 })
    expect(await pipeline(probe.source, count)).toBe(5)
    const doubled = map((item: number) => item * 2)
    expect(
      await pipeline(
        probe.source,
        doubled,
        filter((item) => item > 4),
        collect(),
      ),
    ).toEqual([6, 8])
    expect([probe.opened, probe.closing, probe.closed]).toEqual([2, 2, 2])
  })

  test("takes an undefined context", async () => {
    expect(await pipeline([1], collect(), undefined)).toEqual([1])
  })

  test.each([
    ["returns early", twoOf, [0, 1]],
    ["leaves the stream open", careless, 0],
    ["does not look at the stream", async () => "done", "done"],
  ] as const)("closes the stream when the sink %s", async (_, sink: Sink<number, unknown>, result) => {
    const probe = createProbe({ count: 50 })
    const step = parallel((item: number) => item, { concurrency: 3 })
    expect(await pipeline(probe.source, step, sink)).toEqual(result)
    expect(probe.closing).toBe(probe.opened)
    expect(probe.closed).toBe(probe.opened)
  })

  describe.each(thrown)("rejects with the very %s", (error) => {
    const expectThrown = async (run: Promise<unknown>, probe: ReturnType<typeof createProbe>) => {
      const result = await outcome(run)
      expect([probe.opened, probe.closing, probe.closed]).toEqual([1, 1, 1])
      expect(result).toHaveProperty("error")
      expect((result as { error: unknown }).error).toBe(error)
    }
    const fail = () => {
      throw error
    }

    test("that the source throws", async () => {
      const probe = createProbe({ count: 5, failure: { after: 3, error } })
      await expectThrown(pipeline(probe.source, map(String), count), probe)
    })

    test("that a step throws", async () => {
      for (const step of [map(fail), filter(fail), tap(fail), parallel(fail, { concurrency: 2 })]) {
        const probe = createProbe({ count: 5 })
        await expectThrown(
          pipeline(
            probe.source,
            tap(() => {}),
            step,
            tap(() => {}),
            count,
          ),
          probe,
        )
      }
    })

    test("that the sink throws, whether it reads with a loop or by hand, and whatever the cleanup throws", async () => {
      const inLoop: Sink<unknown> = async (input) => {
        for await (const _ of input) fail()
      }
      const byHand: Sink<unknown> = async (input) => {
        await input[Symbol.asyncIterator]().next()
        fail()
      }
      for (const sink of [inLoop, byHand])
        for (const options of [{}, { cleanupError: new Error("cleanup") }]) {
          const probe = createProbe({ count: 5, ...options })
          await expectThrown(pipeline(probe.source, map(String), sink), probe)
        }
    })
  })

  test("rejects with an error of the cleanup when all else went well", async () => {
    const cleanupError = new Error("cleanup")
    for (const sink of [twoOf, careless]) {
      const { source } = createProbe({ count: 5, cleanupError })
      expect(await outcome(pipeline(source, sink as Sink<number, unknown>))).toEqual({ error: cleanupError })
    }
  })

  test.each(thrown)(
    "rejects with the reason %s of a signal that has aborted, and starts nothing",
    async (reason) => {
      const probe = createProbe({ count: 5 })
      const signal = AbortSignal.abort(reason)
      let called = false
      const sink = async () => {
        called = true
      }
      const result = await outcome(pipeline(probe.source, sink, { signal }))
      expect((result as { error: unknown }).error).toBe(signal.reason)
      expect([probe.opened, called]).toEqual([0, false])
    },
  )

  test.each(thrown)(
    "rejects with the reason %s of an abort on the way, after every cleanup",
    async (reason) => {
      const steps: Transform<number>[] = [map((item) => item), parallel((item) => item, { concurrency: 2 })]
      for (const step of steps) {
        const probe = createProbe({ count: 9, silentAfter: 2, cleanupError: new Error("cleanup") })
        const controller = new AbortController()
        const { signal } = controller
        const run = outcome(pipeline(probe.source, step, collect(), { signal }))
        await turns()
        controller.abort(reason)
        const result = await run
        expect([probe.closing, probe.closed]).toEqual([1, 1])
        expect(result).toHaveProperty("error")
        expect((result as { error: unknown }).error).toBe(signal.reason)
      }
    },
  )

  test("an abort counts also when the sink swallows it, or ends well in spite of it", async () => {
    const controller = new AbortController()
    const sink: Sink<number, string> = async (input) => {
      controller.abort("enough")
      try {
        for await (const _ of input);
      } catch {}
      return "well"
    }
    const probe = createProbe({ count: 5 })
    expect(await outcome(pipeline(probe.source, sink, controller))).toEqual({ error: "enough" })
    expect(probe.closed).toBe(probe.opened)
  })

  test("an abort reaches the sink, and waits for its cleanup and that of streams it has made itself", async () => {
    const probe = createProbe({ count: 9, silentAfter: 2 })
    const controller = new AbortController()
    let cleaned = false
    const sink: Sink<number> = async (input, context) => {
      try {
        const stream = pipe(
          input,
          parallel((item) => item, { concurrency: 4 }),
        )
        await pipeline(stream, count, context)
      } finally {
        await turns(3)
        cleaned = true
      }
    }
    const run = outcome(
      pipeline(
        probe.source,
        map((item) => item),
        sink,
        controller,
      ),
    )
    await turns()
    controller.abort("enough")
    expect(await run).toEqual({ error: "enough" })
    expect([cleaned, probe.closing, probe.closed]).toEqual([true, 1, 1])
  })

  test("an abort while a step works closes a foreign input that the step then asks for more", async () => {
    const closed: string[] = []
    function* numbers() {
      try {
        yield* [1, 2, 3]
      } finally {
        closed.push("generator")
      }
    }
    async function* late() {
      try {
        yield* [1, 2, 3]
      } finally {
        await turns(3)
        closed.push("asynchronous generator")
      }
    }
    for (const input of [numbers(), late()]) {
      const controller = new AbortController()
      const none = filter(() => {
        controller.abort("enough")
        return false
      })
      expect(await outcome(pipeline(input, none, count, controller))).toEqual({ error: "enough" })
    }
    expect(closed).toEqual(["generator", "asynchronous generator"])
  })

  test("an abort after the end changes nothing", async () => {
    const controller = new AbortController()
    expect(await pipeline([1], collect(), controller)).toEqual([1])
    controller.abort()
    await turns()
  })

  test("an abort ends work in flight at once, and an iterable that never settles", async () => {
    const controller = new AbortController()
    const stopped: number[] = []
    const work = async (item: number, { signal }: { readonly signal: AbortSignal }) => {
      await aborted(signal).finally(() => stopped.push(item))
    }
    const endless: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => {
        let given = 0
        return {
          next: () => (given < 3 ? Promise.resolve({ done: false, value: given++ }) : new Promise(() => {})),
        }
      },
    }
    const run = outcome(
      pipeline(
        endless,
        map((item) => item),
        parallel(work, { concurrency: 8 }),
        count,
        controller,
      ),
    )
    await turns()
    controller.abort("enough")
    expect(await run).toEqual({ error: "enough" })
    expect(stopped).toEqual([0, 1, 2])
  })

  describe("onEvent", () => {
    const telling = (task: string): Transform<number> =>
      async function* (input, context) {
        for await (const item of input) {
          context?.onEvent?.({ type: "end", task })
          yield item
        }
      }
    const tellingSink: Sink<number> = async (input, context) => {
      for await (const _ of input) context?.onEvent?.({ type: "end", task: "sink" })
    }

    test("reaches the source, each step, steps within steps, and the sink", async () => {
      const events: RunEvent[] = []
      const within: Transform<number> = (input) => pipe(input, telling("within"))
      const generated: Transform<number> = async function* (input) {
        yield* pipe(
          input,
          map((item) => item),
        )
      }
      const { source } = createProbe({ count: 1 })
      const onEvent = (event: RunEvent) => events.push(event)
      await pipeline(source, telling("step"), generated, within, tellingSink, { onEvent })
      expect(events).toEqual([
        { type: "start", task: "probe" },
        { type: "end", task: "step" },
        { type: "end", task: "within" },
        { type: "end", task: "sink" },
      ])
    })

    test.each(["probe", "step", "sink"])(
      "a listener that throws at the event of the %s ends the run",
      async (task) => {
        const error = new Error("listener")
        const probe = createProbe({ count: 3 })
        const onEvent = (event: RunEvent) => {
          if ("task" in event && event.task === task) throw error
        }
        const run = pipeline(probe.source, telling("step"), tellingSink, { onEvent })
        expect(await outcome(run)).toEqual({ error })
        expect(probe.closed).toBe(task === "probe" ? 0 : 1)
      },
    )
  })
})
