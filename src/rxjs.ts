import { Observable, Subject, takeUntil } from "rxjs"
import { OptionError, OverflowError } from "./errors.ts"
import { type Context, inContext, type Source, source } from "./stream.ts"

/**
 * A stream as an observable: each subscription opens it anew, `unsubscribe` closes it and so stops its work in flight.
 *
 * An observable cannot be slowed down by its subscriber: put bounded work (`parallel`, `download`) before it, and in
 * rxjs operators keep the work per value short. Emits in the stream's order, errors with the very error of the stream.
 *
 * @example
 * const subscription = toObservable(dataset.pullStream())
 *   .pipe(bufferTime(1_000))
 *   .subscribe({ next: show, error: report })
 * subscription.unsubscribe()
 */
export function toObservable<T>(input: AsyncIterable<T> | Iterable<T>, context: Context = {}): Observable<T> {
  return new Observable((subscriber) => {
    const stream = source((open) => inContext(input, open))
    const iterator = stream[Symbol.asyncIterator](context)
    const run = async () => {
      for (;;) {
        const next = await iterator.next()
        if (next.done === true) return subscriber.complete()
        subscriber.next(next.value)
      }
    }
    run().catch((error) => subscriber.error(error))
    return () => {
      // rxjs has nobody to wait for the cleanup; an error of it has nobody to go to.
      iterator.return?.().catch(() => {})
    }
  })
}

/** How `fromObservable` bounds what waits. */
export interface FromObservableOptions {
  /** How many values may wait for the consumer. */
  readonly capacity: number
  /**
   * What happens to a value that finds no room: `"error"` ends the stream with an OverflowError after the values that
   * wait, `"drop-oldest"` makes room by dropping the one that waits longest, `"drop-newest"` drops the value itself.
   * Each dropped value is told as a `skip` event.
   * @default "error"
   */
  readonly overflow?: "error" | "drop-oldest" | "drop-newest"
}

/**
 * An observable as a stream: subscribed at the first `next()`, unsubscribed when the stream is closed.
 *
 * @throws OptionError (`option`) when `capacity` is not a whole number of 1 or more.
 * @throws OverflowError (`overflow`), in the stream, under the policy `"error"`.
 *
 * @example
 * for await (const click of fromObservable(clicks, { capacity: 100, overflow: "drop-oldest" })) handle(click)
 */
export function fromObservable<T>(observable: Observable<T>, options: FromObservableOptions): Source<T> {
  const { capacity, overflow = "error" } = options
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new OptionError("capacity", "must be a whole number, 1 or more")
  }
  return source(async function* ({ signal, onEvent }) {
    const waiting: T[] = []
    const stopped = new Subject<void>()
    let end: { readonly error?: unknown } | undefined
    let changed = (): void => {}

    const finish = (how: { readonly error?: unknown }) => {
      end ??= how
      // Unsubscribes, also while an observable that gives all its values at once is still at it.
      stopped.next()
      changed()
    }
    const makeRoom = (value: T) => {
      if (overflow === "error") return finish({ error: new OverflowError(capacity) })
      if (overflow === "drop-oldest") {
        waiting.shift()
        waiting.push(value)
      }
      try {
        onEvent?.({ type: "skip", file: "observable", reason: `more than ${capacity} values wait` })
      } catch (error) {
        finish({ error })
      }
    }
    observable.pipe(takeUntil(stopped)).subscribe({
      next: (value) => {
        if (waiting.length < capacity) waiting.push(value)
        else makeRoom(value)
        changed()
      },
      error: (error) => finish({ error }),
      complete: () => finish({}),
    })
    const abort = () => changed()
    signal.addEventListener("abort", abort, { once: true })
    try {
      for (;;) {
        signal.throwIfAborted()
        if (waiting.length > 0) yield waiting.shift() as T
        else if (end !== undefined) {
          if ("error" in end) throw end.error
          return
        } else {
          await new Promise<void>((resolve) => {
            changed = resolve
          })
        }
      }
    } finally {
      signal.removeEventListener("abort", abort)
      stopped.next()
    }
  })
}
