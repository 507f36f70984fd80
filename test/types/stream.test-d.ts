import { describe, expectTypeOf, test } from "vitest"
import { pipe, pipeline } from "../../src/pipeline.ts"
import { collect } from "../../src/sinks/collect.ts"
import {
  type Context,
  type OpenContext,
  type Sink,
  type Source,
  source,
  type Transform,
} from "../../src/stream.ts"
import { batch, filter, flatMap, map, parallel, take, tap } from "../../src/transforms/index.ts"

const numbers = [1, 2, 3]
const toText = map((item: number) => String(item))
const count: Sink<unknown, number> = async () => 0

async function* lengths(input: AsyncIterable<string>) {
  for await (const item of input) yield item.length
}

describe("pipe", () => {
  test("infers the item of one to six steps", () => {
    expectTypeOf(pipe(numbers)).toEqualTypeOf<Source<number>>()
    const one = pipe(
      numbers,
      map((item) => item > 1),
    )
    expectTypeOf(one).toEqualTypeOf<Source<boolean>>()
    const two = pipe(
      numbers,
      map((item) => `${item}`),
      map((item) => item.length),
    )
    expectTypeOf(two).toEqualTypeOf<Source<number>>()
    const three = pipe(
      numbers,
      map((item) => ({ item })),
      take(1),
      map(({ item }) => [item] as const),
    )
    expectTypeOf(three).toEqualTypeOf<Source<readonly [number]>>()
    const four = pipe(
      numbers,
      take(2),
      filter((item) => item > 1),
      tap((item) => item.toFixed()),
      toText,
    )
    expectTypeOf(four).toEqualTypeOf<Source<string>>()
    const five = pipe(
      numbers,
      toText,
      lengths,
      toText,
      lengths,
      map((item) => item.toFixed()),
    )
    expectTypeOf(five).toEqualTypeOf<Source<string>>()
    const six = pipe(
      numbers,
      toText,
      lengths,
      toText,
      lengths,
      toText,
      map((item) => item.trim()),
    )
    expectTypeOf(six).toEqualTypeOf<Source<string>>()
  })

  test("infers a generic last step", () => {
    expectTypeOf(pipe(numbers, batch(2))).toEqualTypeOf<Source<number[]>>()
    expectTypeOf(pipe(numbers, toText, batch(2))).toEqualTypeOf<Source<string[]>>()
    expectTypeOf(pipe(numbers, toText, lengths, take(3), batch(2))).toEqualTypeOf<Source<number[]>>()
    expectTypeOf(pipe(numbers, batch(2), batch(2))).toEqualTypeOf<Source<number[][]>>()
  })

  test("takes any iterable", () => {
    expectTypeOf(pipe(new Set(["a"]))).toEqualTypeOf<Source<string>>()
    expectTypeOf(pipe(lengths(source(async function* () {})))).toEqualTypeOf<Source<number>>()
    expectTypeOf(pipe("text")).toEqualTypeOf<Source<string>>()
    // @ts-expect-error a promise of an array is none
    pipe(Promise.resolve(numbers))
    // @ts-expect-error nor is a number
    pipe(3)
  })

  test("refuses a step that does not take what comes before", () => {
    // @ts-expect-error texts are called for, numbers come
    pipe(numbers, lengths)
    // @ts-expect-error numbers are called for, texts come
    pipe(numbers, toText, toText)
    // @ts-expect-error a sink ends a pipeline, it is no step
    pipe(numbers, count)
    // @ts-expect-error a context belongs to the pipeline
    pipe(numbers, toText, { signal: new AbortController().signal })
  })

  test("takes a step written for a wider item", () => {
    const name: Transform<{ readonly name: string }, string> = map((item) => item.name)
    expectTypeOf(pipe([{ name: "a", size: 1 }], name)).toEqualTypeOf<Source<string>>()
  })
})

describe("pipeline", () => {
  test("infers the result through none to five steps", () => {
    expectTypeOf(pipeline(numbers, count)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(pipeline(numbers, collect())).toEqualTypeOf<Promise<number[]>>()
    expectTypeOf(pipeline(numbers, toText, collect())).toEqualTypeOf<Promise<string[]>>()
    expectTypeOf(pipeline(numbers, toText, lengths, collect())).toEqualTypeOf<Promise<number[]>>()
    expectTypeOf(pipeline(numbers, toText, lengths, toText, collect())).toEqualTypeOf<Promise<string[]>>()
    expectTypeOf(pipeline(numbers, toText, lengths, toText, lengths, collect())).toEqualTypeOf<
      Promise<number[]>
    >()
    expectTypeOf(pipeline(numbers, toText, lengths, toText, lengths, toText, collect())).toEqualTypeOf<
      Promise<string[]>
    >()
    expectTypeOf(pipeline(numbers, batch(2), collect())).toEqualTypeOf<Promise<number[][]>>()
  })

  test("takes a context last, wherever it stands", () => {
    const context: Context = {}
    expectTypeOf(pipeline(numbers, collect(), context)).toEqualTypeOf<Promise<number[]>>()
    expectTypeOf(pipeline(numbers, toText, batch(2), collect(), context)).toEqualTypeOf<Promise<string[][]>>()
    // @ts-expect-error a signal alone is no context
    pipeline(numbers, collect(), { abort: new AbortController().signal })
  })

  test("refuses a sink that does not take what comes before, and a run without a sink", () => {
    const texts: Sink<string> = async () => {}
    // @ts-expect-error texts are called for, numbers come
    pipeline(numbers, texts)
    // @ts-expect-error the last one must be a sink
    pipeline(numbers, toText)
    expectTypeOf(pipeline(["a"], texts)).toEqualTypeOf<Promise<void>>()
  })
})

describe("transforms", () => {
  test("filter narrows by a type guard, and keeps the type without one", () => {
    const mixed: (string | number | undefined)[] = []
    const isText = (item: unknown): item is string => typeof item === "string"
    expectTypeOf(pipe(mixed, filter(isText))).toEqualTypeOf<Source<string>>()
    expectTypeOf(
      pipe(
        mixed,
        filter((item) => item !== undefined),
      ),
    ).toEqualTypeOf<Source<string | number>>()
    expectTypeOf(
      pipe(
        mixed,
        filter((item) => Boolean(item)),
      ),
    ).toEqualTypeOf<Source<string | number | undefined>>()
    expectTypeOf(
      pipe(
        mixed,
        filter(async () => true),
      ),
    ).toEqualTypeOf<Source<string | number | undefined>>()
    // @ts-expect-error a keep function answers yes or no
    filter<string>((item) => item)
  })

  test("map and parallel await what their function gives", () => {
    expectTypeOf(
      pipe(
        numbers,
        map(async (item) => item > 1),
      ),
    ).toEqualTypeOf<Source<boolean>>()
    const worked = pipe(
      numbers,
      parallel(async (item) => ({ item }), { concurrency: 2 }),
    )
    expectTypeOf(worked).toEqualTypeOf<Source<{ item: number }>>()
    pipe(
      numbers,
      parallel(
        (item, context) => {
          expectTypeOf(item).toEqualTypeOf<number>()
          expectTypeOf(context).toEqualTypeOf<OpenContext>()
        },
        { concurrency: 2, onError: (error, item) => (error === item ? "skip" : "throw") },
      ),
    )
    // @ts-expect-error how many at a time must be said
    parallel((item: number) => item, {})
    // @ts-expect-error an error is thrown or skipped
    parallel((item: number) => item, { concurrency: 1, onError: () => "ignore" })
  })

  test("flatMap takes arrays and streams", () => {
    expectTypeOf(
      pipe(
        numbers,
        flatMap((item) => [String(item)]),
      ),
    ).toEqualTypeOf<Source<string>>()
    expectTypeOf(
      pipe(
        ["a"],
        flatMap((item) => lengths(pipe([item]))),
      ),
    ).toEqualTypeOf<Source<number>>()
    // @ts-expect-error a number is no stream
    flatMap((item: number) => item)
  })
})

describe("source", () => {
  test("infers its item, and always gives a signal", () => {
    const made = source(async function* ({ signal, onEvent }) {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(onEvent).toEqualTypeOf<Context["onEvent"]>()
      yield 1 as const
    })
    expectTypeOf(made).toEqualTypeOf<Source<1>>()
    expectTypeOf(made).toExtend<AsyncIterable<number>>()
  })
})
