import { notFound } from "../errors.ts"
import { newId } from "../ids.ts"
import type { Database } from "./database.ts"

/** A step of a workflow. */
export interface Stage {
  readonly id: string
  readonly name: string
  readonly type: string
}

/** A workflow and the dataset it serves. */
export interface Workflow {
  readonly id: string
  readonly teamId: number
  readonly name: string
  readonly insertedAt: number
  readonly dataset: { readonly id: number; readonly name: string } | undefined
  /** In the order in which items go through them. */
  readonly stages: readonly Stage[]
}

/** What a dataset's own workflow consists of; an item's status is `new` in the first, else the type of its stage. */
const DEFAULT_STAGES = [
  { name: "Dataset", type: "dataset" },
  { name: "Annotate", type: "annotate" },
  { name: "Review", type: "review" },
  { name: "Complete", type: "complete" },
] as const

interface WorkflowRow {
  readonly id: string
  readonly team_id: number
  readonly name: string
  readonly inserted_at: number
  readonly dataset_id: number | null
  readonly dataset_name: string | null
}

const SELECT = `SELECT workflows.id, workflows.team_id, workflows.name, workflows.inserted_at,
    datasets.id AS dataset_id, datasets.name AS dataset_name
  FROM workflows LEFT JOIN datasets ON datasets.workflow_id = workflows.id AND datasets.archived_at IS NULL`

/** Makes a workflow with the default stages and returns its id. */
export function insertWorkflow(db: Database, teamId: number, name: string): string {
  const id = newId()
  db.run("INSERT INTO workflows (id, team_id, name, inserted_at) VALUES (?, ?, ?, ?)", [
    id,
    teamId,
    name,
    Date.now(),
  ])
  for (const [position, stage] of DEFAULT_STAGES.entries()) {
    db.run("INSERT INTO stages (id, workflow_id, position, name, type) VALUES (?, ?, ?, ?, ?)", [
      newId(),
      id,
      position,
      stage.name,
      stage.type,
    ])
  }
  return id
}

function toWorkflow(db: Database, row: WorkflowRow): Workflow {
  return {
    id: row.id,
    teamId: row.team_id,
    name: row.name,
    insertedAt: row.inserted_at,
    dataset: row.dataset_id === null ? undefined : { id: row.dataset_id, name: row.dataset_name ?? "" },
    stages: listStages(db, row.id),
  }
}

function listStages(db: Database, workflowId: string): Stage[] {
  return db.all<Stage>("SELECT id, name, type FROM stages WHERE workflow_id = ? ORDER BY position", [
    workflowId,
  ])
}

export function listWorkflows(db: Database, teamId: number): Workflow[] {
  return db
    .all<WorkflowRow>(`${SELECT} WHERE workflows.team_id = ? ORDER BY workflows.id`, [teamId])
    .map((row) => toWorkflow(db, row))
}

export function getWorkflow(db: Database, teamId: number, id: string): Workflow {
  const row = db.one<WorkflowRow>(`${SELECT} WHERE workflows.team_id = ? AND workflows.id = ?`, [teamId, id])
  if (row === undefined) throw notFound(`workflow ${id}`)
  return toWorkflow(db, row)
}
