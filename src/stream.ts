import type { RunEvent } from "./events.ts"
import { onAbort } from "./on-abort.ts"

/** What one run tells every step. Options say what a step does, the context says for which run. */
export interface Context {
  /** Aborts the run: every step stops its work in flight, cleans up, and the run rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: RunEvent) => void) | undefined
}

/** Any async iterable will do as a source; ours also take the context when they are opened, and open again each time. */
export interface Source<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](context?: Context): AsyncIterator<T, undefined, undefined>
}

/** A step from stream to stream. An async generator function is one. */
export type Transform<In, Out = In> = (input: AsyncIterable<In>, context?: Context) => AsyncIterable<Out>

/** The end of a stream: consumes it and gives a result. */
export type Sink<In, Result = void> = (input: AsyncIterable<In>, context?: Context) => Promise<Result>

/** The context as an opened stream sees it: there is always a signal, and it also aborts when the stream is closed. */
export interface OpenContext extends Context {
  readonly signal: AbortSignal
}

/**
 * The reason of the signal when a stream was closed by its consumer rather than aborted. Only steps that wait for their
 * input then see it thrown, so that what stands after their loop does not run.
 */
class Closed extends Error {
  override readonly name = "Closed"
}

type Open<T> = (context: OpenContext) => AsyncIterable<T>
type Opened<T> = AsyncIterator<T, undefined, undefined>

const ours = new WeakSet<object>()

/**
 * Makes a stream from a function that opens it.
 *
 * The function gets a context whose `signal` aborts when the stream is closed, be it by `break`, an error downstream,
 * `unsubscribe` or the caller's own signal; closing waits until what it returned has cleaned up. Nothing happens before
 * the first `next()`. The result can be opened again, each time from the start.
 *
 * @example
 * const lines = source(async function* ({ signal }) {
 *   const file = await open("names.txt")
 *   try {
 *     for await (const line of file.readLines({ signal })) yield line
 *   } finally {
 *     await file.close()
 *   }
 * })
 * for await (const line of lines) console.log(line)
 */
export function source<T>(open: (context: OpenContext) => AsyncIterable<T>): Source<T> {
  return createSource((context = {}) => openStream(open, context))
}

/**
 * A stream that runs in a given context, for a transform that has work in flight: what its consumer closes is closed
 * here, and what aborts the run aborts it.
 */
export function stage<T>(
  context: Context | undefined,
  open: (context: OpenContext) => AsyncIterable<T>,
): Source<T> {
  return inContext(source(open), context ?? {})
}

/**
 * Any iterable as one that runs in a context, and in that of its consumer where it has one of its own. Ours are opened
 * with it. A foreign one cannot be told of an abort: a `next()` that is pending then is left alone, and the iterable is
 * closed in the background.
 */
export function inContext<T>(input: AsyncIterable<T> | Iterable<T>, context: Context): Source<T> {
  return createSource((own = context) => {
    const both = own === context ? context : combine(own, context)
    if (ours.has(input)) return (input as Source<T>)[Symbol.asyncIterator](both)
    if (isAsyncIterable(input)) return openForeign(input[Symbol.asyncIterator](), both.signal)
    return openSync(input[Symbol.iterator](), both.signal)
  })
}

/** Tells an asynchronous iterable from a plain one. A text is a plain one. */
export function isAsyncIterable<T>(input: AsyncIterable<T> | Iterable<T>): input is AsyncIterable<T> {
  return typeof (input as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === "function"
}

function createSource<T>(open: (context?: Context) => Opened<T>): Source<T> {
  const made: Source<T> = { [Symbol.asyncIterator]: open }
  ours.add(made)
  return made
}

function combine(own: Context, outer: Context): Context {
  const signals = [own.signal, outer.signal].filter((signal) => signal !== undefined)
  return {
    signal: signals.length === 2 ? AbortSignal.any(signals) : signals[0],
    onEvent: own.onEvent ?? outer.onEvent,
  }
}

function openStream<T>(open: Open<T>, { signal, onEvent }: Context): Opened<T> {
  const closing = new AbortController()
  let inner: AsyncIterator<T> | undefined
  let forget = nothing
  let stopped = false
  let ended = false
  let calls = 0
  let last: Promise<unknown> = Promise.resolve()

  const stop = (reason: unknown) => {
    stopped = true
    closing.abort(reason)
  }
  const end = () => {
    ended = true
    forget()
  }
  const start = () => {
    signal?.throwIfAborted()
    forget = onAbort(signal, stop)
    const context = { signal: closing.signal, onEvent }
    const opened = open(context)
    return ours.has(opened)
      ? (opened as Source<T>)[Symbol.asyncIterator](context)
      : opened[Symbol.asyncIterator]()
  }

  const advance = async (): Promise<IteratorResult<T, undefined>> => {
    try {
      if (ended) return done
      inner ??= start()
      if (!stopped) {
        const result = await inner.next()
        if (result.done === true) end()
        else if (!stopped) return result
      }
      if (signal?.aborted) {
        await close()
        throw signal.reason
      }
      return done
    } catch (error) {
      end()
      // What is thrown once told to stop is the stopping itself, in whatever form the work in flight gives it.
      if (signal?.aborted) throw signal.reason
      if (stopped) return done
      stop(error)
      throw error
    } finally {
      calls--
    }
  }

  const close = async () => {
    if (ended) return
    end()
    await inner?.return?.()
  }

  // Calls wait for one another, as those of a generator do.
  const enqueue = <R>(call: () => Promise<R>): Promise<R> => {
    const result = ++calls === 1 ? call() : last.then(call, call)
    last = result
    return result
  }

  return {
    next: () => enqueue(advance),
    return: () => {
      // The signal comes first: a pending next() then ends soon, and its end is waited for.
      if (!ended) stop(new Closed("the stream was closed"))
      return enqueue(async () => {
        try {
          await close()
          return done
        } finally {
          calls--
        }
      })
    },
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

function openSync<T>(iterator: Iterator<T>, signal: AbortSignal | undefined): Opened<T> {
  let ended = false
  const close = () => {
    if (!ended) iterator.return?.()
    ended = true
  }
  return {
    next: async () => {
      if (ended) return done
      if (signal?.aborted) {
        close()
        throw signal.reason
      }
      try {
        const result = iterator.next()
        if (result.done !== true) return result
        ended = true
        return done
      } catch (error) {
        ended = true
        throw error
      }
    },
    return: async () => {
      close()
      return done
    },
  }
}

function openForeign<T>(iterator: AsyncIterator<T>, signal: AbortSignal | undefined): Opened<T> {
  // One listener for the whole stream: one for each item would cost more than the item.
  const refusals = new Set<(reason: unknown) => void>()
  let ended = false
  const end = () => {
    ended = true
    forget()
  }
  const close = async () => {
    if (ended) return
    end()
    await iterator.return?.()
  }
  const forget = onAbort(signal, (reason) => {
    // Between two items it is closed by the next call, which waits for the cleanup.
    if (refusals.size === 0) return
    for (const refuse of refusals) refuse(reason)
    close().catch(nothing)
  })

  const stopped = async () => {
    await close()
    throw signal?.reason
  }
  // Asynchronous, for iterators whose next() throws or answers at once.
  const pull = async () => iterator.next()
  const advance = (): Promise<IteratorResult<T, undefined>> =>
    new Promise((resolve, reject) => {
      refusals.add(reject)
      pull().then(
        (result) => {
          refusals.delete(reject)
          if (result.done === true) end()
          resolve(result.done === true ? done : result)
        },
        (error) => {
          refusals.delete(reject)
          end()
          reject(error)
        },
      )
    })

  return {
    next: () => {
      if (ended) return Promise.resolve(done)
      return signal?.aborted ? stopped() : advance()
    },
    return: async () => {
      await close()
      return done
    },
  }
}

function nothing(): void {}
