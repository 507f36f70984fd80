import { setImmediate as turn } from "node:timers/promises"
import { type Source, source } from "../../src/stream.ts"

/** A source of the numbers 0, 1, 2, ... that counts what is done to it. */
export interface Probe {
  readonly source: Source<number>
  /** How often it was opened, and how often its cleanup began and ended. */
  readonly opened: number
  readonly closing: number
  readonly closed: number
  /** How many numbers were taken from it. */
  readonly taken: number
}

export interface ProbeOptions {
  /** How many numbers it gives. */
  readonly count: number
  /** After how many numbers it throws, and what. */
  readonly failure?: { readonly after: number; readonly error: unknown }
  /** After how many numbers it gives nothing more, until it is told to stop. */
  readonly silentAfter?: number
  /** What its cleanup throws. */
  readonly cleanupError?: unknown
}

export function createProbe(options: ProbeOptions): Probe {
  const { count, failure, silentAfter } = options
  const counts = { opened: 0, closing: 0, closed: 0, taken: 0 }
  return Object.defineProperty(counts, "source", {
    value: source(async function* ({ signal, onEvent }) {
      counts.opened++
      onEvent?.({ type: "start", task: "probe" })
      try {
        for (let index = 0; index < count; index++) {
          if (index === failure?.after) throw failure.error
          if (index === silentAfter) await aborted(signal)
          counts.taken++
          yield index
        }
      } finally {
        counts.closing++
        await turns(3)
        counts.closed++
        if ("cleanupError" in options) await Promise.reject(options.cleanupError)
      }
    }),
  }) as unknown as Probe
}

/** Lets everything that can happen without outside help happen. */
export async function turns(count = 20): Promise<void> {
  for (let index = 0; index < count; index++) await turn()
}

/** Rejects with the signal's reason when it aborts. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  })
}

/** What a promise came to: tells a thrown `undefined` from none. */
export async function outcome(
  promise: Promise<unknown>,
): Promise<{ readonly value: unknown } | { readonly error: unknown }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}

/** Reads a stream to its end. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
