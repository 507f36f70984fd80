import { messageOf, OptionError } from "../errors.ts"
import { inContext, type OpenContext, stage, type Transform } from "../stream.ts"

/** How `parallel` works. */
export interface ParallelOptions<In> {
  /** How many items may be in hand: being worked on, or done and waiting for their turn. */
  readonly concurrency: number
  /**
   * Whether results come in the order of the items, or each as soon as it is there.
   * @default true
   */
  readonly ordered?: boolean
  /**
   * What to do when `fn` throws: `"throw"` ends the stream with that error, `"skip"` leaves the item out and tells it
   * as a `skip` event.
   * @default throws
   */
  readonly onError?: (error: unknown, item: In) => "throw" | "skip"
}

type Outcome<Out> =
  | { readonly kind: "value"; readonly value: Out }
  | { readonly kind: "skipped" }
  | { readonly kind: "failed"; readonly error: unknown }

/**
 * Works on several items at a time: at most `concurrency` are in hand, and the input is never read further than that.
 *
 * `fn` gets a context whose signal aborts when the stream is closed; closing waits for the calls under way. An error of
 * `fn` surfaces in the item's turn (unordered: at once) and stops the reading; an error of the input surfaces after
 * the results of what was read before it.
 *
 * @throws OptionError (`option`) when `concurrency` is not a whole number of 1 or more.
 *
 * @example
 * pipe(urls, parallel((url, { signal }) => fetchImage(url, signal), { concurrency: 8, ordered: false }))
 */
export function parallel<In, Out>(
  fn: (item: In, context: OpenContext) => Out | Promise<Out>,
  options: ParallelOptions<In>,
): Transform<In, Out> {
  const { concurrency, ordered = true, onError = () => "throw" as const } = options
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new OptionError("concurrency", "must be a whole number, 1 or more")
  }

  async function work(item: In, context: OpenContext): Promise<Outcome<Out>> {
    try {
      return { kind: "value", value: await fn(item, context) }
    } catch (error) {
      if (context.signal.aborted || onError(error, item) === "throw") throw error
      context.onEvent?.({ type: "skip", file: label(item), reason: messageOf(error) })
      return { kind: "skipped" }
    }
  }

  return (input, outer) =>
    stage(outer, async function* (opened) {
      const failing = new AbortController()
      const context = { ...opened, signal: AbortSignal.any([opened.signal, failing.signal]) }
      const iterator = inContext(input, context)[Symbol.asyncIterator]()
      // Results in the order in which they will be handed on: a place is taken when the item is read, or when it is done.
      const line: { outcome?: Outcome<Out> }[] = []
      const running = new Set<Promise<void>>()
      let inHand = 0
      let reading = false
      let ended = false
      let failure: { readonly error: unknown } | undefined
      let changed = (): void => {}

      const start = (item: In) => {
        const place: { outcome?: Outcome<Out> } = {}
        if (ordered) line.push(place)
        const settle = (outcome: Outcome<Out>) => {
          place.outcome = outcome
          if (outcome.kind === "failed") ended = true
          if (!ordered) line.push(place)
          running.delete(task)
          changed()
        }
        const task = work(item, context).then(settle, (error) => settle({ kind: "failed", error }))
        running.add(task)
      }

      // Goes on by itself while the consumer is busy, as long as a place is free. Never rejects.
      const read = async () => {
        reading = true
        while (!ended && inHand < concurrency) {
          inHand++
          try {
            const next = await iterator.next()
            if (next.done !== true && !ended) {
              start(next.value)
              continue
            }
          } catch (error) {
            failure = { error }
          }
          ended = true
          inHand--
        }
        reading = false
        changed()
      }
      const fill = () => {
        if (!reading && !ended && inHand < concurrency) read()
      }

      const stop = async () => {
        ended = true
        failing.abort(new Error("another item failed, or the stream was closed"))
        await Promise.all(running)
        await iterator.return?.()
      }

      try {
        for (;;) {
          fill()
          const outcome = line[0]?.outcome
          if (outcome !== undefined) {
            line.shift()
            inHand--
            if (outcome.kind === "failed") throw outcome.error
            if (outcome.kind === "skipped") continue
            fill()
            yield outcome.value
          } else if (!reading && inHand === 0) {
            if (failure !== undefined) throw failure.error
            return
          } else {
            await new Promise<void>((resolve) => {
              changed = resolve
            })
          }
        }
      } catch (error) {
        // What the input's cleanup throws must not hide why the stream failed.
        await stop().catch(() => {})
        throw error
      } finally {
        await stop()
      }
    })
}

function label(item: unknown): string {
  if (typeof item === "object" && item !== null && "path" in item) return String(item.path)
  return String(item)
}
