import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** The items that an action is for, one by one: never a filter, which could match more than was meant. */
export interface ActionTarget {
  readonly datasetId: number
  readonly itemIds: readonly string[]
}

/** What one action does; the keys are the API's. */
export type ItemAction =
  | { readonly action: "archive" | "restore" | "delete" }
  | { readonly action: "stage"; readonly stage_id: string; readonly workflow_id: string }
  | { readonly action: "path"; readonly path: string }
  | { readonly action: "priority"; readonly priority: number }

// An answer of another form is still a success: what it does not say has to be looked up.
const affected: z.ZodType<{ readonly affected_item_count?: number | undefined }> = z
  .looseObject({ affected_item_count: z.number().int().optional() })
  .catch({})

/**
 * Has the service do something with items. All actions set a state, so that doing one twice is doing it once.
 *
 * Gives how many items the service says it has changed; undefined where it does not say.
 */
export async function actOnItems(
  session: Session,
  { datasetId, itemIds }: ActionTarget,
  { action, ...values }: ItemAction,
  context?: Context,
): Promise<number | undefined> {
  const items = ["v2", "teams", session.team, "items"]
  const reply = await callApi(session, {
    method: action === "delete" ? "DELETE" : "POST",
    path: action === "delete" ? items : [...items, action],
    body: { filters: { dataset_ids: [datasetId], item_ids: itemIds }, ...values },
    idempotent: true,
    reply: affected,
    context,
  })
  return reply.affected_item_count
}
