import { Readable } from "node:stream"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { pipe } from "../../src/pipeline.ts"
import type { Context, Source } from "../../src/stream.ts"
import { all, createProbe, outcome, turns } from "./probe.ts"

/** What a stream promises. */
export interface StreamContract<T> {
  /** The stream: over `input`, if it is a transform; a source leaves the input alone. It gives at least three items. */
  readonly open: (input: AsyncIterable<number> | Iterable<number>) => Source<T>
  /**
   * What it gives for the input 0 to 11.
   * @default whatever it gives the first time
   */
  readonly gives?: readonly T[]
  /** Whether items may come in another order each time. */
  readonly unordered?: boolean
  /**
   * For a transform: how many items of its input it may have taken when it has given so many. Without it the stream
   * is one that has its own input.
   */
  readonly takes?: (given: number) => number
}

const inputCount = 12

const reasons: readonly unknown[] = [new Error("enough"), undefined, null, "enough", 0]

/** Proves that a source, or a transform over one, keeps what `Source` promises. */
export function streamContract<T>(name: string, contract: StreamContract<T>): void {
  describe(`${name} keeps the promises of a stream`, () => {
    testConsumer(contract)
    testAbort(contract)
    const { takes } = contract
    if (takes !== undefined) {
      testInput(contract)
      testReading(contract, takes)
      testForeignInput(contract, takes)
    }
  })
}

function probed<T>({ open }: StreamContract<T>, options: Partial<Parameters<typeof createProbe>[0]> = {}) {
  const probe = createProbe({ count: inputCount, ...options })
  return { probe, stream: open(probe.source) }
}

function openedWith<T>(stream: Source<T>, context?: Context) {
  return stream[Symbol.asyncIterator](context)
}

function testConsumer<T>(contract: StreamContract<T>): void {
  const whole = async () => contract.gives ?? (await all(probed(contract).stream))
  const expectItems = (items: readonly unknown[], expected: readonly unknown[]) => {
    if (contract.unordered) {
      expect(items).toHaveLength(expected.length)
      expect(items).toEqual(expect.arrayContaining([...expected]))
    } else expect(items).toEqual(expected)
  }
  // A source with its own input never opens the probe: then there is nothing of it to be closed.
  const expectClosed = ({ opened, closing, closed }: ReturnType<typeof createProbe>, times = 1) =>
    expect({ opened, closing, closed }).toEqual(
      contract.takes === undefined
        ? { opened: 0, closing: 0, closed: 0 }
        : { opened: times, closing: times, closed: times },
    )

  test("gives all there is, and again when opened again", async () => {
    const expected = await whole()
    const { probe, stream } = probed(contract)
    expect(expected.length).toBeGreaterThanOrEqual(3)
    expectItems(await all(stream), expected)
    expectItems(await all(stream), expected)
    expectClosed(probe, 2)
  })

  test("can be open twice at the same time", async () => {
    const expected = await whole()
    const { stream } = probed(contract)
    const [first, second] = await Promise.all([all(stream), all(stream)])
    expectItems(first, expected)
    expectItems(second, expected)
  })

  test("starts nothing before the first next()", async () => {
    const { probe, stream } = probed(contract)
    const events: RunEvent[] = []
    const iterator = openedWith(stream, { onEvent: (event) => events.push(event) })
    await turns()
    expect(events).toEqual([])
    expect(probe.opened).toBe(0)
    await iterator.return?.()
  })

  test("is at its end for good after the last item", async () => {
    const { probe, stream } = probed(contract)
    const iterator = openedWith(stream)
    while ((await iterator.next()).done !== true);
    expectClosed(probe)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expectClosed(probe)
  })

  test("answers next() calls made at once like a generator", async () => {
    const expected = await whole()
    const { probe, stream } = probed(contract)
    const iterator = openedWith(stream)
    const settled: number[] = []
    const results = await Promise.all(
      Array.from({ length: expected.length + 2 }, async (_, index) => {
        const result = await iterator.next()
        settled.push(index)
        return result
      }),
    )
    expect(settled).toEqual(results.map((_, index) => index))
    expect(results.slice(-2)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
    expectItems(
      results.slice(0, -2).map(({ value }) => value),
      expected,
    )
    expectClosed(probe)
  })

  test("return() before the first next() starts nothing", async () => {
    const { probe, stream } = probed(contract)
    const iterator = openedWith(stream)
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(probe.opened).toBe(0)
  })

  test("break closes it once, and waits for the cleanup", async () => {
    const { probe, stream } = probed(contract)
    for await (const _ of stream) break
    expectClosed(probe)
  })

  test("an error of the consumer closes it once, and stays that error", async () => {
    const { probe, stream } = probed(contract)
    for (const error of [new Error("downstream"), undefined]) {
      const consumer = (async () => {
        for await (const _ of stream) throw error
      })()
      expect(await outcome(consumer)).toEqual({ error })
    }
    expectClosed(probe, 2)
  })

  test("every return() waits for the cleanup, also a second one and a next() after it", async () => {
    const { probe, stream } = probed(contract)
    const iterator = openedWith(stream)
    await iterator.next()
    const waited = [iterator.return?.(), iterator.return?.(), iterator.next()].map(async (call) => {
      expect(await call).toEqual({ done: true, value: undefined })
      expectClosed(probe)
    })
    await Promise.all(waited)
  })

  test("return() while next() calls are pending ends them, and waits for the cleanup", async () => {
    const { probe, stream } = probed(contract)
    const iterator = openedWith(stream)
    await iterator.next()
    const pending = [iterator.next(), iterator.next()]
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expectClosed(probe)
    expect((await pending[1])?.done).toBe(true)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
}

function testAbort<T>(contract: StreamContract<T>): void {
  const expectOnlyOneClosing = ({ opened, closing, closed }: ReturnType<typeof createProbe>) =>
    expect({ closing, closed }).toEqual({ closing: opened, closed: opened })

  test.each(reasons)("rejects with the reason %s of a signal that has aborted before", async (reason) => {
    const { probe, stream } = probed(contract)
    const signal = AbortSignal.abort(reason)
    const iterator = openedWith(stream, { signal })
    const { error } = (await outcome(iterator.next())) as { error: unknown }
    expect(error).toBe(signal.reason)
    expect(probe.opened).toBe(0)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test.each(reasons)("rejects with the reason %s of an abort between two items", async (reason) => {
    const { probe, stream } = probed(contract)
    const controller = new AbortController()
    const iterator = openedWith(stream, { signal: controller.signal })
    await iterator.next()
    controller.abort(reason)
    const result = await outcome(iterator.next())
    expectOnlyOneClosing(probe)
    expect(result).toHaveProperty("error")
    expect((result as { error: unknown }).error).toBe(controller.signal.reason)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expectOnlyOneClosing(probe)
  })

  test.each(reasons)("rejects with the reason %s of an abort while an item is awaited", async (reason) => {
    const { probe, stream } = probed(contract)
    const controller = new AbortController()
    const iterator = openedWith(stream, { signal: controller.signal })
    await iterator.next()
    const pending = outcome(iterator.next())
    controller.abort(reason)
    const result = await pending
    expectOnlyOneClosing(probe)
    expect(result).toHaveProperty("error")
    expect((result as { error: unknown }).error).toBe(controller.signal.reason)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test("return() after an abort closes it in peace", async () => {
    const { probe, stream } = probed(contract)
    const controller = new AbortController()
    const iterator = openedWith(stream, { signal: controller.signal })
    await iterator.next()
    controller.abort()
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expectOnlyOneClosing(probe)
  })

  test("leaves a signal that aborts after the end alone", async () => {
    const { stream } = probed(contract)
    const controller = new AbortController()
    const iterator = openedWith(stream, { signal: controller.signal })
    while ((await iterator.next()).done !== true);
    controller.abort()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
}

function testInput<T>(contract: StreamContract<T>): void {
  test.each([new Error("upstream"), undefined, null, "upstream"])(
    "an error of its input, %s, comes through as it is",
    async (error) => {
      const { probe, stream } = probed(contract, { failure: { after: 6, error } })
      const iterator = openedWith(stream)
      const read = (async () => {
        while ((await iterator.next()).done !== true);
      })()
      const result = await outcome(read)
      expect(result).toHaveProperty("error")
      expect((result as { error: unknown }).error).toBe(error)
      expect(await iterator.next()).toEqual({ done: true, value: undefined })
      await iterator.return?.()
      expect([probe.opened, probe.closing, probe.closed]).toEqual([1, 1, 1])
    },
  )

  // Of a read that is under way when the stream is closed only the closing is seen.
  const readsAhead = (contract.takes?.(0) ?? 0) > 0
  test.skipIf(readsAhead)("an error of its input's cleanup reaches who closes it", async () => {
    const cleanupError = new Error("cleanup")
    const iterator = openedWith(probed(contract, { cleanupError }).stream)
    await iterator.next()
    expect(await outcome(Promise.resolve(iterator.return?.()))).toEqual({ error: cleanupError })
  })

  test("an error of its input's cleanup does not hide that of the consumer, nor the abort", async () => {
    const { stream } = probed(contract, { cleanupError: new Error("cleanup") })
    const error = new Error("downstream")
    const consumer = (async () => {
      for await (const _ of stream) throw error
    })()
    expect(await outcome(consumer)).toEqual({ error })

    const controller = new AbortController()
    const iterator = openedWith(stream, { signal: controller.signal })
    await iterator.next()
    controller.abort(error)
    expect(await outcome(iterator.next())).toEqual({ error })
  })

  test("tells its input the context", async () => {
    const events: RunEvent[] = []
    const iterator = openedWith(probed(contract).stream, { onEvent: (event) => events.push(event) })
    await iterator.next()
    expect(events).toContainEqual({ type: "start", task: "probe" })
    await iterator.return?.()
  })

  test("a listener that throws ends the run with that error", async () => {
    const error = new Error("listener")
    const iterator = openedWith(probed(contract).stream, {
      onEvent: () => {
        throw error
      },
    })
    expect(await outcome(iterator.next())).toEqual({ error })
  })

  describe("over an input that falls silent", () => {
    const stuck = async (context?: Context) => {
      const { probe, stream } = probed(contract, { silentAfter: 6 })
      const iterator = openedWith(stream, context)
      // More calls than the six numbers can answer, so that one is left waiting.
      const calls = Array.from({ length: 20 }, () => outcome(iterator.next()))
      await turns()
      expect(probe.taken).toBe(6)
      return { probe, iterator, calls }
    }

    test("return() ends the calls that wait, and waits for the cleanup", async () => {
      const { probe, iterator, calls } = await stuck()
      await iterator.return?.()
      expect([probe.closing, probe.closed]).toEqual([1, 1])
      expect(await calls.at(-1)).toEqual({ value: { done: true, value: undefined } })
    })

    test("an abort ends the call that waits, after the cleanup", async () => {
      const controller = new AbortController()
      const { probe, calls } = await stuck({ signal: controller.signal })
      const reason = new Error("enough")
      controller.abort(reason)
      await Promise.race(
        calls.map(async (call) => ("error" in (await call) ? undefined : await turns(1_000))),
      )
      expect([probe.closing, probe.closed]).toEqual([1, 1])
      const errors = (await Promise.all(calls)).filter((result) => "error" in result)
      expect(errors).toEqual([{ error: reason }])
    })
  })
}

function testReading<T>(contract: StreamContract<T>, takes: (given: number) => number): void {
  test("never takes more of its input than it promises", async () => {
    const { probe, stream } = probed(contract)
    const iterator = openedWith(stream)
    for (let given = 1; (await iterator.next()).done !== true; given++) {
      await turns()
      expect(probe.taken).toBeLessThanOrEqual(takes(given))
    }
  })
}

function testForeignInput<T>({ open, gives }: StreamContract<T>, takes: (given: number) => number): void {
  const numbers = Array.from({ length: inputCount }, (_, index) => index)

  test.each([
    ["an array", () => numbers],
    ["a set", () => new Set(numbers)],
    ["a generator", () => numbers.values()],
    ["an asynchronous generator", () => createProbe({ count: inputCount }).source],
    ["a Readable", () => Readable.from(numbers)],
  ])("takes %s as its input", async (_, make) => {
    const items = await all(open(make()))
    if (gives !== undefined) expect(new Set(items)).toEqual(new Set(gives))
    expect(items).toHaveLength((await all(open(createProbe({ count: inputCount }).source))).length)
  })

  test("closes a generator and a Readable that it takes", async () => {
    let closed = 0
    function* generate() {
      try {
        yield* numbers
      } finally {
        closed++
      }
    }
    async function* generateLate() {
      try {
        yield* numbers
      } finally {
        await turns(3)
        closed++
      }
    }
    // A transform that reads ahead leaves a pending read alone: then they are closed in the background.
    for await (const _ of open(generate())) break
    await turns()
    expect(closed).toBe(1)
    for await (const _ of open(generateLate())) break
    await turns()
    expect(closed).toBe(2)
    const readable = Readable.from(numbers)
    for await (const _ of open(readable)) break
    await turns()
    expect(readable.destroyed).toBe(true)
  })

  // The abort comes while a step works, and the next step wants another item all the same.
  const abortWhileWorking = async (input: AsyncIterable<number> | Iterable<number>) => {
    const controller = new AbortController()
    const stream = pipe(
      open(input),
      async function* (items) {
        for await (const item of items) {
          controller.abort("enough")
          yield item
        }
      },
      // biome-ignore lint/correctness/useYield: it lets nothing pass
      async function* (items) {
        for await (const _ of items);
      },
    )
    expect(await outcome(openedWith(stream, controller).next())).toEqual({ error: "enough" })
  }

  test("closes a generator on an abort between two items, whatever is asked for then", async () => {
    let closed = 0
    function* generate() {
      try {
        yield* numbers
      } finally {
        closed++
      }
    }
    async function* generateLate() {
      try {
        yield* numbers
      } finally {
        await turns(3)
        closed++
      }
    }
    await abortWhileWorking(generate())
    expect(closed).toBe(1)
    await abortWhileWorking(generateLate())
    // A read ahead of its consumer is left alone, and the generator closed in the background.
    if (takes(0) > 0) await turns()
    expect(closed).toBe(2)
  })

  describe("over an iterable that never settles", () => {
    const createSilent = () => {
      let returned = 0
      const input: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => {
            returned++
            return new Promise(() => {})
          },
        }),
      }
      return { input, returned: () => returned }
    }

    test("return() leaves it, and closes it in the background", async () => {
      const { input, returned } = createSilent()
      const iterator = openedWith(open(input))
      const pending = iterator.next()
      await turns()
      await iterator.return?.()
      expect(await pending).toEqual({ done: true, value: undefined })
      expect(returned()).toBe(1)
    })

    test("an abort leaves it, and closes it in the background", async () => {
      const { input, returned } = createSilent()
      const controller = new AbortController()
      const iterator = openedWith(open(input), { signal: controller.signal })
      const pending = outcome(iterator.next())
      await turns()
      controller.abort("enough")
      expect(await pending).toEqual({ error: "enough" })
      expect(returned()).toBe(1)
    })

    test("one without return() is just left", async () => {
      const input = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
      const iterator = openedWith(open(input))
      const pending = iterator.next()
      await turns()
      await iterator.return?.()
      expect(await pending).toEqual({ done: true, value: undefined })
    })
  })

  test("takes an iterator that answers, or throws, at once", async () => {
    const error = new Error("upstream")
    const make = (end: () => IteratorResult<number>) => {
      const iterator = numbers.values()
      const next = () => {
        const result = iterator.next()
        return result.done === true ? end() : result
      }
      return { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<number>
    }
    const items = await all(open(make(() => ({ done: true, value: undefined }))))
    expect(items.length).toBeGreaterThanOrEqual(3)
    const failing = make(() => {
      throw error
    })
    expect(await outcome(all(open(failing)))).toEqual({ error })
  })

  test("never closes an iterator that ended or failed by itself", async () => {
    const error = new Error("upstream")
    for (const last of [() => ({ done: true, value: undefined }) as const, () => Promise.reject(error)]) {
      let returned = 0
      let given = 0
      const input: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: async () => (given < 12 ? { done: false, value: given++ } : last()),
          return: async () => {
            returned++
            return { done: true, value: undefined }
          },
        }),
      }
      await outcome(all(open(input)))
      expect(given).toBe(12)
      expect(returned).toBe(0)
    }
  })
}
