import { type Context, inContext, type Sink, type Source, source, type Transform } from "./stream.ts"

/** What a pipeline may start from: any iterable, asynchronous or not. */
export type Input<T> = AsyncIterable<T> | Iterable<T>

/**
 * Joins a source and transforms to a stream. Lazy: nothing runs until it is iterated; it can be opened again when its
 * source can. Closing it closes every step, in order from the end, and waits for their cleanup.
 *
 * @example
 * const cars = pipe(release.annotationFiles(), filter(hasClass("car")), take(100))
 * for await (const file of cars) console.log(file.item.name)
 */
export function pipe<A>(from: Input<A>): Source<A>
export function pipe<A, B>(from: Input<A>, a: Transform<A, B>): Source<B>
export function pipe<A, B, C>(from: Input<A>, a: Transform<A, B>, b: Transform<B, C>): Source<C>
export function pipe<A, B, C, D>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
): Source<D>
export function pipe<A, B, C, D, E>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
  d: Transform<D, E>,
): Source<E>
export function pipe<A, B, C, D, E, F>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
  d: Transform<D, E>,
  e: Transform<E, F>,
): Source<F>
export function pipe<A, B, C, D, E, F, G>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
  d: Transform<D, E>,
  e: Transform<E, F>,
  f: Transform<F, G>,
): Source<G>
export function pipe(from: Input<unknown>, ...steps: AnyTransform[]): Source<unknown> {
  return join(from, steps)
}

/**
 * Runs a stream into its sink, to the end, and gives the sink's result. It rejects with the very error that a step
 * threw, or with `signal.reason` after an abort; in each case after every step has cleaned up.
 *
 * @example
 * const summary = await pipeline(release.annotationFiles(), filter(isComplete), coco.write("out"), { signal })
 */
export function pipeline<A, R>(from: Input<A>, sink: Sink<A, R>, context?: Context): Promise<R>
export function pipeline<A, B, R>(
  from: Input<A>,
  a: Transform<A, B>,
  sink: Sink<B, R>,
  context?: Context,
): Promise<R>
export function pipeline<A, B, C, R>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  sink: Sink<C, R>,
  context?: Context,
): Promise<R>
export function pipeline<A, B, C, D, R>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
  sink: Sink<D, R>,
  context?: Context,
): Promise<R>
export function pipeline<A, B, C, D, E, R>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
  d: Transform<D, E>,
  sink: Sink<E, R>,
  context?: Context,
): Promise<R>
export function pipeline<A, B, C, D, E, F, R>(
  from: Input<A>,
  a: Transform<A, B>,
  b: Transform<B, C>,
  c: Transform<C, D>,
  d: Transform<D, E>,
  e: Transform<E, F>,
  sink: Sink<F, R>,
  context?: Context,
): Promise<R>
export async function pipeline(from: Input<unknown>, ...rest: unknown[]): Promise<unknown> {
  const last = rest.at(-1)
  const context: Context = typeof last === "function" || last === undefined ? {} : (last as Context)
  const steps = rest.filter((step) => typeof step === "function")
  const sink = steps.pop() as Sink<unknown, unknown>
  const { signal } = context
  signal?.throwIfAborted()

  const iterator = join(from, steps as AnyTransform[])[Symbol.asyncIterator](context)
  const close = async () => {
    await iterator.return?.()
  }
  try {
    const result = await sink({ [Symbol.asyncIterator]: () => iterator }, context)
    await close()
    // A sink may end well while the caller has aborted: the caller's word counts.
    signal?.throwIfAborted()
    return result
  } catch (error) {
    // What the cleanup throws must not hide why the run failed.
    await close().catch(() => {})
    throw signal?.aborted ? signal.reason : error
  }
}

// Every step is opened in a context of its own, derived from that of the step after it: closing a step so aborts all
// that stands before it, also where a plain generator waits for its input and could not be told otherwise.
function join(from: Input<unknown>, [first, ...others]: readonly AnyTransform[]): Source<unknown> {
  const open = (input: Input<unknown>, step: AnyTransform) =>
    source((context) => step(inContext(input, context), context))
  return others.reduce<Source<unknown>>(open, open(from, first ?? ((input) => input)))
}

type AnyTransform = Transform<unknown, unknown>
