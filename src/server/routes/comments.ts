import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { isoSeconds } from "../replies.ts"
import { type CommentThread, insertCommentThread, listCommentThreads } from "../store/comments.ts"
import { getItem } from "../store/items.ts"

const box = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })

const threadBody = z.looseObject({
  bounding_box: box,
  comments: z.array(z.looseObject({ body: z.string() })).min(1),
  slot_name: z.string().nullish(),
})

const threadReply = z.object({
  id: z.string(),
  slot_name: z.string(),
  bounding_box: box,
  comments: z.array(z.object({ id: z.string(), body: z.string() })),
  comment_count: z.number().int(),
  inserted_at: z.string(),
})

const itemParams = z.object({ team: z.string(), id: z.string() })

function toThreadReply(thread: CommentThread): z.infer<typeof threadReply> {
  return {
    id: thread.id,
    slot_name: thread.slotName,
    bounding_box: { ...thread.box },
    comments: [...thread.comments],
    comment_count: thread.comments.length,
    inserted_at: isoSeconds(thread.insertedAt),
  }
}

/** What people say about places of an item. */
export function commentRoutes(app: App, { db }: ServerContext): void {
  const path = "/api/v2/teams/:team/items/:id/comment_threads"

  app.post(
    path,
    { schema: { params: itemParams, body: threadBody, response: { 201: threadReply } } },
    async (request, reply) => {
      const item = getItem(db, teamOf(request).id, request.params.id)
      return reply.code(201).send(toThreadReply(insertCommentThread(db, item, request.body)))
    },
  )

  app.get(
    path,
    { schema: { params: itemParams, response: { 200: z.array(threadReply) } } },
    async (request) => {
      const item = getItem(db, teamOf(request).id, request.params.id)
      return listCommentThreads(db, item.id).map(toThreadReply)
    },
  )
}
