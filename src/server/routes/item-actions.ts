import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { affectedReply } from "../replies.ts"
import { itemFilters } from "../request-filters.ts"
import {
  archiveItems,
  deleteItems,
  moveToFolder,
  moveToStage,
  restoreItems,
  setLayout,
  setPriority,
} from "../store/item-actions.ts"

const teamParams = z.object({ team: z.string() })

/** Actions on all items that the filters of the body match. */
export function itemActionRoutes(app: App, { db }: ServerContext): void {
  const base = "/api/v2/teams/:team/items"
  const response = { 200: affectedReply }
  const filtersOnly = z.looseObject({ filters: itemFilters })
  const schema = { params: teamParams, body: filtersOnly, response }

  app.post(`${base}/archive`, { schema }, async (request) => ({
    affected_item_count: archiveItems(db, teamOf(request).id, request.body.filters),
  }))

  app.post(`${base}/restore`, { schema }, async (request) => ({
    affected_item_count: restoreItems(db, teamOf(request).id, request.body.filters),
  }))

  app.delete(base, { schema }, async (request) => ({
    affected_item_count: deleteItems(db, teamOf(request).id, request.body.filters),
  }))

  app.post(
    `${base}/stage`,
    {
      schema: {
        params: teamParams,
        body: filtersOnly.extend({ stage_id: z.string(), workflow_id: z.string() }),
        response,
      },
    },
    async (request) => {
      const { filters, stage_id: stageId, workflow_id: workflowId } = request.body
      return { affected_item_count: moveToStage(db, teamOf(request).id, filters, { stageId, workflowId }) }
    },
  )

  app.post(
    `${base}/path`,
    { schema: { params: teamParams, body: filtersOnly.extend({ path: z.string() }), response } },
    async (request) => ({
      affected_item_count: moveToFolder(db, teamOf(request).id, request.body.filters, request.body.path),
    }),
  )

  app.post(
    `${base}/priority`,
    { schema: { params: teamParams, body: filtersOnly.extend({ priority: z.number().int() }), response } },
    async (request) => ({
      affected_item_count: setPriority(db, teamOf(request).id, request.body.filters, request.body.priority),
    }),
  )

  app.post(
    `${base}/layout`,
    {
      schema: {
        params: teamParams,
        body: filtersOnly.extend({ layout: z.record(z.string(), z.unknown()).nullable() }),
        response,
      },
    },
    async (request) => ({
      affected_item_count: setLayout(db, teamOf(request).id, request.body.filters, request.body.layout),
    }),
  )
}
