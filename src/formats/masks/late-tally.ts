import type { Tally } from "../shared/tally.ts"

/** A tally whose calls wait until they are taken. */
export interface LateTally extends Tally {
  /** What has waited so far, to be called in this order. */
  take(): readonly (() => void)[]
}

/**
 * Lets the calls of a tally wait. Pictures are read ahead of those that are being drawn: so all is counted and told in the
 * order of the input, whatever the number of threads.
 */
export function createLateTally(tally: Tally): LateTally {
  let calls: (() => void)[] = []
  return {
    came: (...input) => calls.push(() => tally.came(...input)),
    image: () => calls.push(() => tally.image()),
    written: (...input) => calls.push(() => tally.written(...input)),
    skipped: (...input) => calls.push(() => tally.skipped(...input)),
    summary: () => tally.summary(),
    take: () => {
      const taken = calls
      calls = []
      return taken
    },
  }
}
