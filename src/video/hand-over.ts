import { onAbort } from "../on-abort.ts"

/** Values on their way from a task that makes them to the one who takes them, one at a time. */
export interface HandOver<T> {
  /** Resolves when the value has been taken: so the task runs no more than one value ahead. */
  give(value: T): Promise<void>
  /** There is nothing more to come. */
  end(): void
  /** The task has failed. */
  fail(error: unknown): void
  /** What is given, in its order; at its end throws what the task failed with. To be called once. */
  taken(): AsyncGenerator<T, void, undefined>
}

/** An empty hand-over; when the signal aborts, `give` rejects with its reason. */
export function createHandOver<T>(signal: AbortSignal): HandOver<T> {
  let held: { readonly value: T } | undefined
  let over: { readonly error?: unknown } | undefined
  let wake = (): void => {}
  // The one side waits only while a value is held, the other only while none is: never both.
  const change = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  const finish = (how: { readonly error?: unknown }) => {
    over ??= how
    wake()
  }
  const isHeld = () => held !== undefined

  return {
    give: async (value) => {
      signal.throwIfAborted()
      held = { value }
      wake()
      const forget = onAbort(signal, () => wake())
      try {
        while (isHeld()) {
          signal.throwIfAborted()
          await change()
        }
      } finally {
        forget()
      }
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
    taken: async function* () {
      for (;;) {
        if (held !== undefined) {
          const { value } = held
          held = undefined
          wake()
          yield value
        } else if (over === undefined) {
          await change()
        } else if ("error" in over) {
          throw over.error
        } else {
          return
        }
      }
    },
  }
}
