import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import type { DatasetItem } from "../../api/dataset-item.ts"
import { fullPathOf } from "../../api/find-items.ts"
import type { DatasetHandle } from "../../api/session.ts"
import { createListener } from "../../listener.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { pipeline } from "../../pipeline.ts"
import type { Context, Sink, Transform } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"
import { openCatalogue } from "./catalogue.ts"
import type { ClassPolicy } from "./consent.ts"
import type { Held } from "./held.ts"
import { type ImportRun, importFile } from "./import-file.ts"
import { type ImportOptions, type SettledImportOptions, settleImportOptions } from "./import-options.ts"
import { type Candidate, type Match, matchItems } from "./match-items.ts"
import { openProgress } from "./progress.ts"
import { createTally, type ImportedFile, type ImportReport } from "./report.ts"

/**
 * The sink that brings annotations into a dataset, file by file as they come; a slow service slows the source down.
 *
 * Files are matched with items by folder and name, exactly. Annotations keep their ids, and get ids that follow from dataset,
 * item and content where they have none: a run that is repeated, also after a crash at whatever moment, adds nothing twice
 * and leaves nothing out. A file that fails is told as a `fail` event and stands in the report; the run goes on, unless
 * `failFast`.
 *
 * Coordinates go as they are, in pixels; of tracks over frames the keyframes go, and the service computes what is between.
 *
 * @throws OptionError (`option`) for options that contradict one another, at the call.
 * @throws Unauthorized (`unauthorized`), NetworkError (`network`) and so on where the classes of the dataset cannot be read.
 *
 * @example
 * const report = await pipeline(
 *   release.annotationFiles(),
 *   filter((file) => file.annotations.length > 0),
 *   importTo(dataset, { append: true, classPolicy: "create" }),
 * )
 * console.log(report.items.imported, report.items.failed)
 */
export function importTo(
  dataset: DatasetHandle,
  options: ImportOptions = {},
): Sink<AnnotationFile, ImportReport> {
  const settled = settleImportOptions(options)
  const { append, concurrency, dryRun, overwrite } = settled
  return async (input, context = {}) => {
    const listener = createListener(context)
    const tally = createTally()
    const heard: Context = {
      signal: context.signal,
      onEvent: (event) => {
        tally.hear(event)
        listener.onEvent(event)
      },
    }
    const ask = createLine()
    const catalogue = await openCatalogue(dataset, { ...settled, classPolicy: policyOf(settled, ask) }, heard)
    const progress = openProgress(dataset, {
      journal: journalOf(settled),
      adds: append,
      replaces: overwrite !== false,
    })
    try {
      const run: ImportRun = {
        dataset,
        options: settled,
        catalogue,
        progress,
        listener,
        mayReplace: mayReplace(settled, ask),
      }
      const settle = (imported: ImportedFile) => {
        tally.add(imported)
        const { state, file, error } = imported
        if (state === "imported") heard.onEvent?.({ type: "file", task: "import", path: file.path })
        if (error === undefined) return
        if (settled.failFast) throw error
        heard.onEvent?.({ type: "fail", file: file.path, error })
      }
      // What the service has confirmed in an earlier run is not asked for again.
      const open: Transform<AnnotationFile, Candidate> = async function* (files) {
        for await (const file of files) {
          const candidate = candidateOf(file, settled)
          if (progress.isConfirmed(candidate)) settle(unchanged(candidate))
          else yield candidate
        }
      }
      const inTurn = createTurns()
      const work = parallel(
        (match: Match, within) => inTurn(match.path, () => importFile(match, run, within)),
        { concurrency, ordered: false },
      )
      await pipeline(input, open, matchItems(dataset), work, each(settle), heard)
      const report = tally.report(`${dataset.team}/${dataset.slug}`, dryRun, catalogue.given)
      if (!dryRun && isWhole(report)) progress.complete()
      return report
    } finally {
      progress.close()
    }
  }
}

function each<T>(use: (item: T) => void): Sink<T> {
  return async (items) => {
    for await (const item of items) use(item)
  }
}

/** Lets work of one name go on one after the other; holds the names of what is under way. */
function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    const done = (last.get(name) ?? Promise.resolve()).then(work)
    const settled = done.catch(() => {})
    last.set(name, settled)
    try {
      return await done
    } finally {
      if (last.get(name) === settled) last.delete(name)
    }
  }
}

/** A dry run leaves no file behind. */
function journalOf({ journal, dryRun }: SettledImportOptions): string | undefined {
  return dryRun && journal !== undefined && !existsSync(journal) ? undefined : journal
}

function isWhole({ items }: ImportReport): boolean {
  return items.failed === 0 && items.missing === 0 && items.refused === 0
}

function candidateOf(file: AnnotationFile, options: SettledImportOptions): Candidate {
  const { append, importAnnotators, importReviewers } = options
  const content = [file.annotations, file.properties, append, importAnnotators, importReviewers]
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("base64url")
  return { file, path: fullPathOf(file.item), digest }
}

function unchanged({ file, path }: Candidate): ImportedFile {
  const present = file.annotations.length
  return { file, path, state: "unchanged", sent: 0, present, skipped: 0, details: 0, replaced: 0, types: {} }
}

/** Asks one question at a time: a person at a terminal answers one. */
type Line = <T>(question: () => T | Promise<T>) => Promise<T>

function createLine(): Line {
  let turn: Promise<unknown> = Promise.resolve()
  return (question) => {
    const answer = turn.then(question)
    turn = answer.catch(() => {})
    return answer
  }
}

function policyOf({ classPolicy }: SettledImportOptions, ask: Line): ClassPolicy {
  return typeof classPolicy === "function" ? (missing) => ask(() => classPolicy(missing)) : classPolicy
}

function mayReplace({ overwrite }: SettledImportOptions, ask: Line): ImportRun["mayReplace"] {
  return (item: DatasetItem, held: Held) => {
    if (typeof overwrite !== "function") return Promise.resolve(overwrite)
    return ask(() => overwrite({ item, annotations: held.annotations.size }))
  }
}
