import { unprocessable } from "../errors.ts"
import { newId } from "../ids.ts"
import type { Database } from "./database.ts"
import type { Item } from "./items.ts"

/** A rectangle of a slot in pixels, `x` and `y` its top left corner. */
export interface CommentBox {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** One thing that somebody said. */
export interface Comment {
  readonly id: string
  readonly body: string
}

/** What was said about one place of an item. */
export interface CommentThread {
  readonly id: string
  readonly slotName: string
  readonly box: CommentBox
  readonly comments: readonly Comment[]
  readonly insertedAt: number
}

/** A thread as clients begin it. */
export interface NewCommentThread {
  readonly bounding_box: CommentBox
  readonly comments: readonly { readonly body: string }[]
  /** May be left out where the item has one slot. */
  readonly slot_name?: string | null | undefined
}

/** Begins a thread on an item and returns it. */
export function insertCommentThread(db: Database, item: Item, input: NewCommentThread): CommentThread {
  const { x, y, w, h } = input.bounding_box
  const thread = {
    id: newId(),
    slotName: slotNameOf(item, input.slot_name ?? undefined),
    box: { x, y, w, h },
    comments: input.comments.map(({ body }) => ({ id: newId(), body })),
    insertedAt: Date.now(),
  }
  db.run(
    `INSERT INTO comment_threads (id, item_id, slot_name, bounding_box, comments, inserted_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    [
      thread.id,
      item.id,
      thread.slotName,
      JSON.stringify(thread.box),
      JSON.stringify(thread.comments),
      thread.insertedAt,
    ],
  )
  return thread
}

function slotNameOf(item: Item, given: string | undefined): string {
  const names = item.slots.map(({ slotName }) => slotName)
  if (given === undefined && names.length !== 1) {
    throw unprocessable("slot_name", `must be one of ${names.join(", ")}: the item has several slots`)
  }
  const name = given ?? names[0]
  if (name === undefined || !names.includes(name)) {
    throw unprocessable("slot_name", `the item has no slot ${name}`)
  }
  return name
}

/** The threads of an item, oldest first. */
export function listCommentThreads(db: Database, itemId: string): CommentThread[] {
  return db
    .all<{ id: string; slot_name: string; bounding_box: string; comments: string; inserted_at: number }>(
      "SELECT id, slot_name, bounding_box, comments, inserted_at FROM comment_threads WHERE item_id = ? ORDER BY id",
      [itemId],
    )
    .map((row) => ({
      id: row.id,
      slotName: row.slot_name,
      box: JSON.parse(row.bounding_box),
      comments: JSON.parse(row.comments),
      insertedAt: row.inserted_at,
    }))
}
