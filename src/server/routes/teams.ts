import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { listDatasets } from "../store/datasets.ts"
import { listMembers } from "../store/teams.ts"

const teamReply = z.object({
  id: z.number().int(),
  name: z.string(),
  slug: z.string(),
  default_role: z.string(),
  datasets: z.array(z.object({ id: z.number().int(), name: z.string(), slug: z.string() })),
})

const memberReply = z.object({
  id: z.number().int(),
  user_id: z.number().int(),
  team_id: z.number().int(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  role: z.string(),
})

const teamParams = z.object({ team: z.string() })

/** Who a key belongs to, and what its team is and can. */
export function teamRoutes(app: App, { db }: ServerContext): void {
  app.get(
    "/api/users/token_info",
    {
      schema: {
        response: {
          200: z.object({ selected_team: teamReply.omit({ datasets: true, default_role: true }) }),
        },
      },
    },
    async (request) => {
      const { id, name, slug } = teamOf(request)
      return { selected_team: { id, name, slug } }
    },
  )

  app.get(
    "/api/teams/:team/features",
    {
      schema: {
        params: teamParams,
        response: { 200: z.array(z.object({ name: z.string(), enabled: z.boolean() })) },
      },
    },
    async () => [{ name: "STATIC_INSTANCE_ID", enabled: true }],
  )

  app.get(
    "/api/teams/:team",
    { schema: { params: teamParams, response: { 200: teamReply } } },
    async (request) => {
      const { id, name, slug } = teamOf(request)
      return { id, name, slug, default_role: "annotator", datasets: listDatasets(db, id) }
    },
  )

  app.get("/api/memberships", { schema: { response: { 200: z.array(memberReply) } } }, async (request) =>
    listMembers(db, teamOf(request).id).map((member) => ({ ...member, user_id: member.id })),
  )

  app.get(
    "/api/teams/:team/storage",
    { schema: { params: teamParams, response: { 200: z.array(z.unknown()) } } },
    // Files are kept by the server itself: there are no external storages to list.
    async () => [],
  )
}
