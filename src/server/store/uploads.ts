import { notFound, unprocessable } from "../errors.ts"
import { slotTypeOf } from "../file-types.ts"
import { newId, newToken } from "../ids.ts"
import { slotsOfLayout } from "../layouts.ts"
import type { Database } from "./database.ts"
import { checkedPath } from "./item-filters.ts"
import { getItem, type Item, type Slot } from "./items.ts"

/** A file that a client wants to upload. */
export interface NewSlot {
  readonly slot_name: string
  readonly file_name: string
  readonly type?: Slot["type"] | undefined
  /** Frames per second to take from a video; absent: its own. */
  readonly fps?: number | undefined
  readonly as_frames?: boolean | undefined
  readonly extract_views?: boolean | undefined
}

/** An item that a client wants to upload. */
export interface NewItem {
  readonly name: string
  readonly path: string
  readonly layout?: unknown
  readonly tags?: readonly unknown[] | undefined
  readonly priority?: number | undefined
  readonly slots: readonly NewSlot[]
}

/** An item that may not be uploaded. */
export interface BlockedItem {
  readonly item: NewItem
  /** Of the item that is in its place. */
  readonly id?: string
  readonly reason: "ALREADY_EXISTS" | "ITEM_COUNT_LIMIT_EXCEEDED"
}

/** Items that may be uploaded, and those that may not. */
export interface Registration {
  readonly items: readonly Item[]
  readonly blocked: readonly BlockedItem[]
}

export interface RegisterOptions {
  /** How many items the dataset may hold. @default without limit */
  readonly maxItems?: number | undefined
}

/**
 * Makes an item for each one that is new. An item whose upload never ended is not in anybody's way: the same item is
 * given out once more, with the same uploads when its files are the same.
 */
export function registerItems(
  db: Database,
  teamId: number,
  datasetId: number,
  items: readonly NewItem[],
  options: RegisterOptions = {},
): Registration {
  const { maxItems = Number.POSITIVE_INFINITY } = options
  return db.transaction(() => {
    const registered: Item[] = []
    const blocked: BlockedItem[] = []
    let room = Number.isFinite(maxItems) ? maxItems - countItems(db, datasetId) : maxItems
    const mine = new Set<string>()
    for (const given of items) {
      const item = { ...given, path: checkedPath(given.path) }
      checkItem(item)
      const existing = db.one<{ id: string; processing_status: string }>(
        `SELECT id, processing_status FROM items
         WHERE dataset_id = ? AND path = ? AND name = ? AND NOT archived AND NOT deleted`,
        [datasetId, item.path, item.name],
      )
      if (existing !== undefined && (existing.processing_status !== "uploading" || mine.has(existing.id))) {
        blocked.push({ item, id: existing.id, reason: "ALREADY_EXISTS" })
        continue
      }
      if (existing === undefined && room <= 0) {
        blocked.push({ item, reason: "ITEM_COUNT_LIMIT_EXCEEDED" })
        continue
      }
      if (existing === undefined) room -= 1
      let id = existing?.id
      if (id !== undefined && !isSame(getItem(db, teamId, id), item)) {
        db.run("DELETE FROM items WHERE id = ?", [id])
        id = undefined
      }
      id ??= insertItem(db, datasetId, item)
      mine.add(id)
      registered.push(getItem(db, teamId, id))
    }
    return { items: registered, blocked }
  })
}

function countItems(db: Database, datasetId: number): number {
  const sql = "SELECT count(*) AS count FROM items WHERE dataset_id = ? AND NOT deleted"
  return db.one<{ count: number }>(sql, [datasetId])?.count ?? 0
}

/** Bytes of the uploaded files of a team's items; those of deleted items do not count. */
export function storedBytes(db: Database, teamId: number): number {
  const row = db.one<{ bytes: number }>(
    `SELECT coalesce(sum(slots.size_bytes), 0) AS bytes FROM slots JOIN items ON items.id = item_id
     WHERE NOT deleted AND dataset_id IN (SELECT id FROM datasets WHERE team_id = ?)`,
    [teamId],
  )
  return row?.bytes ?? 0
}

function checkItem(item: NewItem): void {
  if (item.name.trim() === "") throw unprocessable("name", "can't be blank")
  if (/[/\0]/.test(item.name) || item.name === "." || item.name === "..") {
    throw unprocessable("name", `${JSON.stringify(item.name)} is not the name of a file`)
  }
  if (item.slots.length === 0) throw unprocessable("slots", "can't be empty")
  if (new Set(item.slots.map((slot) => slot.slot_name)).size !== item.slots.length) {
    throw unprocessable("slots", "must have different names")
  }
  if (item.layout == null) return
  for (const name of slotsOfLayout(item.layout)) {
    const known = item.slots.some((slot) => slot.slot_name === name)
    if (!known) throw unprocessable("layout", `${item.name} has no slot ${name}`)
  }
}

function isSame({ slots, layout }: Item, wanted: NewItem): boolean {
  return (
    slots.length === wanted.slots.length &&
    JSON.stringify(layout) === layoutOf(wanted) &&
    slots.every((slot, index) => {
      const other = wanted.slots[index]
      return (
        other?.slot_name === slot.slotName &&
        other.file_name === slot.fileName &&
        (other.fps ?? null) === slot.fps &&
        (other.as_frames ?? false) === slot.asFrames &&
        (other.extract_views ?? false) === slot.extractViews
      )
    })
  )
}

function insertItem(db: Database, datasetId: number, item: NewItem): string {
  const id = newId()
  const now = Date.now()
  db.run(
    `INSERT INTO items (id, dataset_id, name, path, processing_status, layout, tags, priority, inserted_at, updated_at)
     VALUES (?, ?, ?, ?, 'uploading', ?, ?, ?, ?, ?)`,
    [
      id,
      datasetId,
      item.name,
      item.path,
      layoutOf(item),
      JSON.stringify(item.tags ?? []),
      item.priority ?? 0,
      now,
      now,
    ],
  )
  for (const [position, slot] of item.slots.entries()) {
    db.run(
      `INSERT INTO slots (id, item_id, position, slot_name, type, file_name, fps, upload_id, upload_token, state,
         as_frames, extract_views) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'registered', ?, ?)`,
      [
        newId(),
        id,
        position,
        slot.slot_name,
        slot.type ?? slotTypeOf(slot.file_name),
        slot.file_name,
        slot.fps ?? null,
        newId(),
        newToken(),
        slot.as_frames === true ? 1 : 0,
        slot.extract_views === true ? 1 : 0,
      ],
    )
  }
  return id
}

function layoutOf({ layout, slots }: NewItem): string {
  if (layout != null) return JSON.stringify(layout)
  const type = slots.length === 1 ? "simple" : "grid"
  return JSON.stringify({ type, version: 1, slots: slots.map((slot) => slot.slot_name) })
}

/** The slot of an upload within a team. */
export function getUpload(db: Database, teamId: number, uploadId: string): Slot {
  const row = db.one<{ item_id: string }>("SELECT item_id FROM slots WHERE upload_id = ?", [uploadId])
  const slot =
    row === undefined
      ? undefined
      : getItem(db, teamId, row.item_id).slots.find((candidate) => candidate.uploadId === uploadId)
  if (slot === undefined) throw notFound(`upload ${uploadId}`)
  return slot
}

/** Notes that the bytes of an upload are on disk. */
export function markUploaded(db: Database, uploadId: string, sizeBytes: number, sha256: string): void {
  db.run("UPDATE slots SET state = 'uploaded', size_bytes = ?, sha256 = ? WHERE upload_id = ?", [
    sizeBytes,
    sha256,
    uploadId,
  ])
}

/** What was learnt about a file by looking at it. */
export interface FileFacts {
  readonly failed: boolean
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly frameCount?: number | undefined
  readonly hasFrames?: boolean | undefined
}

/** Notes what was learnt about a file; the item is ready when this was its last one. */
export function confirmUpload(db: Database, uploadId: string, facts: FileFacts): void {
  db.transaction(() => {
    db.run(
      `UPDATE slots SET state = ?, width = ?, height = ?, frame_count = coalesce(?, frame_count), has_frames = ?
       WHERE upload_id = ?`,
      [
        facts.failed ? "failed" : "confirmed",
        facts.width ?? null,
        facts.height ?? null,
        facts.frameCount ?? null,
        facts.hasFrames === true ? 1 : 0,
        uploadId,
      ],
    )
    db.run(
      `UPDATE items SET updated_at = ?,
         size_bytes = (SELECT sum(size_bytes) FROM slots WHERE item_id = items.id),
         processing_status = (SELECT CASE WHEN sum(state = 'failed') > 0 THEN 'error'
           WHEN sum(state <> 'confirmed') > 0 THEN 'uploading' ELSE 'complete' END FROM slots WHERE item_id = items.id)
       WHERE id = (SELECT item_id FROM slots WHERE upload_id = ?)`,
      [Date.now(), uploadId],
    )
  })
}
