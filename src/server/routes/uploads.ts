import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { baseUrlOf } from "../context.ts"
import { ApiError, forbidden, notFound, storageFull, unprocessable } from "../errors.ts"
import { slotTypeOf } from "../file-types.ts"
import { sameToken } from "../ids.ts"
import { inspectFile } from "../inspect-file.ts"
import { getDatasetBySlug } from "../store/datasets.ts"
import { findFile } from "../store/items.ts"
import { confirmUpload, getUpload, markUploaded, registerItems, storedBytes } from "../store/uploads.ts"

/** Frames per second: a number, that number as text, or `native`; 0 means native, too. */
const fps = z
  .union([z.number(), z.string().regex(/^(native|\d+(\.\d+)?)$/)])
  .nullish()
  .transform((value) => {
    const number = value === "native" ? 0 : Number(value ?? 0)
    return number > 0 ? number : undefined
  })

const flag = z
  .union([z.boolean(), z.enum(["true", "false"])])
  .nullish()
  .transform((value) => value === true || value === "true")

const slotBody = z.looseObject({
  slot_name: z.string().default("0"),
  file_name: z.string().min(1),
  type: z.enum(["image", "video", "dicom", "pdf"]).optional(),
  fps,
  as_frames: flag,
  extract_views: flag,
})

const itemBody = z.looseObject({
  name: z.string(),
  path: z
    .string()
    .nullish()
    .transform((path) => path ?? "/"),
  layout: z.record(z.string(), z.unknown()).nullish(),
  tags: z
    .array(z.unknown())
    .nullish()
    .transform((tags) => tags ?? undefined),
  priority: z
    .number()
    .int()
    .nullish()
    .transform((priority) => priority ?? undefined),
  slots: z.array(slotBody),
})

const slotReply = z.object({
  type: z.string(),
  file_name: z.string(),
  slot_name: z.string(),
  upload_id: z.string().optional(),
  reason: z.string().optional(),
  as_frames: z.boolean(),
  extract_views: z.boolean(),
})

const registeredReply = z.object({
  id: z.string().optional(),
  name: z.string(),
  path: z.string(),
  slots: z.array(slotReply),
})

const teamParams = z.object({ team: z.string() })
const uploadParams = teamParams.extend({ upload: z.string() })

/** Uploading: register items, ask for an address per file, put the bytes there, confirm. */
export function uploadRoutes(app: App, { db, blobs, limits }: ServerContext): void {
  const base = "/api/v2/teams/:team/items"

  function requireStorage(teamId: number): void {
    const limited = Number.isFinite(limits.storageBytes)
    if (limited && storedBytes(db, teamId) >= limits.storageBytes) throw storageFull()
  }

  app.post(
    `${base}/register_upload`,
    {
      schema: {
        params: teamParams,
        body: z.looseObject({ dataset_slug: z.string(), items: z.array(itemBody) }),
        response: {
          200: z.object({ items: z.array(registeredReply), blocked_items: z.array(registeredReply) }),
        },
      },
    },
    async (request) => {
      const team = teamOf(request)
      const dataset = getDatasetBySlug(db, team.slug, request.body.dataset_slug)
      requireStorage(team.id)
      const { items, blocked } = registerItems(db, team.id, dataset.id, request.body.items, {
        maxItems: limits.itemsPerDataset,
      })
      return {
        items: items.map(({ id, name, path, slots }) => ({
          id,
          name,
          path,
          slots: slots.map((slot) => ({
            type: slot.type,
            file_name: slot.fileName,
            slot_name: slot.slotName,
            upload_id: slot.uploadId,
            as_frames: slot.asFrames,
            extract_views: slot.extractViews,
          })),
        })),
        blocked_items: blocked.map(({ item, id, reason }) => ({
          id,
          name: item.name,
          path: item.path,
          slots: item.slots.map((slot) => ({
            type: slot.type ?? slotTypeOf(slot.file_name),
            file_name: slot.file_name,
            slot_name: slot.slot_name,
            reason,
            as_frames: slot.as_frames ?? false,
            extract_views: slot.extract_views ?? false,
          })),
        })),
      }
    },
  )

  app.get(
    `${base}/uploads/:upload/sign`,
    { schema: { params: uploadParams, response: { 200: z.object({ upload_url: z.string() }) } } },
    async (request) => {
      const team = teamOf(request)
      const { uploadId, uploadToken } = getUpload(db, team.id, request.params.upload)
      requireStorage(team.id)
      return { upload_url: `${baseUrlOf(request)}/api/v2/uploads/${uploadId}?token=${uploadToken}` }
    },
  )

  app.post(
    `${base}/uploads/:upload/confirm`,
    {
      schema: {
        params: uploadParams,
        body: z.looseObject({}),
        response: { 200: z.object({ upload_id: z.string() }) },
      },
    },
    async (request) => {
      const slot = getUpload(db, teamOf(request).id, request.params.upload)
      if (slot.state === "registered") throw unprocessable("upload", "nothing has been uploaded yet")
      if (slot.state === "uploaded") {
        const facts = await inspectFile(blobs.uploadPath(slot.uploadId), slot)
        await db.shared(() => confirmUpload(db, slot.uploadId, facts))
      }
      return { upload_id: slot.uploadId }
    },
  )

  // Whatever their type, the bytes of an upload go to disk as they come: no other parser may touch them.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser("*", async (_request: unknown, payload: unknown) => payload)
    scope.put<{ Params: { upload: string }; Querystring: { token?: string } }>(
      "/api/v2/uploads/:upload",
      {
        config: { guests: true },
        schema: {
          params: z.object({ upload: z.string() }),
          querystring: z.object({ token: z.string() }),
          response: { 200: z.object({ upload_id: z.string() }) },
        },
      },
      async (request, reply) => {
        const uploadId = request.params.upload
        const slot = findFile(db, "upload_id", uploadId)
        if (slot === undefined) throw notFound(`upload ${uploadId}`)
        if (!sameToken(request.query.token, slot.uploadToken))
          throw forbidden("the token is not of this upload")
        if (slot.state === "confirmed")
          throw new ApiError(409, { upload: ["is confirmed: its file does not change"] })
        const body = (request.body ?? []) as AsyncIterable<Uint8Array>
        const staged = await blobs.stage(blobs.uploadPath(uploadId), body)
        if (findFile(db, "upload_id", uploadId)?.state === "confirmed") {
          await staged.discard()
          throw new ApiError(409, { upload: ["is confirmed: its file does not change"] })
        }
        // One after the other without a pause, so that the note is always about the file that is there.
        staged.place()
        markUploaded(db, uploadId, staged.sizeBytes, staged.sha256)
        await staged.settle()
        // As S3 tells what it holds, so that clients can compare.
        reply.header("x-amz-checksum-sha256", Buffer.from(staged.sha256, "hex").toString("base64"))
        return { upload_id: uploadId }
      },
    )
  })
}
