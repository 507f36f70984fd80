import { nameTaken, notFound, unprocessable } from "../errors.ts"
import type { Database } from "./database.ts"
import { slugOf } from "./slug.ts"
import { insertWorkflow } from "./workflows.ts"

/** A dataset with its counts. */
export interface Dataset {
  readonly id: number
  readonly teamId: number
  readonly teamSlug: string
  readonly teamName: string
  readonly name: string
  readonly slug: string
  readonly public: boolean
  readonly archivedAt: number | undefined
  readonly workflowId: string
  /** Items that are not archived. */
  readonly itemCount: number
  readonly completeCount: number
  readonly videoCount: number
  readonly classCount: number
  readonly insertedAt: number
  readonly updatedAt: number
}

interface DatasetRow {
  readonly id: number
  readonly team_id: number
  readonly team_slug: string
  readonly team_name: string
  readonly name: string
  readonly slug: string
  readonly public: number
  readonly archived_at: number | null
  readonly workflow_id: string
  readonly item_count: number
  readonly complete_count: number
  readonly video_count: number
  readonly class_count: number
  readonly inserted_at: number
  readonly updated_at: number
}

const LIVE_ITEMS = "FROM items WHERE dataset_id = datasets.id AND NOT deleted AND NOT archived"

const SELECT = `SELECT datasets.*, teams.slug AS team_slug, teams.name AS team_name,
    (SELECT count(*) ${LIVE_ITEMS}) AS item_count,
    (SELECT count(*) ${LIVE_ITEMS} AND status = 'complete') AS complete_count,
    (SELECT count(*) ${LIVE_ITEMS} AND EXISTS (
      SELECT 1 FROM slots WHERE item_id = items.id AND type = 'video')) AS video_count,
    (SELECT count(*) FROM class_datasets WHERE dataset_id = datasets.id) AS class_count
  FROM datasets JOIN teams ON teams.id = team_id`

function toDataset(row: DatasetRow): Dataset {
  return {
    id: row.id,
    teamId: row.team_id,
    teamSlug: row.team_slug,
    teamName: row.team_name,
    name: row.name,
    slug: row.slug,
    public: row.public === 1,
    archivedAt: row.archived_at ?? undefined,
    workflowId: row.workflow_id,
    itemCount: row.item_count,
    completeCount: row.complete_count,
    videoCount: row.video_count,
    classCount: row.class_count,
    insertedAt: row.inserted_at,
    updatedAt: row.updated_at,
  }
}

/** The datasets of a team that are not archived. */
export function listDatasets(db: Database, teamId: number): Dataset[] {
  return db
    .all<DatasetRow>(`${SELECT} WHERE team_id = ? AND archived_at IS NULL ORDER BY datasets.id`, [teamId])
    .map(toDataset)
}

/** A dataset that is not archived, by id. */
export function getDataset(db: Database, teamId: number, id: number): Dataset {
  const row = db.one<DatasetRow>(`${SELECT} WHERE team_id = ? AND datasets.id = ? AND archived_at IS NULL`, [
    teamId,
    id,
  ])
  if (row === undefined) throw notFound(`dataset ${id}`)
  return toDataset(row)
}

/** A dataset that is not archived, by the names in its address. */
export function findDataset(db: Database, teamSlug: string, slug: string): Dataset | undefined {
  const row = db.one<DatasetRow>(
    `${SELECT} WHERE teams.slug = ? AND datasets.slug = ? AND archived_at IS NULL`,
    [teamSlug, slug],
  )
  return row === undefined ? undefined : toDataset(row)
}

/** A dataset that is not archived, by the name that people see. */
export function findDatasetByName(db: Database, teamId: number, name: string): Dataset | undefined {
  const row = db.one<DatasetRow>(
    `${SELECT} WHERE team_id = ? AND datasets.name = ? AND archived_at IS NULL`,
    [teamId, name.trim()],
  )
  return row === undefined ? undefined : toDataset(row)
}

/** Like {@link findDataset}, but a missing one is a 404. */
export function getDatasetBySlug(db: Database, teamSlug: string, slug: string): Dataset {
  const dataset = findDataset(db, teamSlug, slug)
  if (dataset === undefined) throw notFound(`dataset ${teamSlug}/${slug}`)
  return dataset
}

export interface InsertDatasetOptions {
  /** Whether people without a key may read it. @default false */
  readonly public?: boolean | undefined
}

/** Makes a dataset with a workflow of its own and returns its id. */
export function insertDataset(
  db: Database,
  teamId: number,
  givenName: string,
  options: InsertDatasetOptions = {},
): number {
  const name = givenName.trim()
  if (name === "") throw unprocessable("name", "can't be blank")
  const taken = (column: "name" | "slug", value: string) =>
    db.one(`SELECT 1 FROM datasets WHERE team_id = ? AND ${column} = ? AND archived_at IS NULL`, [
      teamId,
      value,
    ]) !== undefined
  if (taken("name", name)) throw nameTaken()
  const base = slugOf(name) || "dataset"
  let slug = base
  for (let count = 2; taken("slug", slug); count += 1) slug = `${base}-${count}`
  const now = Date.now()
  return db.transaction(() => {
    const workflowId = insertWorkflow(db, teamId, name)
    return db.run(
      `INSERT INTO datasets (team_id, name, slug, public, workflow_id, inserted_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [teamId, name, slug, options.public === true ? 1 : 0, workflowId, now, now],
    ).rowId
  })
}

/** Takes a dataset out of all lists; its name is free again. */
export function archiveDataset(db: Database, id: number): void {
  const now = Date.now()
  db.run("UPDATE datasets SET archived_at = ?, updated_at = ? WHERE id = ?", [now, now, id])
}
