type Listener = (reason: unknown) => void

// One listener on each signal, whatever the number of requests under way: adding and removing one for every request
// costs more than the rest of its bookkeeping, and Node warns of a leak from the eleventh on.
const listenersOf = new WeakMap<AbortSignal, Set<Listener>>()

const nothing = (): void => {}

/** Calls `listener` once with the signal's reason when it aborts. Gives the function that takes the listener back. */
export function onAbort(signal: AbortSignal | undefined, listener: Listener): () => void {
  if (signal === undefined) return nothing
  let listeners = listenersOf.get(signal)
  if (listeners === undefined) {
    const added = new Set<Listener>()
    listeners = added
    listenersOf.set(signal, added)
    signal.addEventListener(
      "abort",
      () => {
        for (const each of added) each(signal.reason)
        added.clear()
      },
      { once: true },
    )
  }
  const registered = listeners
  registered.add(listener)
  return () => {
    registered.delete(listener)
  }
}
