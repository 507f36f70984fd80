import type { DatasetItem } from "../../api/dataset-item.ts"
import type { DatasetHandle } from "../../api/session.ts"
import { ImportError } from "../../errors.ts"
import type { Listener } from "../../listener.ts"
import type { OpenContext } from "../../stream.ts"
import type { Catalogue } from "./catalogue.ts"
import { count, deliver, lackedBy, refuseOtherLayers } from "./deliver.ts"
import { fetchHeld, type Held, holdsOnly } from "./held.ts"
import type { SettledImportOptions } from "./import-options.ts"
import type { Match } from "./match-items.ts"
import { type ItemPayload, itemPayload, type LeaveOut } from "./payload.ts"
import type { Progress } from "./progress.ts"
import type { ImportedFile } from "./report.ts"

/** What the files of one run share. */
export interface ImportRun {
  readonly dataset: DatasetHandle
  readonly options: SettledImportOptions
  readonly catalogue: Catalogue
  readonly progress: Progress
  readonly listener: Listener
  /** Whether what an item holds may be replaced. */
  mayReplace(item: DatasetItem, held: Held): Promise<boolean>
}

/** Statuses of items that annotations may go into. */
const openStatuses: ReadonlySet<string> = new Set(["new", "annotate", "review", "complete", "archived"])

/** Brings the annotations of one file into its item. Rejects only when the run is to end. */
export async function importFile(match: Match, run: ImportRun, context: OpenContext): Promise<ImportedFile> {
  const { file, path, items } = match
  const { dataset, options, catalogue, listener } = run
  const left = { skipped: 0, details: 0 }
  const leaveOut: LeaveOut = (what, place, reason) => {
    left[what === "annotation" ? "skipped" : "details"]++
    context.onEvent?.({ type: "skip", file: file.path, place, reason })
  }
  const nothing = { file, path, sent: 0, present: 0, replaced: 0, types: {} }
  const [item] = items
  if (item === undefined) {
    const error = new ImportError(path, "", "the dataset has no item of this folder and name")
    return { ...nothing, ...left, state: "missing", error }
  }
  try {
    if (items.length > 1) throw new ImportError(path, "", `there are ${items.length} items of this name`)
    if (!openStatuses.has(item.status)) throw new ImportError(path, "", `the item's status is ${item.status}`)
    await catalogue.ensure(file)
    const scope = JSON.stringify([dataset.team, dataset.id])
    const payload = itemPayload(file, item, catalogue, { scope, ...options }, leaveOut)
    const filled = await fill(match, item, payload, run, leaveOut, context)
    return { ...nothing, types: payload.types, ...filled, ...left, item }
  } catch (error) {
    if (context.signal.aborted) throw error
    listener.rethrow()
    return { ...nothing, ...left, item, state: "failed", error }
  }
}

type Filled = Pick<ImportedFile, "state" | "sent" | "present" | "replaced" | "error">

async function fill(
  match: Match,
  item: DatasetItem,
  payload: ItemPayload,
  run: ImportRun,
  leaveOut: LeaveOut,
  context: OpenContext,
): Promise<Filled> {
  const { append, overwrite, deleteForEmpty, dryRun, maxPayloadBytes: maxBytes } = run.options
  const { session } = run.dataset
  const { file, path } = match
  const untouched = { sent: 0, present: 0, replaced: 0 }
  const isEmpty = file.annotations.length === 0 && (file.properties ?? []).length === 0
  if (payload.units.length === 0 && payload.properties.length === 0 && !(isEmpty && deleteForEmpty)) {
    return { ...untouched, state: "empty" }
  }

  // A second file of one item adds to the first.
  const adds = append || run.progress.isFilled(match)
  // What is replaced without asking need not be known, unless a dry run is to tell it.
  const withProperties = !adds || payload.properties.length > 0
  let replaces = overwrite === true && !adds
  const isBlind = replaces && !dryRun
  const held = isBlind ? undefined : await fetchHeld(session, item.id, { withProperties }, context)
  // An item that holds nothing but parts of this file is one that an earlier run did not finish.
  if (!adds && !replaces && held !== undefined && !holdsOnly(held, payload)) {
    replaces = await run.mayReplace(item, held)
    if (!replaces) {
      const what = held.annotations.size > 0 ? `${held.annotations.size} annotations` : "values of properties"
      const rule = `the item holds ${what}: neither append nor overwrite was asked for`
      return { ...untouched, state: "refused", error: new ImportError(path, "", rule) }
    }
  }
  if (isEmpty && !replaces) return { ...untouched, state: "unchanged" }
  // While it was asked for, another file has turned out to be in the item.
  if (replaces && run.progress.isFilled(match)) return fill(match, item, payload, run, leaveOut, context)
  if (held !== undefined && !replaces) refuseOtherLayers(held, payload, path)

  const replaced = replaces ? (held?.annotations.size ?? 0) : 0
  if (dryRun) {
    const lacked = replaces ? payload : lackedBy(held, payload)
    const sent = count(lacked.units)
    const isChanged = replaces || sent > 0 || lacked.properties.length > 0
    return {
      state: isChanged ? "imported" : "unchanged",
      sent,
      present: count(payload.units) - sent,
      replaced,
    }
  }
  if (replaces) run.progress.replace(match)
  const delivered = await deliver(session, item.id, payload, { replaces, held, maxBytes }, leaveOut, context)
  run.progress.confirm(match)
  const { isChanged, ...counts } = delivered
  return { state: isChanged ? "imported" : "unchanged", ...counts, replaced }
}
