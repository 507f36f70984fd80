import { createCommentThread } from "../api/comments.ts"
import { findItemsById, fullPathOf } from "../api/find-items.ts"
import type { DatasetHandle } from "../api/session.ts"
import { OptionError, SelectionError } from "../errors.ts"
import type { Context } from "../stream.ts"
import { type ItemReference, resolveSelection } from "./item-selection.ts"

/** A comment and the place it is about. */
export interface CommentOptions extends Context {
  readonly text: string
  /** The place, in pixels of the slot: its upper left corner, width and height. */
  readonly box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  /**
   * The name of the slot.
   * @default the item's only one
   */
  readonly slot?: string
}

/** Looks an item up and begins a thread of comments on it. */
export async function commentOnItem(
  dataset: DatasetHandle,
  reference: ItemReference,
  { text, box, slot, ...context }: CommentOptions,
): Promise<void> {
  if (text === "") throw new OptionError("text", "must not be empty")
  const { x, y, w, h } = box
  if (![x, y, w, h].every(Number.isFinite) || w < 0 || h < 0) {
    throw new OptionError("box", "must have finite x, y, w and h, the last two not below 0")
  }
  const how = { wanted: "live", plainNames: false } as const
  const { items, problems } = await resolveSelection(dataset, [reference], how, context)
  const [item] = items.values()
  if (item === undefined) throw new SelectionError(problems)

  const found = await findItemsById(dataset.session, dataset.id, [item.id], context)
  const names = (found.get(item.id)?.[0]?.slots ?? []).map((each) => each.slot_name)
  const [name] = slot === undefined && names.length === 1 ? names : names.filter((each) => each === slot)
  if (name === undefined) {
    const missing = slot === undefined ? "must be named" : `there is no ${JSON.stringify(slot)}`
    throw new OptionError("slot", `${missing}: ${fullPathOf(item)} has the slots ${names.join(", ")}`)
  }
  const thread = { bounding_box: { x, y, w, h }, comments: [{ body: text }], slot_name: name }
  await createCommentThread(dataset.session, item.id, thread, context)
}
