import type { DatasetItem } from "../api/dataset-item.ts"
import { findItems, findItemsById, findItemsByName, fullPathOf } from "../api/find-items.ts"
import type { DatasetHandle } from "../api/session.ts"
import { OptionError, type SelectionProblem } from "../errors.ts"
import { type Context, inContext } from "../stream.ts"
import { batch } from "../transforms/batch.ts"

/** One item: its full path in the dataset, such as `/street/kerb.jpg`; or an object with its id, such as a listed item. */
export type ItemReference = string | { readonly id: string }

/**
 * The items that an operation is for: a list, or a stream such as `dataset.items()`. An item that is named twice counts
 * once. All of them are looked up before anything is sent.
 *
 * @example
 * await dataset.archive(["/street/kerb.jpg", "/crossing.jpg"])
 * await dataset.archive(dataset.items({ itemPaths: ["/street"], statuses: ["complete"] }))
 */
export type ItemSelection = readonly ItemReference[] | AsyncIterable<ItemReference>

/** How items of a path are told apart: an archived item leaves its path to another one. */
export type Wanted = "live" | "archived" | "any"

/** What of an item operations need: a selection may be long. */
export interface SelectedItem extends Pick<DatasetItem, "id" | "name" | "path" | "status" | "archived"> {
  readonly priority?: number | null | undefined
}

export interface Resolved {
  /** By id. */
  readonly items: Map<string, SelectedItem>
  readonly problems: SelectionProblem[]
}

/** References looked up at a time. */
const lookupSize = 500

/**
 * Looks up a selection; a reference that no item answers to, or several, is a problem. Holds what it found, a few short
 * texts for each item: nothing may be sent before the last one is known to be there.
 *
 * @throws OptionError (`option`) when the selection holds something else than references.
 */
export async function resolveSelection(
  dataset: DatasetHandle,
  selection: ItemSelection,
  how: { readonly wanted: Wanted; readonly plainNames: boolean },
  context: Context,
): Promise<Resolved> {
  // A text is iterable, too: it would select items named after its characters.
  if (typeof selection !== "object" || !isIterable(selection)) {
    throw new OptionError("selection", "must be a list or a stream of paths or items")
  }
  const resolved: Resolved = { items: new Map(), problems: [] }
  for await (const references of batch<ItemReference>(lookupSize)(inContext(selection, context), context)) {
    // What is named twice in the same way is told once.
    const asked = new Map<string, Asked>()
    for (const reference of references) {
      const each = askedFor(reference, how.plainNames)
      asked.set(`${each.by} ${each.value}`, each)
    }
    const values = (by: Asked["by"]) =>
      [...asked.values()].filter((each) => each.by === by).map(({ value }) => value)
    const found = {
      path: await findItems(dataset.session, dataset.id, values("path"), context),
      name: await findItemsByName(dataset.session, dataset.id, values("name"), context),
      id: await findItemsById(dataset.session, dataset.id, values("id"), context),
    }
    for (const { by, value, label } of asked.values()) {
      choose(resolved, label, preferred(found[by].get(value) ?? [], how.wanted))
    }
  }
  return resolved
}

function isIterable(value: object | null): boolean {
  return value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function choose({ items, problems }: Resolved, label: string, candidates: readonly DatasetItem[]): void {
  const [item, ...others] = candidates
  if (item === undefined) problems.push({ item: label, rule: "is not in the dataset" })
  else if (others.length > 0) {
    const shown = candidates.map((one) => `${fullPathOf(one)} (${one.archived ? "archived, " : ""}${one.id})`)
    problems.push({ item: label, rule: `may be any of ${shown.join(", ")}` })
  } else {
    const { id, name, path, status, archived, priority } = item
    items.set(id, { id, name, path, status, archived, priority })
  }
}

function preferred(candidates: readonly DatasetItem[], wanted: Wanted): readonly DatasetItem[] {
  if (wanted === "any") return candidates
  const first = candidates.filter(({ archived }) => archived === (wanted === "archived"))
  return first.length > 0 ? first : candidates
}

interface Asked {
  readonly by: "path" | "name" | "id"
  readonly value: string
  /** What it is called in messages. */
  readonly label: string
}

function askedFor(reference: ItemReference, plainNames: boolean): Asked {
  if (typeof reference === "string") {
    const by = plainNames && !reference.includes("/") ? "name" : "path"
    return { by, value: reference, label: reference }
  }
  if (typeof reference?.id === "string" && reference.id !== "") {
    return { by: "id", value: reference.id, label: labelOf(reference) }
  }
  throw new OptionError("selection", "must hold full paths, and objects with the id of an item")
}

/** What a listed item, or one of a report, is called. */
function labelOf(
  reference: { readonly id: string; readonly fullPath?: string } & Partial<DatasetItem>,
): string {
  const { id, path, name, fullPath } = reference
  return fullPath ?? (path === undefined || name === undefined ? id : fullPathOf({ path, name }))
}
