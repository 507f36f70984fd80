import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { range } from "rxjs"
import { describe, expect, test } from "vitest"
import { pipe } from "../src/pipeline.ts"
import { fromObservable, toObservable } from "../src/rxjs.ts"
import { inContext, source, stage } from "../src/stream.ts"
import { batch } from "../src/transforms/batch.ts"
import { filter } from "../src/transforms/filter.ts"
import { flatMap } from "../src/transforms/flat-map.ts"
import { map } from "../src/transforms/map.ts"
import { parallel } from "../src/transforms/parallel.ts"
import { take } from "../src/transforms/take.ts"
import { tap } from "../src/transforms/tap.ts"
import { all, outcome, turns } from "./contracts/probe.ts"
import { streamContract } from "./contracts/stream-contract.ts"

const twelve = Array.from({ length: 12 }, (_, index) => index)

async function* plain<T>(input: AsyncIterable<T>) {
  for await (const item of input) yield item
}

streamContract("source", {
  open: () =>
    source(async function* () {
      yield* twelve
    }),
  gives: twelve,
})
streamContract("source over an input", {
  open: (input) => source((context) => inContext(input, context)),
  gives: twelve,
  takes: (given) => given,
})
streamContract("stage", {
  open: (input) => stage(undefined, (context) => plain(inContext(input, context))),
  gives: twelve,
  takes: (given) => given,
})
streamContract("pipe without a step", {
  open: (input) => pipe(input),
  gives: twelve,
  takes: (given) => given,
})
streamContract("pipe of plain generators", {
  open: (input) => pipe(input, plain, plain, plain),
  gives: twelve,
  takes: (given) => given,
})
streamContract("pipe within a step", {
  open: (input) => pipe(input, (inner) => pipe(inner, plain, plain)),
  gives: twelve,
  takes: (given) => given,
})
streamContract("pipe within a generator", {
  open: (input) =>
    pipe(input, async function* (inner) {
      yield* pipe(inner, plain)
    }),
  gives: twelve,
  takes: (given) => given,
})
streamContract("map", {
  open: (input) =>
    pipe(
      input,
      map((item) => item * 2),
    ),
  gives: twelve.map((item) => item * 2),
  takes: (given) => given,
})
streamContract("filter", {
  open: (input) =>
    pipe(
      input,
      filter((item) => item % 2 === 1),
    ),
  gives: [1, 3, 5, 7, 9, 11],
  takes: (given) => 2 * given,
})
streamContract("flatMap to arrays", {
  open: (input) =>
    pipe(
      input,
      flatMap((item) => [item, -item]),
    ),
  gives: twelve.flatMap((item) => [item, -item]),
  takes: (given) => Math.ceil(given / 2),
})
streamContract("flatMap to streams", {
  open: (input) =>
    pipe(
      input,
      flatMap((item) => pipe([item, -item], plain)),
    ),
  gives: twelve.flatMap((item) => [item, -item]),
  takes: (given) => Math.ceil(given / 2),
})
streamContract("tap", {
  open: (input) =>
    pipe(
      input,
      tap(() => {}),
    ),
  gives: twelve,
  takes: (given) => given,
})
streamContract("take", {
  open: (input) => pipe(input, take(20)),
  gives: twelve,
  takes: (given) => given,
})
streamContract("batch", {
  open: (input) => pipe(input, batch(5)),
  gives: [
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
    [10, 11],
  ],
  takes: (given) => 5 * given,
})
for (const concurrency of [1, 3, 50]) {
  streamContract(`parallel of ${concurrency}`, {
    open: (input) =>
      pipe(
        input,
        parallel(async (item) => item * 2, { concurrency }),
      ),
    gives: twelve.map((item) => item * 2),
    takes: (given) => given + concurrency,
  })
  streamContract(`parallel of ${concurrency} in any order, between plain generators`, {
    open: (input) =>
      pipe(
        input,
        plain,
        parallel(async (item) => item * 2, { concurrency, ordered: false }),
        plain,
      ),
    gives: twelve.map((item) => item * 2),
    unordered: true,
    // The plain generators before and after hold none.
    takes: (given) => given + concurrency,
  })
}
streamContract("parallel within parallel", {
  open: (input) =>
    pipe(
      input,
      parallel((item) => item, { concurrency: 2 }),
      parallel((item) => item, { concurrency: 2 }),
    ),
  gives: twelve,
  takes: (given) => given + 4,
})
streamContract("parallel called by hand", {
  open: (input) =>
    source((context) =>
      parallel((item: number) => item, { concurrency: 2 })(inContext(input, context), context),
    ),
  gives: twelve,
  takes: (given) => given + 2,
})
streamContract("fromObservable", {
  open: () => fromObservable(range(0, 12), { capacity: 12 }),
  gives: twelve,
})
streamContract("a stream through an observable and back", {
  open: () => source((context) => fromObservable(toObservable(twelve, context), { capacity: 12 })),
  gives: twelve,
})

describe("the signal of a stream", () => {
  /** Opens a stream that gives two numbers, and tells the signal it got. */
  const watched = (error?: unknown) => {
    const signals: AbortSignal[] = []
    const stream = source(async function* ({ signal }) {
      signals.push(signal)
      yield 1
      yield 2
      if (error !== undefined) throw error
    })
    return { stream, signals }
  }

  test("aborts when the stream is closed, before its cleanup", async () => {
    const order: string[] = []
    const stream = source(async function* ({ signal }) {
      signal.addEventListener("abort", () => order.push("signal"))
      try {
        yield 1
      } finally {
        order.push("cleanup")
      }
    })
    for await (const _ of stream) break
    expect(order).toEqual(["signal", "cleanup"])
  })

  test("aborts with the error when the stream fails, so that work it has left behind stops", async () => {
    const error = new Error("failed")
    const { stream, signals } = watched(error)
    expect(await outcome(all(stream))).toEqual({ error })
    expect(signals.map(({ reason }) => reason)).toEqual([error])
  })

  test("does not abort when the stream comes to its end", async () => {
    const { stream, signals } = watched()
    await all(stream)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  test("is of each opening alone, and has the reason of the caller's", async () => {
    const { stream, signals } = watched()
    const controller = new AbortController()
    const first = stream[Symbol.asyncIterator](controller)
    const second = stream[Symbol.asyncIterator]()
    await Promise.all([first.next(), second.next()])
    controller.abort("enough")
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(signals[0]?.reason).toBe("enough")
    await Promise.all([first.return?.(), second.return?.()])
  })

  test("is held by the caller's signal no longer than the stream is open", async () => {
    setFlagsFromString("--expose-gc")
    const collectGarbage: () => void = runInNewContext("gc")
    const { signal } = new AbortController()
    const signals: WeakRef<AbortSignal>[] = []
    const open = source(async function* (context) {
      signals.push(new WeakRef(context.signal))
      yield 1
      yield 2
    })
    for (const stop of [false, true])
      for await (const _ of { [Symbol.asyncIterator]: () => open[Symbol.asyncIterator]({ signal }) })
        if (stop) break
    await turns()
    collectGarbage()
    expect(signals.map((each) => each.deref())).toEqual([undefined, undefined])
    expect(signal.aborted).toBe(false)
  })
})
