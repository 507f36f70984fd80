type Listener = (reason: unknown) => void

// One listener on each signal, whatever the number of streams and requests that hang on it: adding and removing one for each costs
// more than the rest of its bookkeeping, and Node warns of a leak from the eleventh on.
const listenersOf = new WeakMap<AbortSignal, Set<Listener>>()

/** Calls `listener` once with the signal's reason when it aborts. Gives the function that takes the listener back. */
export function onAbort(signal: AbortSignal | undefined, listener: Listener): () => void {
  if (signal === undefined) return () => {}
  const listeners = listenersOf.get(signal) ?? listen(signal)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

function listen(signal: AbortSignal): Set<Listener> {
  const listeners = new Set<Listener>()
  listenersOf.set(signal, listeners)
  signal.addEventListener(
    "abort",
    () => {
      for (const listener of listeners) listener(signal.reason)
    },
    { once: true },
  )
  return listeners
}
