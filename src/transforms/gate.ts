/** Lets work begin only while there is room; what comes beyond waits in order. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** A gate that lets `width` pieces of work be under way at a time. */
export function createGate(width: number): Gate {
  const waiting: (() => void)[] = []
  let inside = 0
  return async (work) => {
    if (inside === width) await new Promise<void>((resolve) => waiting.push(resolve))
    else inside++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) inside--
      // The place goes over to the one who waits, so the count stays.
      else next()
    }
  }
}
