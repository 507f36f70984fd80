import type { DatasetItem } from "../../api/dataset-item.ts"
import { messageOf } from "../../errors.ts"
import type { RunEvent } from "../../events.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { MissingDefinition } from "./consent.ts"

/**
 * What became of one file:
 * - `imported`: its annotations are in the item
 * - `unchanged`: they were there before
 * - `empty`: it has none, or none that can be sent
 * - `missing`: the dataset has no item of that folder and name
 * - `refused`: the item holds annotations, and nobody said that they may be replaced or added to
 * - `failed`: nothing of it, or not all of it, could be sent
 */
export type ImportState = "imported" | "unchanged" | "empty" | "missing" | "refused" | "failed"

/** One file that has been dealt with. */
export interface ImportedFile {
  readonly state: ImportState
  readonly file: AnnotationFile
  /** Folder and name of its item. */
  readonly path: string
  readonly item?: DatasetItem
  readonly sent: number
  /** Annotations that the item held before. */
  readonly present: number
  /** Annotations that were left out, and details left out of those that were sent. */
  readonly skipped: number
  readonly details: number
  /** How many annotations of the item were replaced. */
  readonly replaced: number
  /** How many annotations go into the item by class type. */
  readonly types: Readonly<Record<string, number>>
  readonly error?: unknown
}

/** What an import did; in a dry run, what it would do. */
export interface ImportReport {
  /** `team/dataset`. */
  readonly dataset: string
  readonly dryRun: boolean
  /** Files by what became of them. */
  readonly items: Readonly<Record<ImportState, number>>
  /**
   * Nothing is lost in between: `total`, counted as they came in, is the sum of the others. `failed` are those of files that
   * are missing, refused or failed.
   */
  readonly annotations: {
    readonly total: number
    readonly sent: number
    readonly present: number
    readonly skipped: number
    readonly failed: number
  }
  /** The annotations of the files imported by class type, such as `{ polygon: 12 }`. */
  readonly types: Readonly<Record<string, number>>
  /** How many details, such as unknown attributes, were left out of annotations that were sent. */
  readonly details: number
  /** Items whose annotations were replaced, and how many those were: known where the items were asked. */
  readonly replaced: { readonly items: number; readonly annotations: number }
  /** Classes and properties that were made, or switched on for the dataset. */
  readonly given: readonly MissingDefinition[]
  /** What went wrong or was left out, with the reason: the first 1,000 of them. */
  readonly problems: readonly ImportProblem[]
}

/** Something that did not come through. */
export interface ImportProblem {
  readonly kind: "missing" | "refused" | "failed" | "skipped"
  readonly file: string
  readonly reason: string
}

const maxProblems = 1_000

/** Counts for a report. Hears the events of the run, from which it takes what was left out. */
export interface Tally {
  hear(event: RunEvent): void
  add(imported: ImportedFile): void
  report(dataset: string, dryRun: boolean, given: readonly MissingDefinition[]): ImportReport
}

export function createTally(): Tally {
  const items = { imported: 0, unchanged: 0, empty: 0, missing: 0, refused: 0, failed: 0 }
  const annotations = { total: 0, sent: 0, present: 0, skipped: 0, failed: 0 }
  const replaced = { items: 0, annotations: 0 }
  const types: Record<string, number> = {}
  const problems: ImportProblem[] = []
  let details = 0
  const note = (kind: ImportProblem["kind"], file: string, reason: string) => {
    if (problems.length < maxProblems) problems.push({ kind, file, reason })
  }
  return {
    hear: (event) => {
      if (event.type !== "skip") return
      note(
        "skipped",
        event.file,
        event.place === undefined ? event.reason : `${event.place}: ${event.reason}`,
      )
    },
    add: (imported) => {
      const { state, file, sent, present, skipped } = imported
      items[state]++
      annotations.total += file.annotations.length
      annotations.sent += sent
      annotations.present += present
      annotations.skipped += skipped
      annotations.failed += file.annotations.length - sent - present - skipped
      details += imported.details
      if (imported.replaced > 0) {
        replaced.items++
        replaced.annotations += imported.replaced
      }
      if (state === "imported") {
        for (const [type, count] of Object.entries(imported.types)) types[type] = (types[type] ?? 0) + count
      }
      if (state === "missing" || state === "refused" || state === "failed") {
        note(state, file.path, messageOf(imported.error))
      }
    },
    report: (dataset, dryRun, given) => ({
      dataset,
      dryRun,
      items,
      annotations,
      types,
      details,
      replaced,
      given,
      problems,
    }),
  }
}
