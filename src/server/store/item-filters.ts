import { unprocessable } from "../errors.ts"
import type { SqlValue } from "./database.ts"

/** The statuses an item can have. */
const itemStatuses = [
  "new",
  "annotate",
  "review",
  "complete",
  "archived",
  "uploading",
  "processing",
  "error",
] as const

/** Which items of a team are meant. A key that is absent does not narrow; an empty list matches nothing. */
export interface ItemFilters {
  readonly dataset_ids?: readonly number[] | "all" | undefined
  readonly item_ids?: readonly string[] | undefined
  readonly item_names?: readonly string[] | undefined
  /** Folders (`/a/b`), or folder and name of one item (`/a/b/c.png`). */
  readonly item_paths?: readonly string[] | undefined
  readonly statuses?: readonly string[] | undefined
  readonly slot_types?: readonly string[] | undefined
  readonly workflow_stage_ids?: readonly string[] | undefined
  /** Items that hold an annotation of one of these classes. */
  readonly annotation_class_ids?: readonly number[] | undefined
}

/** A piece of SQL with the values of its question marks. */
export interface SqlPiece {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

/** The stage type that shows as each working status. */
export const statusOfStage: Readonly<Record<string, string>> = {
  dataset: "new",
  annotate: "annotate",
  review: "review",
  complete: "complete",
}

/** The condition on table `items` for filters within a team; deleted items and archived datasets never match. */
export function itemCondition(teamId: number, filters: ItemFilters): SqlPiece {
  const parts = [
    "NOT items.deleted",
    "items.dataset_id IN (SELECT id FROM datasets WHERE team_id = ? AND archived_at IS NULL)",
  ]
  const values: SqlValue[] = [teamId]
  const add = (sql: string, list: readonly (string | number)[] | undefined) => {
    if (list === undefined) return
    parts.push(sql)
    values.push(JSON.stringify(list))
  }
  const oneOf = "IN (SELECT value FROM json_each(?))"
  for (const status of filters.statuses ?? []) {
    if (!(itemStatuses as readonly string[]).includes(status)) {
      throw unprocessable("statuses", `${status} is not a status of items`)
    }
  }
  if (filters.dataset_ids !== "all") add(`items.dataset_id ${oneOf}`, filters.dataset_ids)
  add(`items.id ${oneOf}`, filters.item_ids)
  add(`items.name ${oneOf}`, filters.item_names)
  add(`items.status ${oneOf}`, filters.statuses)
  add(`items.id IN (SELECT item_id FROM slots WHERE type ${oneOf})`, filters.slot_types)
  add(`items.id IN (SELECT item_id FROM annotations WHERE class_id ${oneOf})`, filters.annotation_class_ids)
  if (filters.item_paths !== undefined) {
    const paths = JSON.stringify(filters.item_paths.map(normalPath))
    parts.push(
      `(items.path ${oneOf} OR CASE items.path WHEN '/' THEN '/' ELSE items.path || '/' END || items.name ${oneOf})`,
    )
    values.push(paths, paths)
  }
  if (filters.workflow_stage_ids !== undefined) {
    parts.push(`EXISTS (
      SELECT 1 FROM stages JOIN datasets ON datasets.workflow_id = stages.workflow_id
      WHERE datasets.id = items.dataset_id AND stages.id ${oneOf}
        AND CASE stages.type WHEN 'dataset' THEN 'new' ELSE stages.type END = items.status)`)
    values.push(JSON.stringify(filters.workflow_stage_ids))
  }
  return { sql: parts.join(" AND "), values }
}

/** A folder as items hold it: a leading slash, none at the end, no empty parts. */
function normalPath(path: string): string {
  return `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`
}

/** The same for a folder that items are put into: one that leads out of the dataset is refused. */
export function checkedPath(path: string): string {
  if (path.split("/").some((part) => part === "." || part === "..")) {
    throw unprocessable("path", `${path} is not a folder of a dataset`)
  }
  return normalPath(path)
}
