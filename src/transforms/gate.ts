import { OptionError } from "../errors.ts"

/** Lets work begin only while there is room; what comes beyond waits in order. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/**
 * A gate that lets `concurrency` pieces of work be under way at a time.
 *
 * @throws OptionError (`option`) when that is not a whole number of 1 or more.
 */
export function createGate(concurrency: number): Gate {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new OptionError("concurrency", "must be a whole number, 1 or more")
  }
  const waiting: (() => void)[] = []
  let inside = 0
  return async (work) => {
    if (inside === concurrency) await new Promise<void>((resolve) => waiting.push(resolve))
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
