import type { RunEvent } from "./events.ts"

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

/** The reason of the signal when a stream was closed by its consumer rather than aborted. Nobody sees it thrown. */
class Closed extends Error {
  override readonly name = "Closed"
}

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
  const made: Source<T> = {
    [Symbol.asyncIterator]: (context = {}) => openStream(open, context),
  }
  ours.add(made)
  return made
}

/**
 * A stream that runs in a given context, for a transform that has work in flight: what its consumer closes is closed
 * here, and what aborts the run aborts it.
 */
export function stage<T>(
  context: Context | undefined,
  open: (context: OpenContext) => AsyncIterable<T>,
): Source<T> {
  const made: Source<T> = {
    [Symbol.asyncIterator]: (own) => openStream(open, own ?? context ?? {}),
  }
  ours.add(made)
  return made
}

/**
 * Any iterable as one that runs in a context. Ours are opened with it. A foreign one cannot be told of an abort: a
 * `next()` that is pending then is left alone, and the iterable is closed in the background.
 */
export function inContext<T>(input: AsyncIterable<T> | Iterable<T>, context: OpenContext): AsyncIterable<T> {
  if (ours.has(input)) {
    const own = input as Source<T>
    return { [Symbol.asyncIterator]: () => own[Symbol.asyncIterator](context) }
  }
  return { [Symbol.asyncIterator]: () => openForeign(input, context.signal) }
}

function openStream<T>(
  open: (context: OpenContext) => AsyncIterable<T>,
  { signal, onEvent }: Context,
): AsyncIterator<T, undefined, undefined> {
  const closing = new AbortController()
  const abort = () => closing.abort(signal?.reason)
  let inner: AsyncIterator<T> | undefined
  let ended = false
  let pending: Promise<IteratorResult<T, undefined>> | undefined

  const end = () => {
    ended = true
    signal?.removeEventListener("abort", abort)
  }

  const advance = async (): Promise<IteratorResult<T, undefined>> => {
    if (ended) return done
    try {
      if (inner === undefined) {
        signal?.throwIfAborted()
        signal?.addEventListener("abort", abort, { once: true })
        inner = open({ signal: closing.signal, onEvent })[Symbol.asyncIterator]()
      }
      if (!closing.signal.aborted) {
        const result = await inner.next()
        if (result.done !== true && !closing.signal.aborted) return result
      }
      // Told to stop, or at the end: a step that is still open is closed, so that its cleanup has run.
      if (closing.signal.aborted) await inner.return?.()
      end()
      if (signal?.aborted) throw signal.reason
      return done
    } catch (error) {
      end()
      if (signal?.aborted) throw signal.reason
      if (closing.signal.aborted) return done
      closing.abort(error)
      throw error
    }
  }

  return {
    // Calls wait for one another, as those of a generator do.
    next: () => {
      const next = pending === undefined ? advance() : pending.then(advance, advance)
      pending = next
      const settle = () => {
        if (pending === next) pending = undefined
      }
      next.then(settle, settle)
      return next
    },
    return: async () => {
      if (ended) return done
      // The signal comes first: a pending next() then ends soon, and its end is waited for.
      closing.abort(new Closed("the stream was closed"))
      await pending?.catch(() => {})
      if (ended) return done
      end()
      await inner?.return?.()
      return done
    },
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

function openForeign<T>(input: AsyncIterable<T> | Iterable<T>, signal: AbortSignal): AsyncIterator<T> {
  const iterator: AsyncIterator<T> | Iterator<T> =
    Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]()
  // One listener for the whole stream: one for each item would cost more than the item.
  let refuse: ((reason: unknown) => void) | undefined
  let left = false
  const abort = () => {
    if (refuse === undefined) return
    left = true
    refuse(signal.reason)
    close(iterator)
  }
  signal.addEventListener("abort", abort, { once: true })
  const end = () => signal.removeEventListener("abort", abort)

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        refuse = reject
        Promise.resolve(iterator.next()).then(
          (result) => {
            refuse = undefined
            if (result.done === true) end()
            resolve(result)
          },
          (error) => {
            refuse = undefined
            end()
            reject(error)
          },
        )
      }),
    return: async () => {
      end()
      if (!left) await iterator.return?.()
      return done
    },
  }
}

function close(iterator: AsyncIterator<unknown> | Iterator<unknown>): void {
  Promise.resolve(iterator.return?.()).catch(() => {})
}
