import { notFound } from "../errors.ts"
import type { Database, SqlValue } from "./database.ts"

/** One file of an item. `id` is the file's, `uploadId` that of its original bytes. */
export interface Slot {
  readonly id: string
  readonly itemId: string
  readonly slotName: string
  readonly type: "image" | "video" | "dicom" | "pdf"
  readonly fileName: string
  readonly fps: number | null
  readonly uploadId: string
  readonly uploadToken: string
  /** `registered`: no bytes yet; `uploaded`: bytes on disk; `confirmed`: looked at; `failed`: could not be read. */
  readonly state: "registered" | "uploaded" | "confirmed" | "failed"
  readonly sizeBytes: number
  readonly sha256: string | null
  readonly width: number | null
  readonly height: number | null
  readonly frameCount: number | null
  /** Whether the frames are there as pictures of their own. */
  readonly hasFrames: boolean
  readonly asFrames: boolean
  readonly extractViews: boolean
}

/** An item with its slots in order. */
export interface Item {
  readonly id: string
  readonly datasetId: number
  readonly name: string
  readonly path: string
  readonly status: string
  readonly processingStatus: string
  readonly stage: string
  readonly archived: boolean
  readonly priority: number
  readonly layout: unknown
  readonly tags: readonly unknown[]
  readonly sizeBytes: number
  readonly workflowId: string
  readonly stageId: string | null
  readonly insertedAt: number
  readonly updatedAt: number
  readonly slots: readonly Slot[]
}

export interface ItemRow {
  readonly id: string
  readonly dataset_id: number
  readonly name: string
  readonly path: string
  readonly status: string
  readonly processing_status: string
  readonly stage: string
  readonly archived: number
  readonly priority: number
  readonly layout: string | null
  readonly tags: string
  readonly size_bytes: number
  readonly workflow_id: string
  readonly stage_id: string | null
  readonly inserted_at: number
  readonly updated_at: number
}

interface SlotRow {
  readonly id: string
  readonly item_id: string
  readonly slot_name: string
  readonly type: Slot["type"]
  readonly file_name: string
  readonly fps: number | null
  readonly upload_id: string
  readonly upload_token: string
  readonly state: Slot["state"]
  readonly size_bytes: number
  readonly sha256: string | null
  readonly width: number | null
  readonly height: number | null
  readonly frame_count: number | null
  readonly has_frames: number
  readonly as_frames: number
  readonly extract_views: number
}

/** The columns of an {@link ItemRow} from table `items`. */
export const ITEM_COLUMNS = `items.*,
  (SELECT workflow_id FROM datasets WHERE id = items.dataset_id) AS workflow_id,
  (SELECT stages.id FROM stages JOIN datasets ON datasets.workflow_id = stages.workflow_id
   WHERE datasets.id = items.dataset_id
     AND stages.type = CASE items.stage WHEN 'new' THEN 'dataset' ELSE items.stage END) AS stage_id`

function toSlot(row: SlotRow): Slot {
  return {
    id: row.id,
    itemId: row.item_id,
    slotName: row.slot_name,
    type: row.type,
    fileName: row.file_name,
    fps: row.fps,
    uploadId: row.upload_id,
    uploadToken: row.upload_token,
    state: row.state,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    frameCount: row.frame_count,
    hasFrames: row.has_frames === 1,
    asFrames: row.as_frames === 1,
    extractViews: row.extract_views === 1,
  }
}

/** Rows with their slots; one query for all of them. */
export function toItems(db: Database, rows: readonly ItemRow[]): Item[] {
  const slots = db.all<SlotRow>(
    "SELECT * FROM slots WHERE item_id IN (SELECT value FROM json_each(?)) ORDER BY item_id, position",
    [JSON.stringify(rows.map((row) => row.id))],
  )
  const byItem = new Map<string, Slot[]>()
  for (const slot of slots.map(toSlot)) {
    const siblings = byItem.get(slot.itemId)
    if (siblings === undefined) byItem.set(slot.itemId, [slot])
    else siblings.push(slot)
  }
  return rows.map((row) => ({
    id: row.id,
    datasetId: row.dataset_id,
    name: row.name,
    path: row.path,
    status: row.status,
    processingStatus: row.processing_status,
    stage: row.stage,
    archived: row.archived === 1,
    priority: row.priority,
    layout: row.layout === null ? null : JSON.parse(row.layout),
    tags: JSON.parse(row.tags),
    sizeBytes: row.size_bytes,
    workflowId: row.workflow_id,
    stageId: row.stage_id,
    insertedAt: row.inserted_at,
    updatedAt: row.updated_at,
    slots: byItem.get(row.id) ?? [],
  }))
}

/** An item of a team; deleted ones and those of archived datasets are not found. */
export function getItem(db: Database, teamId: number, id: string): Item {
  const rows = db.all<ItemRow>(
    `SELECT ${ITEM_COLUMNS} FROM items WHERE id = ? AND NOT deleted
       AND dataset_id IN (SELECT id FROM datasets WHERE team_id = ? AND archived_at IS NULL)`,
    [id, teamId],
  )
  const [item] = toItems(db, rows)
  if (item === undefined) throw notFound(`item ${id}`)
  return item
}

/** A slot with what decides who may read its files. Slots of deleted items are found: releases may still name them. */
export interface FileRecord extends Slot {
  readonly datasetId: number
  readonly teamSlug: string
  readonly public: boolean
}

/** Finds the slot of a file by the file's or the upload's id. */
export function findFile(db: Database, column: "id" | "upload_id", value: string): FileRecord | undefined {
  const row = db.one<SlotRow & { dataset_id: number; team_slug: string; public: number }>(
    `SELECT slots.*, items.dataset_id, teams.slug AS team_slug, datasets.public
     FROM slots JOIN items ON items.id = slots.item_id JOIN datasets ON datasets.id = items.dataset_id
       JOIN teams ON teams.id = datasets.team_id
     WHERE slots.${column} = ?`,
    [value],
  )
  if (row === undefined) return undefined
  return { ...toSlot(row), datasetId: row.dataset_id, teamSlug: row.team_slug, public: row.public === 1 }
}

/** A folder with the number of its items, all and those that pass the filters. */
export interface Folder {
  readonly dataset_id: number
  readonly path: string
  readonly filtered_item_count: number
  readonly unfiltered_item_count: number
}

/** The folders that hold items, for a condition on table `items`. */
export function listFolders(
  db: Database,
  all: { readonly sql: string; readonly values: readonly SqlValue[] },
  filtered: { readonly sql: string; readonly values: readonly SqlValue[] },
): Folder[] {
  return db.all<Folder>(
    `SELECT dataset_id, path, count(*) AS unfiltered_item_count,
       sum(CASE WHEN ${filtered.sql} THEN 1 ELSE 0 END) AS filtered_item_count
     FROM items WHERE ${all.sql} GROUP BY dataset_id, path ORDER BY dataset_id, path`,
    [...filtered.values, ...all.values],
  )
}
