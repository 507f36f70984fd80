import { config, EMPTY, interval, map, NEVER, Observable, of, range, Subject, take, throwError } from "rxjs"
import { afterEach, describe, expect, test } from "vitest"
import { isError, OptionError, OverflowError } from "../src/errors.ts"
import type { RunEvent } from "../src/events.ts"
import { pipe } from "../src/pipeline.ts"
import { fromObservable, toObservable } from "../src/rxjs.ts"
import { parallel } from "../src/transforms/parallel.ts"
import { aborted, all, createProbe, outcome, turns } from "./contracts/probe.ts"

/** Subscribes to the end, and tells all that came. */
function record<T>(
  observable: Observable<T>,
): Promise<{ values: T[]; end: "complete" | { error: unknown } }> {
  const values: T[] = []
  return new Promise((resolve) => {
    observable.subscribe({
      next: (value) => values.push(value),
      error: (error) => resolve({ values, end: { error } }),
      complete: () => resolve({ values, end: "complete" }),
    })
  })
}

describe("toObservable", () => {
  test("gives all items in order and completes, each subscription from the start", async () => {
    const probe = createProbe({ count: 5 })
    const observable = toObservable(probe.source)
    await turns()
    expect(probe.opened).toBe(0)
    const expected = { values: [0, 1, 2, 3, 4], end: "complete" }
    expect(await Promise.all([record(observable), record(observable)])).toEqual([expected, expected])
    expect([probe.opened, probe.closed]).toEqual([2, 2])
  })

  test("takes any iterable", async () => {
    expect(await record(toObservable([1, 2]))).toEqual({ values: [1, 2], end: "complete" })
  })

  test.each([new Error("upstream"), undefined, null, "upstream"])(
    "gives the error %s itself",
    async (error) => {
      const { values, end } = await record(
        toObservable(createProbe({ count: 9, failure: { after: 2, error } }).source),
      )
      expect(values).toEqual([0, 1])
      expect(end).toHaveProperty("error")
      expect((end as { error: unknown }).error).toBe(error)
    },
  )

  test("unsubscribe closes at once, also while the stream is silent and work is in flight", async () => {
    const probe = createProbe({ count: 9, silentAfter: 2 })
    const reasons: unknown[] = []
    const work = async (_: number, { signal }: { readonly signal: AbortSignal }) => {
      await aborted(signal).catch((reason) => reasons.push(reason))
    }
    const subscription = toObservable(pipe(probe.source, parallel(work, { concurrency: 4 }))).subscribe()
    await turns()
    expect(probe.closing).toBe(0)
    subscription.unsubscribe()
    await turns()
    expect(reasons).toHaveLength(2)
    expect([probe.closing, probe.closed]).toEqual([1, 1])
  })

  test("unsubscribe before the first item gives nothing", async () => {
    const probe = createProbe({ count: 3 })
    const values: number[] = []
    toObservable(probe.source)
      .subscribe((value) => values.push(value))
      .unsubscribe()
    await turns()
    expect(values).toEqual([])
    expect(probe.closed).toBe(probe.opened)
  })

  test("unsubscribing inside next() ends it there, and closes the stream", async () => {
    const probe = createProbe({ count: 9 })
    const { values, end } = await record(toObservable(probe.source).pipe(take(2)))
    await turns()
    expect({ values, end }).toEqual({ values: [0, 1], end: "complete" })
    expect([probe.taken, probe.closing, probe.closed]).toEqual([2, 1, 1])
  })

  test("an error in an operator closes the stream and is that error", async () => {
    const probe = createProbe({ count: 9 })
    const error = new Error("operator")
    const failing = toObservable(probe.source).pipe(
      map(() => {
        throw error
      }),
    )
    expect(await record(failing)).toEqual({ values: [], end: { error } })
    await turns()
    expect([probe.closing, probe.closed]).toEqual([1, 1])
  })

  test("an error of the cleanup after unsubscribe is no unhandled rejection", async () => {
    const probe = createProbe({ count: 9, cleanupError: new Error("cleanup") })
    await record(toObservable(probe.source).pipe(take(1)))
    await turns()
    expect(probe.closed).toBe(1)
  })

  test("runs in the context given", async () => {
    const controller = new AbortController()
    const events: RunEvent[] = []
    const { source } = createProbe({ count: 9, silentAfter: 1 })
    const context = { signal: controller.signal, onEvent: (event: RunEvent) => events.push(event) }
    const recorded = record(toObservable(source, context))
    await turns()
    controller.abort("enough")
    expect(await recorded).toEqual({ values: [0], end: { error: "enough" } })
    expect(events).toEqual([{ type: "start", task: "probe" }])
  })

  describe("with a subscriber that throws", () => {
    afterEach(() => {
      config.onUnhandledError = null
    })

    test("rxjs reports the error, and the stream goes on as rxjs has it", async () => {
      const error = new Error("subscriber")
      const reported: unknown[] = []
      const everything = new Promise<void>((resolve) => {
        config.onUnhandledError = (each) => {
          if (reported.push(each) === 3) resolve()
        }
      })
      const probe = createProbe({ count: 3 })
      toObservable(probe.source).subscribe(() => {
        throw error
      })
      await everything
      expect(reported).toEqual([error, error, error])
      expect([probe.closing, probe.closed]).toEqual([1, 1])
    })
  })
})

describe("fromObservable", () => {
  test.each([0, -1, 1.5, Number.NaN])("refuses a capacity of %s at the call", (capacity) => {
    expect(() => fromObservable(EMPTY, { capacity })).toThrow(OptionError)
  })

  test("gives all values, those that wait at completion too", async () => {
    expect(await all(fromObservable(range(0, 5), { capacity: 5 }))).toEqual([0, 1, 2, 3, 4])
    expect(await all(fromObservable(interval(1).pipe(take(3)), { capacity: 1 }))).toEqual([0, 1, 2])
    expect(await all(fromObservable(EMPTY, { capacity: 1 }))).toEqual([])
  })

  test("subscribes at the first next(), each time it is opened", async () => {
    let subscribed = 0
    const stream = fromObservable(
      new Observable<number>((subscriber) => {
        subscriber.next(++subscribed)
        subscriber.complete()
      }),
      { capacity: 1 },
    )
    const iterator = stream[Symbol.asyncIterator]()
    await turns()
    expect(subscribed).toBe(0)
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    expect(await all(stream)).toEqual([2])
  })

  test.each([new Error("observable"), undefined])(
    "gives the values that wait, then the error %s",
    async (error) => {
      const stream = fromObservable(
        new Observable<number>((subscriber) => {
          subscriber.next(1)
          subscriber.error(error)
        }),
        { capacity: 1 },
      )
      const iterator = stream[Symbol.asyncIterator]()
      expect(await iterator.next()).toEqual({ done: false, value: 1 })
      expect(await outcome(iterator.next())).toEqual({ error })
      expect(
        await outcome(
          all(
            fromObservable(
              throwError(() => error),
              { capacity: 1 },
            ),
          ),
        ),
      ).toEqual({ error })
    },
  )

  test("unsubscribes on break, on return() while it waits, and on abort", async () => {
    let open = 0
    const observable = new Observable<number>((subscriber) => {
      open++
      subscriber.next(1)
      return () => {
        open--
      }
    })
    const stream = fromObservable(observable, { capacity: 1 })
    for await (const _ of stream) break
    expect(open).toBe(0)

    const iterator = stream[Symbol.asyncIterator]()
    await iterator.next()
    const pending = iterator.next()
    await turns()
    expect(open).toBe(1)
    await iterator.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(open).toBe(0)

    const controller = new AbortController()
    const silent = fromObservable(NEVER, { capacity: 1 })[Symbol.asyncIterator]({ signal: controller.signal })
    const waiting = outcome(silent.next())
    await turns()
    controller.abort("enough")
    expect(await waiting).toEqual({ error: "enough" })
  })

  /** Takes the first value, lets the others come while nobody reads, and reads the rest. */
  async function late(
    overflow: "error" | "drop-oldest" | "drop-newest",
    onEvent?: (event: RunEvent) => void,
  ) {
    const subject = new Subject<number>()
    const iterator = fromObservable(subject, { capacity: 2, overflow })[Symbol.asyncIterator]({ onEvent })
    const first = iterator.next()
    await turns()
    for (let value = 0; value < 6; value++) subject.next(value)
    subject.complete()
    const { value } = await first
    const rest = await outcome(all({ [Symbol.asyncIterator]: () => iterator }))
    return { subject, first: value, rest }
  }

  test("drop-oldest keeps the newest, and tells each that it drops", async () => {
    const events: RunEvent[] = []
    const { first, rest } = await late("drop-oldest", (event) => events.push(event))
    expect([first, rest]).toEqual([4, { value: [5] }])
    expect(events).toHaveLength(4)
    expect(events[0]).toEqual({ type: "skip", file: "observable", reason: "more than 2 values wait" })
  })

  test("drop-newest keeps the oldest, and tells each that it drops", async () => {
    const events: RunEvent[] = []
    const { first, rest } = await late("drop-newest", (event) => events.push(event))
    expect([first, rest]).toEqual([0, { value: [1] }])
    expect(events).toHaveLength(4)
  })

  test("error unsubscribes at once, gives what waits, then an OverflowError", async () => {
    const subject = new Subject<number>()
    const iterator = fromObservable(subject, { capacity: 2 })[Symbol.asyncIterator]()
    const first = iterator.next()
    await turns()
    for (const value of [0, 1]) subject.next(value)
    expect(subject.observed).toBe(true)
    subject.next(2)
    expect(subject.observed).toBe(false)
    expect(await first).toEqual({ done: false, value: 0 })
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    const { error } = (await outcome(iterator.next())) as { error: unknown }
    expect(error).toBeInstanceOf(OverflowError)
    expect(isError(error, "overflow") && error.capacity).toBe(2)
  })

  test("error stops an observable that gives values without end at once", async () => {
    let given = 0
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed) {
        if (given > 1_000) throw new Error("nobody stops it")
        subscriber.next(given++)
      }
    })
    const result = await outcome(all(fromObservable(endless, { capacity: 3 })))
    expect(isError((result as { error: unknown }).error, "overflow")).toBe(true)
    expect(given).toBe(4)
  })

  test("a listener that throws ends the stream with that error, after the values that wait", async () => {
    const error = new Error("listener")
    const result = await late("drop-newest", () => {
      throw error
    })
    expect(result.first).toBe(0)
    expect(result.rest).toEqual({ error })
    expect(result.subject.observed).toBe(false)
  })

  test("there and back is the same stream", async () => {
    const stream = fromObservable(toObservable([1, 2, 3]), { capacity: 3 })
    expect(await all(stream)).toEqual([1, 2, 3])
    expect(await record(toObservable(fromObservable(of(1, 2), { capacity: 2 })))).toEqual({
      values: [1, 2],
      end: "complete",
    })
  })
})
