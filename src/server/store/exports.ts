import { nameTaken, unprocessable } from "../errors.ts"
import { newId, newToken } from "../ids.ts"
import type { Database } from "./database.ts"
import { type ItemFilters, itemCondition } from "./item-filters.ts"

/** A release: a snapshot of a dataset as a zip, there when its status is `complete`. */
export interface Release {
  readonly id: string
  readonly datasetId: number
  readonly name: string
  readonly version: number
  readonly status: "pending" | "complete" | "failed"
  readonly error: string | null
  readonly filters: ItemFilters
  readonly includeToken: boolean
  readonly includeAuthorship: boolean
  /** What addresses in it begin with. */
  readonly baseUrl: string
  readonly downloadToken: string
  /** Opens the files of the dataset's items. */
  readonly fileToken: string
  readonly sizeBytes: number | null
  readonly sha256: string | null
  readonly itemCount: number | null
  readonly classes: readonly { readonly id: number; readonly name: string; readonly type: string }[]
  readonly insertedAt: number
}

export interface NewRelease {
  readonly name: string
  readonly filters: ItemFilters
  readonly includeToken: boolean
  readonly includeAuthorship: boolean
  readonly baseUrl: string
}

interface ReleaseRow {
  readonly id: string
  readonly dataset_id: number
  readonly name: string
  readonly version: number
  readonly status: Release["status"]
  readonly error: string | null
  readonly filters: string
  readonly include_token: number
  readonly include_authorship: number
  readonly base_url: string
  readonly download_token: string
  readonly file_token: string
  readonly size_bytes: number | null
  readonly sha256: string | null
  readonly num_items: number | null
  readonly classes: string
  readonly inserted_at: number
}

function toRelease(row: ReleaseRow): Release {
  return {
    id: row.id,
    datasetId: row.dataset_id,
    name: row.name,
    version: row.version,
    status: row.status,
    error: row.error,
    filters: JSON.parse(row.filters),
    includeToken: row.include_token === 1,
    includeAuthorship: row.include_authorship === 1,
    baseUrl: row.base_url,
    downloadToken: row.download_token,
    fileToken: row.file_token,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    itemCount: row.num_items,
    classes: JSON.parse(row.classes),
    insertedAt: row.inserted_at,
  }
}

/** The filters of a release with what holds when they say nothing: completed items, and always of one dataset. */
export function releaseFilters(filters: ItemFilters, datasetId: number): ItemFilters {
  return { ...filters, statuses: filters.statuses ?? ["complete"], dataset_ids: [datasetId] }
}

/** Notes a release that is to be made; refused when its name is in use or nothing would be in it. */
export function insertRelease(db: Database, teamId: number, datasetId: number, input: NewRelease): Release {
  const name = input.name.trim()
  if (!/^[^/\\\0]+$/.test(name) || name === "." || name === "..") {
    throw unprocessable("name", "must name a directory: not blank, without slashes")
  }
  return db.transaction(() => {
    if (db.one("SELECT 1 FROM exports WHERE dataset_id = ? AND name = ?", [datasetId, name]) !== undefined) {
      throw nameTaken()
    }
    const condition = itemCondition(teamId, releaseFilters(input.filters, datasetId))
    if (db.one(`SELECT 1 FROM items WHERE ${condition.sql} LIMIT 1`, condition.values) === undefined) {
      throw unprocessable("filters", "no items to export: by default only completed ones are")
    }
    const id = newId()
    db.run(
      `INSERT INTO exports (id, dataset_id, name, version, status, filters, include_token, include_authorship, base_url,
         download_token, file_token, inserted_at)
       VALUES (?, ?, ?, (SELECT coalesce(max(version), 0) + 1 FROM exports WHERE dataset_id = ?), 'pending',
         ?, ?, ?, ?, ?, ?, ?)`,
      [
        id,
        datasetId,
        name,
        datasetId,
        JSON.stringify(input.filters),
        input.includeToken ? 1 : 0,
        input.includeAuthorship ? 1 : 0,
        input.baseUrl,
        newToken(),
        newToken(),
        Date.now(),
      ],
    )
    return requireRelease(db, id)
  })
}

function requireRelease(db: Database, id: string): Release {
  const release = findRelease(db, id)
  if (release === undefined) throw new Error(`release ${id} is not in the database`)
  return release
}

export function findRelease(db: Database, id: string): Release | undefined {
  const row = db.one<ReleaseRow>("SELECT * FROM exports WHERE id = ?", [id])
  return row === undefined ? undefined : toRelease(row)
}

/** The releases of a dataset, newest first. */
export function listReleases(db: Database, datasetId: number): Release[] {
  return db
    .all<ReleaseRow>("SELECT * FROM exports WHERE dataset_id = ? ORDER BY version DESC", [datasetId])
    .map(toRelease)
}

/** The ids of the releases that are still to be made, oldest first. */
export function listPendingReleases(db: Database): string[] {
  return db
    .all<{ id: string }>("SELECT id FROM exports WHERE status = 'pending' ORDER BY id")
    .map((row) => row.id)
}

/** The secret that opens files of a dataset, if `token` may be one: all of its releases that carry tokens. */
export function listFileTokens(db: Database, datasetId: number): string[] {
  return db
    .all<{ file_token: string }>("SELECT file_token FROM exports WHERE dataset_id = ? AND include_token", [
      datasetId,
    ])
    .map((row) => row.file_token)
}

/** Notes that the zip of a release is in its place. */
export function completeRelease(
  db: Database,
  id: string,
  facts: {
    readonly sizeBytes: number
    readonly sha256: string
    readonly itemCount: number
    readonly classes: Release["classes"]
  },
): void {
  db.run(
    "UPDATE exports SET status = 'complete', error = NULL, size_bytes = ?, sha256 = ?, num_items = ?, classes = ? WHERE id = ?",
    [facts.sizeBytes, facts.sha256, facts.itemCount, JSON.stringify(facts.classes), id],
  )
}

/** Notes that a release could not be made, and why. */
export function failRelease(db: Database, id: string, error: string): void {
  db.run("UPDATE exports SET status = 'failed', error = ? WHERE id = ?", [error, id])
}
