import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { DatasetHandle, Session } from "./session.ts"

/** An item that is to be uploaded; the keys are the API's. */
export interface UploadRequest {
  readonly name: string
  /** The folder: `/` or `/a/b`. */
  readonly path: string
  readonly layout?: Readonly<Record<string, unknown>>
  readonly slots: readonly {
    readonly slot_name: string
    readonly file_name: string
    readonly fps?: number | string
    readonly as_frames?: boolean
    readonly extract_views?: boolean
  }[]
}

/** What the service says of one slot: where its file goes, or why it is refused. */
export interface RegisteredSlot {
  readonly slot_name: string
  readonly upload_id?: string | null | undefined
  readonly reason?: string | null | undefined
}

/** What the service says of an item that was registered. */
export interface RegisteredItem {
  readonly id?: string | null | undefined
  readonly name: string
  readonly path: string
  readonly slots: readonly RegisteredSlot[]
}

/** The answer to a registration: items whose files are waited for, and those that are refused. */
export interface Registration {
  readonly items: readonly RegisteredItem[]
  readonly blocked_items: readonly RegisteredItem[]
}

/** How far the upload of an item has come. */
export interface ItemUploads {
  /** Whether files of it are still waited for. */
  readonly open: boolean
  /** The files that are still waited for. */
  readonly waiting: readonly { readonly slot_name: string; readonly upload_id: string }[]
}

const registeredItem = z.looseObject({
  id: z.string().nullish(),
  name: z.string(),
  path: z.string(),
  slots: z.array(
    z.looseObject({
      slot_name: z.string(),
      upload_id: z.string().nullish(),
      reason: z.string().nullish(),
    }),
  ),
})

const registration: z.ZodType<Registration> = z.looseObject({
  items: z.array(registeredItem),
  blocked_items: z.array(registeredItem),
})

const signed = z.looseObject({ upload_url: z.url({ protocol: /^https?$/ }) })

// An answer of 200 may say that it is none.
const confirmed = z.looseObject({ errors: z.unknown().optional() }).superRefine(({ errors }, context) => {
  if (errors === undefined || errors === null) return
  context.addIssue({ code: "custom", path: ["errors"], message: JSON.stringify(errors) })
})

const states = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      processing_status: z.string().nullish(),
      uploads: z
        .array(
          z.looseObject({
            slot_name: z.string(),
            upload_id: z.string(),
            processing_status: z.string().nullish(),
          }),
        )
        .nullish(),
    }),
  ),
})

/** How many items `fetchUploads` asks for at a time: an address with many more is longer than servers take. */
export const maxFetchedUploads = 100

/**
 * Tells the service which files will come. Repeated after a broken connection: what was registered by a try whose answer
 * was lost is then given out once more, or blocked, and `fetchUploads` tells that its files are waited for.
 */
export function registerUpload(
  { session, slug }: DatasetHandle,
  items: readonly UploadRequest[],
  handleAsSlices: boolean,
  context?: Context,
): Promise<Registration> {
  return callApi(session, {
    method: "POST",
    path: itemsPath(session, "register_upload"),
    body: { items, options: { handle_as_slices: handleAsSlices }, dataset_slug: slug },
    reply: registration,
    idempotent: true,
    context,
  })
}

/** The address that the bytes of an upload are put to; it needs no key and holds for a while only. */
export async function signUpload(session: Session, uploadId: string, context?: Context): Promise<string> {
  const path = itemsPath(session, "uploads", uploadId, "sign")
  return (await callApi(session, { path, reply: signed, context })).upload_url
}

/** Tells the service that all bytes of an upload are there. To say so twice changes nothing. */
export async function confirmUpload(session: Session, uploadId: string, context?: Context): Promise<void> {
  const path = itemsPath(session, "uploads", uploadId, "confirm")
  await callApi(session, { method: "POST", path, body: {}, reply: confirmed, idempotent: true, context })
}

/** How far the uploads of items have come, by item id; at most `maxFetchedUploads` of them. Items that are gone are left out. */
export async function fetchUploads(
  { session, id }: DatasetHandle,
  itemIds: readonly string[],
  context?: Context,
): Promise<Map<string, ItemUploads>> {
  const query = new URLSearchParams([
    ...itemIds.map((itemId): [string, string] => ["item_ids[]", itemId]),
    ["page[size]", String(maxFetchedUploads)],
    ["dataset_ids[]", String(id)],
  ])
  const { items } = await callApi(session, { path: itemsPath(session), query, reply: states, context })
  return new Map(
    items.map((item) => [
      item.id,
      {
        open: (item.processing_status ?? item.status) === "uploading",
        waiting: (item.uploads ?? []).filter(
          ({ processing_status: status }) => (status ?? "uploading") === "uploading",
        ),
      },
    ]),
  )
}

function itemsPath({ team }: Session, ...more: readonly string[]): string[] {
  return ["v2", "teams", team, "items", ...more]
}
