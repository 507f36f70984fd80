import type { Context } from "../stream.ts"
import type { SkipCount, WriteSummary } from "./format.ts"

/** Counts what a writer does with each annotation, and tells what it leaves out as a `skip` event. */
export interface Tally {
  image(): void
  written(count?: number): void
  /** `place` is the annotation's JSON path in `file`; `reason` is one of a few fixed sentences, not made per annotation. */
  skipped(annotation: { readonly type: string }, file: string, place: string, reason: string): void
  summary(): WriteSummary
}

/** A tally that starts at zero. It grows with the number of different reasons only. */
export function createTally(context: Context | undefined): Tally {
  const skips = new Map<string, { type: string; reason: string; count: number }>()
  let images = 0
  let written = 0
  let skipped = 0
  return {
    image: () => {
      images++
    },
    written: (count = 1) => {
      written += count
    },
    skipped: ({ type }, file, place, reason) => {
      skipped++
      const key = `${type}\n${reason}`
      const known = skips.get(key)
      if (known === undefined) skips.set(key, { type, reason, count: 1 })
      else known.count++
      context?.onEvent?.({ type: "skip", file, place, reason: `${type}: ${reason}` })
    },
    summary: () => ({
      images,
      annotations: written + skipped,
      written,
      skipped: [...skips.values()] satisfies SkipCount[],
    }),
  }
}
