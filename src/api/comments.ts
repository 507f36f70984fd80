import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** A thread of comments on a place of an item; the keys are the API's. */
export interface CommentThreadRequest {
  /** In pixels of the slot. */
  readonly bounding_box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly comments: readonly { readonly body: string }[]
  readonly slot_name: string
}

/** Begins a thread of comments. */
export async function createCommentThread(
  session: Session,
  itemId: string,
  thread: CommentThreadRequest,
  context?: Context,
): Promise<void> {
  await callApi(session, {
    method: "POST",
    path: ["v2", "teams", session.team, "items", itemId, "comment_threads"],
    body: thread,
    reply: z.unknown(),
    context,
  })
}
