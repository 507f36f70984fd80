import type { DatasetHandle } from "../api/session.ts"
import { fetchWorkflows, type WorkflowStage } from "../api/workflows.ts"
import { OptionError, UnsupportedError } from "../errors.ts"
import type { Context } from "../stream.ts"
import { archiving } from "./item-changes.ts"
import type { ItemOperation } from "./item-operations.ts"

/** A state that items can be put into. */
export type SettableStatus = "new" | "annotate" | "review" | "complete" | "archived"

/** The type of the stage whose items have a status. */
const stageTypes = {
  new: "dataset",
  annotate: "annotate",
  review: "review",
  complete: "complete",
} as const satisfies Partial<Record<SettableStatus, string>>

const statuses: ReadonlyMap<string, string> = new Map(
  Object.entries(stageTypes).map(([status, type]) => [type, status]),
)

/** Gives items a status: `archived` archives them, all others move them to the stage of the dataset's workflow. */
export async function settingStatus(
  dataset: DatasetHandle,
  status: SettableStatus,
  context: Context,
): Promise<ItemOperation> {
  if (status === "archived") return archiving
  if (!Object.hasOwn(stageTypes, status)) {
    throw new OptionError("status", `must be one of ${Object.keys(stageTypes).join(", ")} and archived`)
  }
  const operation = await movingToStage(dataset, stageTypes[status], context, ["type"])
  return { ...operation, task: "set status", isAsWanted: (item) => item.status === status && !item.archived }
}

type StageKey = "id" | "name" | "type"

/**
 * Moves items to a stage of the dataset's workflow. It is looked for by id, then by name, then by type, as far as `keys`
 * go, and must be one only.
 *
 * @throws OptionError (`option`) when there is no such stage, or several.
 * @throws UnsupportedError (`unsupported`) when the dataset is part of no workflow.
 */
export async function movingToStage(
  dataset: DatasetHandle,
  wanted: string,
  context: Context,
  keys: readonly StageKey[] = ["id", "name", "type"],
): Promise<ItemOperation> {
  const workflows = await fetchWorkflows(dataset.session, dataset.id, context)
  if (workflows.length === 0) {
    throw new UnsupportedError(`${dataset.team}/${dataset.slug} is part of no workflow, so it has no stages`)
  }
  const stages = workflows.flatMap(({ id, stages }) => stages.map((stage) => ({ ...stage, workflowId: id })))
  const matching = keys
    .map((key) => stages.filter((stage) => stage[key] === wanted))
    .find((found) => found.length > 0)
  const [stage, ...others] = matching ?? []
  if (stage === undefined) {
    throw new OptionError("stage", `there is no ${JSON.stringify(wanted)}, only ${listed(stages)}`)
  }
  if (others.length > 0) {
    throw new OptionError("stage", `${JSON.stringify(wanted)} may be any of ${listed(matching ?? [])}`)
  }
  const status = statuses.get(stage.type)
  return {
    task: "stage",
    action: { action: "stage", stage_id: stage.id, workflow_id: stage.workflowId },
    wanted: "live",
    isAsWanted: () => false,
    // Stages of other types show in no status.
    isDone: (item) => status !== undefined && item?.status === status,
    obstacle: ({ archived }) => (archived ? "is archived: restore it first" : undefined),
  }
}

function listed(stages: readonly WorkflowStage[]): string {
  return stages.map(({ id, name, type }) => `${name} (${type}, ${id})`).join("; ")
}
