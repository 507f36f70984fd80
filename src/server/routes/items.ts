import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { itemReply, toItemReply } from "../replies.ts"
import { filtersOfQuery, type ItemQuery, itemQuery, sortOfQuery } from "../request-filters.ts"
import { itemCondition } from "../store/item-filters.ts"
import { listItemIds, listItems, type PageOptions } from "../store/item-pages.ts"
import { getItem, listFolders } from "../store/items.ts"

const DEFAULT_PAGE_SIZE = 500

const pageReply = z.object({
  count: z.number().int(),
  next: z.string().nullable(),
  previous: z.string().nullable(),
})

const teamParams = z.object({ team: z.string() })

function pageOptions(query: ItemQuery, url: string): PageOptions {
  return {
    filters: filtersOfQuery(query),
    size: query["page[size]"] ?? DEFAULT_PAGE_SIZE,
    sort: sortOfQuery(query, url),
    from: query["page[from]"],
    offset: query["page[offset]"],
  }
}

/** Listings of items. */
export function itemRoutes(app: App, { db }: ServerContext): void {
  const base = "/api/v2/teams/:team/items"

  app.get(
    base,
    {
      schema: {
        params: teamParams,
        querystring: itemQuery,
        response: { 200: z.object({ items: z.array(itemReply), page: pageReply }) },
      },
    },
    async (request) => {
      const { query } = request
      const page = listItems(db, teamOf(request).id, pageOptions(query, request.url))
      const withWorkflow = query.include_workflow_data === "true"
      return {
        items: page.items.map((item) => toItemReply(item, withWorkflow)),
        page: { count: page.items.length, next: page.next ?? null, previous: null },
      }
    },
  )

  for (const name of ["list_ids", "ids"]) {
    app.get(
      `${base}/${name}`,
      {
        schema: {
          params: teamParams,
          querystring: itemQuery,
          response: { 200: z.object({ item_ids: z.array(z.string()) }) },
        },
      },
      async (request) => ({
        item_ids: listItemIds(db, teamOf(request).id, pageOptions(request.query, request.url)),
      }),
    )
  }

  app.get(
    `${base}/folders`,
    {
      schema: {
        params: teamParams,
        querystring: itemQuery,
        response: {
          200: z.object({
            folders: z.array(
              z.object({
                dataset_id: z.number().int(),
                path: z.string(),
                filtered_item_count: z.number().int(),
                unfiltered_item_count: z.number().int(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const team = teamOf(request)
      const filters = filtersOfQuery(request.query)
      const all = itemCondition(team.id, { dataset_ids: filters.dataset_ids })
      return { folders: listFolders(db, all, itemCondition(team.id, filters)) }
    },
  )

  app.get(
    `${base}/:id`,
    {
      schema: {
        params: teamParams.extend({ id: z.string() }),
        querystring: z.strictObject({ include_workflow_data: z.enum(["true", "false"]).optional() }),
        response: { 200: itemReply },
      },
    },
    async (request) =>
      toItemReply(
        getItem(db, teamOf(request).id, request.params.id),
        request.query.include_workflow_data === "true",
      ),
  )
}
