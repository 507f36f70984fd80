import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { isoSeconds } from "../replies.ts"
import { getWorkflow, listWorkflows, type Workflow } from "../store/workflows.ts"

const workflowReply = z.object({
  id: z.string(),
  name: z.string(),
  team_id: z.number().int(),
  dataset: z.object({ id: z.number().int(), name: z.string(), instructions: z.string() }).nullable(),
  stages: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.string(),
      assignable_users: z.array(z.unknown()),
      edges: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          source_stage_id: z.string(),
          target_stage_id: z.string(),
        }),
      ),
    }),
  ),
  thumbnails: z.array(z.string()),
  inserted_at: z.string(),
  updated_at: z.string(),
})

function toWorkflowReply(workflow: Workflow): z.infer<typeof workflowReply> {
  return {
    id: workflow.id,
    name: workflow.name,
    team_id: workflow.teamId,
    dataset: workflow.dataset === undefined ? null : { ...workflow.dataset, instructions: "" },
    stages: workflow.stages.map((stage, index) => {
      const target = workflow.stages[index + 1]
      // Each stage has one way out, to the next; an edge is named by where it starts.
      const edge = { id: stage.id, name: "default", source_stage_id: stage.id }
      return {
        ...stage,
        assignable_users: [],
        edges: target ? [{ ...edge, target_stage_id: target.id }] : [],
      }
    }),
    thumbnails: [],
    inserted_at: isoSeconds(workflow.insertedAt),
    updated_at: isoSeconds(workflow.insertedAt),
  }
}

const teamParams = z.object({ team: z.string() })

/** Workflows: every dataset has one of its own. */
export function workflowRoutes(app: App, { db }: ServerContext): void {
  app.get(
    "/api/v2/teams/:team/workflows",
    {
      schema: {
        params: teamParams,
        querystring: z.strictObject({ worker: z.enum(["true", "false"]).optional() }),
        response: { 200: z.array(workflowReply) },
      },
    },
    async (request) => listWorkflows(db, teamOf(request).id).map(toWorkflowReply),
  )

  app.get(
    "/api/v2/teams/:team/workflows/:id",
    { schema: { params: teamParams.extend({ id: z.string() }), response: { 200: workflowReply } } },
    async (request) => toWorkflowReply(getWorkflow(db, teamOf(request).id, request.params.id)),
  )
}
