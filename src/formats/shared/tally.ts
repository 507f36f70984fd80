import { ConservationError } from "../../errors.ts"
import type { Context } from "../../stream.ts"
import type { WriteSummary } from "../format.ts"

/** What a tally has to know of an annotation: its class and its type, `"video"` for one over frames. */
export interface Tallied {
  readonly name: string
  readonly type: string
}

/** Counts what a writer does with each annotation, and tells what it leaves out as a `skip` event. */
export interface Tally {
  /** So many annotations have come in; each must then be told as written or as skipped. */
  came(count: number): void
  image(): void
  written(annotation: Tallied): void
  /** `place` is the annotation's JSON path in `file`; `reason` is one of a few fixed sentences, not made per annotation. */
  skipped(annotation: Tallied, file: string, place: string, reason: string): void
  /** @throws ConservationError (`conservation`) where not all that came in was written or skipped. */
  summary(): WriteSummary
}

interface Count {
  written: number
  skipped: number
  readonly reasons: Map<string, number>
}

/** A tally that starts at zero. It grows with the number of classes, and of different reasons, only. */
export function createTally(context: Context | undefined): Tally {
  const counts = new Map<string, Map<string, Count>>()
  let annotations = 0
  let images = 0

  const countOf = ({ name, type }: Tallied): Count => {
    let types = counts.get(name)
    if (types === undefined) {
      types = new Map()
      counts.set(name, types)
    }
    let count = types.get(type)
    if (count === undefined) {
      count = { written: 0, skipped: 0, reasons: new Map() }
      types.set(type, count)
    }
    return count
  }

  return {
    came: (count) => {
      annotations += count
    },
    image: () => {
      images++
    },
    written: (annotation) => {
      countOf(annotation).written++
    },
    skipped: (annotation, file, place, reason) => {
      const count = countOf(annotation)
      count.skipped++
      count.reasons.set(reason, (count.reasons.get(reason) ?? 0) + 1)
      context?.onEvent?.({ type: "skip", file, place, reason: `${annotation.type}: ${reason}` })
    },
    summary: () => {
      const kinds = [...counts].flatMap(([name, types]) =>
        [...types].map(([type, count]) => ({ class: name, type, ...count })),
      )
      const written = kinds.reduce((sum, kind) => sum + kind.written, 0)
      const skipped = kinds.reduce((sum, kind) => sum + kind.skipped, 0)
      if (annotations !== written + skipped) throw new ConservationError(annotations, written, skipped)
      return {
        images,
        annotations,
        written,
        classes: kinds.map(({ reasons: _, ...kind }) => kind),
        skipped: kinds.flatMap(({ class: name, type, reasons }) =>
          [...reasons].map(([reason, count]) => ({ class: name, type, reason, count })),
        ),
      }
    },
  }
}
