import { findItems, findItemsById, fullPathOf } from "../api/find-items.ts"
import { actOnItems, type ItemAction } from "../api/item-actions.ts"
import type { DatasetHandle } from "../api/session.ts"
import { ProtocolError, SelectionError, type SelectionProblem } from "../errors.ts"
import { maskUrl } from "../http/index.ts"
import type { Context } from "../stream.ts"
import { type ItemSelection, resolveSelection, type SelectedItem, type Wanted } from "./item-selection.ts"

/** How an operation on items runs. */
export interface ItemOperationOptions extends Context {
  /**
   * Whether the report only lists what would be done; nothing is sent.
   * @default false
   */
  readonly dryRun?: boolean
  /**
   * Whether items that are not there, or that it cannot be done with, are left out, each told as a `skip` event,
   * instead of refusing the whole call.
   * @default false
   */
  readonly skipProblems?: boolean
  /**
   * Whether a text without a slash is the name of an item in whatever folder, where only one has that name; otherwise it
   * is the full path of one in the root.
   * @default false
   */
  readonly plainNames?: boolean
}

/** An item as reports name it. */
export interface ItemOfReport {
  readonly id: string
  /** Its folder and name when it was looked up, such as `/street/kerb.jpg`. */
  readonly fullPath: string
}

/** What an operation on items did. */
export interface ItemOperationReport {
  /** Whether nothing was sent, and `changed` lists what would have been. */
  readonly dryRun: boolean
  readonly changed: readonly ItemOfReport[]
  /** Those that were before as they were to be; nothing was sent about them. */
  readonly unchanged: readonly ItemOfReport[]
  /** Those that the service left as they were, each told as a `skip` event, too. */
  readonly refused: readonly ItemOfReport[]
  /** With `skipProblems`: what was left out, and why. */
  readonly skipped: readonly SelectionProblem[]
}

/** One thing to do with items. */
export interface ItemOperation {
  /** Its name in events. */
  readonly task: string
  readonly action: ItemAction
  readonly wanted: Wanted
  /** Whether an item needs nothing sent. */
  readonly isAsWanted: (item: SelectedItem) => boolean
  /** Whether it has been done with an item, which is undefined when it is gone. */
  readonly isDone: (item: SelectedItem | undefined) => boolean
  /** Why it cannot be done with an item. */
  readonly obstacle?: (item: SelectedItem) => string | undefined
  /** The full path that an item will take, which no other may have. */
  readonly takes?: (item: SelectedItem) => string | undefined
}

/** Items in one request. */
const chunkSize = 500

/** Full paths looked up at a time. */
const lookupSize = 500

/**
 * Looks up all items of a selection, and only when each is there, and just once, has the service do something with them:
 * in requests that name up to 500 by their ids. What the service says it has changed is compared with what was asked for.
 *
 * @throws SelectionError (`selection`) naming the items that it cannot be done with; nothing has been sent then.
 * @throws ProtocolError (`protocol`) when the service says it has changed more than it was asked for.
 */
export async function operateOnItems(
  dataset: DatasetHandle,
  operation: ItemOperation,
  selection: ItemSelection,
  options: ItemOperationOptions,
): Promise<ItemOperationReport> {
  const { dryRun = false, skipProblems = false, plainNames = false, signal, onEvent } = options
  const context = { signal, onEvent }
  const { task, wanted, isAsWanted } = operation
  const { items, problems } = await resolveSelection(dataset, selection, { wanted, plainNames }, context)

  const unchanged = [...items.values()].filter(isAsWanted)
  for (const { id } of unchanged) items.delete(id)
  for (const [id, rule] of await obstacles(dataset, operation, items, context)) {
    const item = items.get(id)
    if (item !== undefined) problems.push({ item: fullPathOf(item), rule })
    items.delete(id)
  }
  if (problems.length > 0 && !skipProblems) throw new SelectionError(problems)
  for (const { item, rule } of problems) onEvent?.({ type: "skip", file: item, reason: rule })

  const todo = [...items.values()]
  const changed: SelectedItem[] = dryRun ? todo : []
  const refused: SelectedItem[] = []
  if (!dryRun) {
    onEvent?.({ type: "start", task, total: todo.length })
    for (let from = 0; from < todo.length; from += chunkSize) {
      const chunk = todo.slice(from, from + chunkSize)
      const left = new Set(await act(dataset, operation, chunk, context))
      for (const item of chunk) {
        const path = fullPathOf(item)
        if (left.has(item.id)) {
          refused.push(item)
          onEvent?.({ type: "skip", file: path, reason: "the service left it as it was" })
        } else {
          changed.push(item)
          onEvent?.({ type: "file", task, path })
        }
      }
    }
    onEvent?.({ type: "end", task })
  }
  return {
    dryRun,
    changed: changed.map(ofReport),
    unchanged: unchanged.map(ofReport),
    refused: refused.map(ofReport),
    skipped: problems,
  }
}

/** Sends one request, and gives the ids of the items that it has not changed. */
async function act(
  dataset: DatasetHandle,
  { action, isDone }: ItemOperation,
  items: readonly SelectedItem[],
  context: Context,
): Promise<string[]> {
  const { session, id: datasetId } = dataset
  const itemIds = items.map(({ id }) => id)
  const count = await actOnItems(session, { datasetId, itemIds }, action, context)
  if (count === items.length) return []
  if (count !== undefined && count > items.length) {
    const method = action.action === "delete" ? "DELETE" : "POST"
    throw new ProtocolError(
      { method, url: maskUrl(session.apiEndpoint), attempts: 1 },
      `${action.action}: the service says it has changed ${count} items, and was asked for ${items.length}`,
    )
  }
  // A request that had to be made a second time finds it done: only the items themselves can tell.
  const found = await findItemsById(session, datasetId, itemIds, context)
  return itemIds.filter((id) => !isDone(found.get(id)?.[0]))
}

/** What is in the way of items, by their ids. */
async function obstacles(
  dataset: DatasetHandle,
  { obstacle, takes }: ItemOperation,
  items: ReadonlyMap<string, SelectedItem>,
  context: Context,
): Promise<Map<string, string>> {
  const rules = new Map<string, string>()
  const takers = new Map<string, string[]>()
  for (const item of items.values()) {
    const rule = obstacle?.(item)
    if (rule !== undefined) rules.set(item.id, rule)
    const path = takes?.(item)
    if (path === undefined) continue
    const ids = takers.get(path)
    if (ids === undefined) takers.set(path, [item.id])
    else ids.push(item.id)
  }
  const paths = [...takers.keys()]
  for (let from = 0; from < paths.length; from += lookupSize) {
    const part = paths.slice(from, from + lookupSize)
    const found = await findItems(dataset.session, dataset.id, part, context)
    for (const path of part) {
      const ids = takers.get(path) ?? []
      const holders = (found.get(path) ?? []).filter(({ archived }) => !archived)
      for (const id of ids) {
        if (holders.some((holder) => holder.id !== id)) rules.set(id, `another item stands at ${path}`)
        else if (ids.length > 1) rules.set(id, `another one of the selection would stand at ${path}, too`)
      }
    }
  }
  return rules
}

function ofReport(item: SelectedItem): ItemOfReport {
  return { id: item.id, fullPath: fullPathOf(item) }
}
