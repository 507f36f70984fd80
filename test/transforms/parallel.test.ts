import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { OptionError } from "../../src/errors.ts"
import type { RunEvent } from "../../src/events.ts"
import { pipe, pipeline } from "../../src/pipeline.ts"
import { collect } from "../../src/sinks/collect.ts"
import { inContext, source } from "../../src/stream.ts"
import { map } from "../../src/transforms/map.ts"
import { parallel } from "../../src/transforms/parallel.ts"
import { aborted, all, createProbe, outcome, turns } from "../contracts/probe.ts"

/** One run of `parallel` as chance has it. Delays are counted in turns of the event loop, never in time. */
interface Run {
  readonly items: readonly Item[]
  readonly concurrency: number
  readonly ordered: boolean
  readonly skip: boolean
  /** Whether `fn` stops when its signal aborts, or works on to its end. */
  readonly heeds: boolean
  readonly inputFails: boolean
  /** Turns that the consumer takes for an item. */
  readonly consumerDelay: number
  /** The consumer breaks, or the run is aborted, after so many results or turns. */
  readonly stop:
    | { readonly kind: "none" }
    | { readonly kind: "break" | "abort" | "return"; readonly after: number }
}

interface Item {
  readonly inputDelay: number
  readonly delay: number
  readonly fails: boolean
}

const runs: fc.Arbitrary<Run> = fc.record({
  items: fc.array(
    fc.record({
      inputDelay: fc.nat({ max: 3 }),
      delay: fc.nat({ max: 6 }),
      fails: fc.boolean().chain((may) => (may ? fc.boolean() : fc.constant(false))),
    }),
    { maxLength: 14 },
  ),
  concurrency: fc.integer({ min: 1, max: 6 }),
  ordered: fc.boolean(),
  skip: fc.boolean(),
  heeds: fc.boolean(),
  inputFails: fc.boolean(),
  consumerDelay: fc.nat({ max: 3 }),
  stop: fc.oneof(
    fc.constant({ kind: "none" } as const),
    fc.record({ kind: fc.constantFrom("break", "abort", "return"), after: fc.nat({ max: 16 }) }),
  ),
})

/** A delay of 0 does not even give way to other promises. */
async function wait(delay: number): Promise<void> {
  if (delay > 0) await turns(delay)
}

async function perform(run: Run) {
  const errorOf = (index: number) => `item ${index}`
  const log = {
    inputOpened: 0,
    inputClosed: 0,
    started: 0,
    settled: 0,
    working: 0,
    mostWorking: 0,
    mostAhead: 0,
    taken: 0,
    given: [] as number[],
    skipped: [] as string[],
    signals: [] as AbortSignal[],
    abortedAtSettle: 0,
  }
  const input = source(async function* () {
    log.inputOpened++
    try {
      for (const [index, { inputDelay }] of run.items.entries()) {
        await wait(inputDelay)
        log.taken++
        log.mostAhead = Math.max(log.mostAhead, log.taken - log.given.length - log.skipped.length)
        yield index
      }
      if (run.inputFails) throw "input"
    } finally {
      await turns(2)
      log.inputClosed++
    }
  })
  const work = async (index: number, { signal }: { readonly signal: AbortSignal }) => {
    const { delay, fails } = run.items[index] as Item
    log.started++
    log.signals.push(signal)
    log.mostWorking = Math.max(log.mostWorking, ++log.working)
    try {
      await (run.heeds ? Promise.race([wait(delay), aborted(signal)]) : wait(delay))
      if (fails) throw errorOf(index)
      return index
    } finally {
      log.working--
      log.settled++
      if (signal.aborted) log.abortedAtSettle++
    }
  }
  const { concurrency, ordered } = run
  const stream = pipe(
    input,
    parallel(work, { concurrency, ordered, onError: () => (run.skip ? "skip" : "throw") }),
  )
  const controller = new AbortController()
  const onEvent = (event: RunEvent) => {
    if (event.type === "skip") log.skipped.push(event.reason)
  }
  const iterator = stream[Symbol.asyncIterator]({ signal: controller.signal, onEvent })

  const consume = async () => {
    for await (const item of { [Symbol.asyncIterator]: () => iterator }) {
      log.given.push(item)
      await wait(run.consumerDelay)
      if (run.stop.kind === "break" && log.given.length > run.stop.after) return
    }
  }
  const interrupt = async () => {
    if (run.stop.kind !== "abort" && run.stop.kind !== "return") return
    await wait(run.stop.after)
    if (run.stop.kind === "abort") controller.abort("enough")
    else await iterator.return?.()
  }
  const [result] = await Promise.all([outcome(consume()), interrupt()])
  return { log, result, atEnd: { ...log }, errorOf }
}

describe("parallel, however the run goes", () => {
  const holds = (claim: (run: Run, performed: Awaited<ReturnType<typeof perform>>) => void) =>
    fc.assert(
      fc.asyncProperty(runs, async (run) => claim(run, await perform(run))),
      { numRuns: 300 },
    )

  test("never has more than `concurrency` items in hand", () =>
    holds(({ concurrency }, { log }) => {
      expect(log.mostWorking).toBeLessThanOrEqual(concurrency)
      // What was handed on, and not yet counted by its consumer, is one more.
      expect(log.mostAhead).toBeLessThanOrEqual(concurrency + 1)
    }))

  test("gives a prefix of the input in order, or some of it in any order", () =>
    holds(({ items, ordered }, { log }) => {
      const good = [...items.keys()].filter((index) => items[index]?.fails === false)
      if (ordered) expect(log.given).toEqual(good.slice(0, log.given.length))
      else {
        expect(new Set(log.given).size).toBe(log.given.length)
        expect(good).toEqual(expect.arrayContaining(log.given))
      }
    }))

  test("has closed its input, once, and let every call settle before it ends", async () => {
    await holds((_, { atEnd }) => {
      expect(atEnd.inputClosed).toBe(atEnd.inputOpened)
      expect(atEnd.inputOpened).toBeLessThanOrEqual(1)
      expect(atEnd.settled).toBe(atEnd.started)
    })
  })

  test("has aborted the signal of every call when it is closed", () =>
    holds((_, { log }) => {
      expect(log.signals.every((signal) => signal.aborted)).toBe(true)
    }))

  test("left alone, loses nothing: all results, or those before the first error, then that error", () =>
    holds(({ items, ordered, skip, inputFails, stop }, { log, result, errorOf }) => {
      if (stop.kind !== "none") return
      const good = [...items.keys()].filter((index) => !items[index]?.fails)
      const failing = [...items.keys()].filter((index) => items[index]?.fails)
      if (skip) expect([...log.skipped].sort()).toEqual(failing.map(errorOf).sort())
      if (skip || failing.length === 0) {
        expect([...log.given].sort()).toEqual([...good].sort())
        expect(result).toEqual(inputFails ? { error: "input" } : { value: undefined })
      } else if (ordered) {
        const [first] = failing as [number]
        expect(log.given).toEqual(good.filter((index) => index < first))
        expect(result).toEqual({ error: errorOf(first) })
      } else {
        expect(failing.map((index) => ({ error: errorOf(index) }))).toContainEqual(result)
      }
    }))

  test("aborted, rejects with the reason unless it had come to its end before", () =>
    holds(({ stop, skip, items, inputFails }, { result, errorOf }) => {
      if (stop.kind !== "abort") return
      const possible: unknown[] = [
        { error: "enough" },
        inputFails ? { error: "input" } : { value: undefined },
      ]
      if (!skip)
        for (const index of items.keys()) if (items[index]?.fails) possible.push({ error: errorOf(index) })
      expect(possible).toContainEqual(result)
    }))
})

describe("parallel", () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses a concurrency of %s at the call",
    (concurrency) => {
      expect(() => parallel((item) => item, { concurrency })).toThrow(OptionError)
    },
  )

  test("works on `concurrency` items at a time", async () => {
    let most = 0
    let working = 0
    const work = async () => {
      most = Math.max(most, ++working)
      await turns(3)
      working--
    }
    await all(pipe(Array(20).fill(0), parallel(work, { concurrency: 4 })))
    expect(most).toBe(4)
  })

  test("unordered, gives what is done first", async () => {
    const gates = new Map<number, () => void>()
    const work = (item: number) => new Promise<number>((resolve) => gates.set(item, () => resolve(item)))
    const stream = pipe([0, 1, 2], parallel(work, { concurrency: 3, ordered: false }))
    const read = all(stream)
    for (const item of [2, 0, 1]) {
      await turns()
      gates.get(item)?.()
    }
    expect(await read).toEqual([2, 0, 1])
  })

  test("goes on by itself while its consumer is busy, up to its concurrency", async () => {
    const { source: input, taken } = createProbe({ count: 10 })
    expect(taken).toBe(0)
    const started: number[] = []
    const stream = pipe(
      input,
      parallel((item) => started.push(item), { concurrency: 3 }),
    )
    const iterator = stream[Symbol.asyncIterator]()
    await iterator.next()
    await turns()
    expect(started).toEqual([0, 1, 2, 3])
    await iterator.return?.()
  })

  test("reads on as soon as it has given an item", async () => {
    const probe = createProbe({ count: 10 })
    const iterator = pipe(
      probe.source,
      parallel((item) => item, { concurrency: 3 }),
    )[Symbol.asyncIterator]()
    for (const taken of [4, 5, 6]) {
      await iterator.next()
      await turns()
      expect(probe.taken).toBe(taken)
    }
    await iterator.return?.()
  })

  test("reads no further, and starts nothing, once a call has failed", async () => {
    const started: number[] = []
    const finish: (() => void)[] = []
    const input = source(async function* () {
      yield 0
      yield 1
      await new Promise<void>((resolve) => finish.push(resolve))
      yield 2
      throw new Error("it is read no further")
    })
    const work = async (item: number) => {
      started.push(item)
      if (item === 1) throw new Error("work")
      await new Promise<void>((resolve) => finish.push(resolve))
      return item
    }
    const iterator = pipe(input, parallel(work, { concurrency: 5 }))[Symbol.asyncIterator]()
    const first = iterator.next()
    await turns()
    expect(finish).toHaveLength(2)
    finish[1]?.()
    finish[0]?.()
    await turns()
    expect(await first).toEqual({ done: false, value: 0 })
    expect(await outcome(iterator.next())).toEqual({ error: new Error("work") })
    expect(started).toEqual([0, 1])

    const probe = createProbe({ count: 9 })
    const waiting = parallel((item: number) => (item === 1 ? Promise.reject(1) : turns(30)), {
      concurrency: 9,
    })
    const read = outcome(all(pipe(probe.source, waiting)))
    await turns()
    expect(probe.taken).toBeLessThan(4)
    expect(await read).toEqual({ error: 1 })
  })

  test("does not take for a skipped item what an abort stopped", async () => {
    const controller = new AbortController()
    const asked: unknown[] = []
    const onError = (error: unknown) => {
      asked.push(error)
      return "skip" as const
    }
    const stream = pipe(
      [1, 2],
      parallel((_, { signal }) => aborted(signal), { concurrency: 2, onError }),
    )
    const read = outcome(stream[Symbol.asyncIterator](controller).next())
    await turns()
    controller.abort("enough")
    expect(await read).toEqual({ error: "enough" })
    expect(asked).toEqual([])
  })

  test("stops the other calls when one fails, and gives its error itself", async () => {
    const error = new Error("second")
    const reasons: unknown[] = []
    const stream = pipe(
      [0, 1, 2],
      parallel(
        async (item, { signal }) => {
          if (item === 1) await turns(3).then(() => Promise.reject(error))
          if (item === 2) await aborted(signal).catch((reason) => reasons.push(reason))
          return item
        },
        { concurrency: 3 },
      ),
    )
    expect(await outcome(all(stream))).toEqual({ error })
    expect(reasons).toHaveLength(1)
  })

  test("its own error is not hidden by one of the input's cleanup", async () => {
    const error = new Error("work")
    const { source: input } = createProbe({ count: 5, cleanupError: new Error("cleanup") })
    const fail = () => {
      throw error
    }
    expect(await outcome(all(pipe(input, parallel(fail, { concurrency: 1 }))))).toEqual({ error })
    expect(await outcome(all(parallel(fail, { concurrency: 3 })(input)))).toEqual({ error })
  })

  test("onError gets the error and the item; what it throws ends the stream", async () => {
    const seen: unknown[] = []
    const verdict = new Error("verdict")
    const stream = pipe(
      ["a", "b"],
      parallel(
        (item) => {
          throw `no ${item}`
        },
        {
          concurrency: 1,
          onError: (error, item) => {
            seen.push([error, item])
            if (item === "b") throw verdict
            return "skip"
          },
        },
      ),
    )
    expect(await outcome(all(stream))).toEqual({ error: verdict })
    expect(seen).toEqual([
      ["no a", "a"],
      ["no b", "b"],
    ])
  })

  test("tells what it skips by its path, and a listener that throws ends the stream", async () => {
    const events: RunEvent[] = []
    const skipping = parallel(
      () => {
        throw new Error("bad")
      },
      { concurrency: 2, onError: () => "skip" },
    )
    const onEvent = (event: RunEvent) => events.push(event)
    expect(await pipeline([{ path: "a/b.json" }, "c"], skipping, collect(), { onEvent })).toEqual([])
    expect(events).toEqual([
      { type: "skip", file: "a/b.json", reason: "bad" },
      { type: "skip", file: "c", reason: "bad" },
    ])

    const error = new Error("listener")
    const fail = () => {
      throw error
    }
    expect(await outcome(pipeline(["c"], skipping, collect(), { onEvent: fail }))).toEqual({ error })
  })

  test("does not ask an input again that has ended or failed", async () => {
    for (const last of ["end", "error"]) {
      let calls = 0
      const input: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            if (++calls < 3) return { done: false, value: calls }
            if (last === "error") throw new Error("input")
            return { done: true, value: undefined }
          },
        }),
      }
      await outcome(
        all(
          pipe(
            input,
            parallel((item) => item, { concurrency: 4 }),
          ),
        ),
      )
      expect(calls).toBe(3)
    }
  })

  test("in a pipe within another, an abort reaches the calls", async () => {
    const controller = new AbortController()
    const reasons: unknown[] = []
    const work = async (_: number, { signal }: { readonly signal: AbortSignal }) => {
      await aborted(signal).catch((reason) => reasons.push(reason))
    }
    const stream = pipe([1, 2], (input) =>
      pipe(
        input,
        parallel(work, { concurrency: 2 }),
        map(() => 0),
      ),
    )
    const read = outcome(stream[Symbol.asyncIterator]({ signal: controller.signal }).next())
    await turns()
    controller.abort("enough")
    expect(await read).toEqual({ error: "enough" })
    expect(reasons).toEqual(["enough", "enough"])
  })

  test("opens its input in a context, also when it is called by hand", async () => {
    const controller = new AbortController()
    const { source: input } = createProbe({ count: 3, silentAfter: 1 })
    const byHand = source((context) =>
      parallel((item: number) => item, { concurrency: 2 })(inContext(input, context), context),
    )
    const iterator = byHand[Symbol.asyncIterator]({ signal: controller.signal })
    expect(await iterator.next()).toEqual({ done: false, value: 0 })
    const pending = outcome(iterator.next())
    controller.abort("enough")
    expect(await pending).toEqual({ error: "enough" })
  })
})
