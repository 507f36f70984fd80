import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** One step of a workflow. */
export interface WorkflowStage {
  readonly id: string
  readonly name: string
  /** `dataset` (new items), `annotate`, `review`, `complete`, `archive`, `model` and others. */
  readonly type: string
}

/** What items go through from new to complete. */
export interface Workflow {
  readonly id: string
  readonly stages: readonly WorkflowStage[]
}

const datasetWorkflows = z.looseObject({ workflow_ids: z.array(z.string()).nullish() })

const workflow: z.ZodType<Workflow> = z.looseObject({
  id: z.string().min(1),
  stages: z.array(
    z.looseObject({
      id: z.string().min(1),
      name: z
        .string()
        .nullish()
        .transform((name) => name ?? ""),
      type: z.string(),
    }),
  ),
})

/** The workflows that a dataset is part of. */
export async function fetchWorkflows(
  session: Session,
  datasetId: number,
  context?: Context,
): Promise<Workflow[]> {
  const dataset = await callApi(session, {
    path: ["datasets", String(datasetId)],
    reply: datasetWorkflows,
    context,
  })
  const workflows: Workflow[] = []
  for (const id of dataset.workflow_ids ?? []) {
    const path = ["v2", "teams", session.team, "workflows", id]
    workflows.push(await callApi(session, { path, reply: workflow, context }))
  }
  return workflows
}
