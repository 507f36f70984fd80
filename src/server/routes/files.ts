import type { FastifyRequest } from "fastify"
import { z } from "zod"

import type { App, ServerContext } from "../context.ts"
import { forbidden, notFound, unauthorized } from "../errors.ts"
import { contentTypeOf } from "../file-types.ts"
import { sameToken } from "../ids.ts"
import { sendFile } from "../send-file.ts"
import { listFileTokens } from "../store/exports.ts"
import { type FileRecord, findFile } from "../store/items.ts"
import { thumbnailOf } from "../thumbnail.ts"

const fileParams = z.object({ team: z.string(), id: z.string() })
const fileQuery = z.object({ token: z.string().optional() })

/** The bytes of items: original files, small pictures of them, frames. With a key, or with a release's token. */
export function fileRoutes(app: App, { db, blobs }: ServerContext): void {
  const base = "/api/v2/teams/:team"
  const config = { guests: true }

  function open(request: FastifyRequest, column: "id" | "upload_id"): FileRecord {
    const { team, id } = request.params as z.infer<typeof fileParams>
    const { token } = request.query as z.infer<typeof fileQuery>
    const file = findFile(db, column, id)
    const exists = file !== undefined && file.teamSlug === team && file.state !== "registered"
    const allowed =
      request.team?.slug === team ||
      (exists && (file.public || listFileTokens(db, file.datasetId).some((known) => sameToken(token, known))))
    if (!allowed) {
      if (request.team !== undefined)
        throw forbidden(`the API key is of team ${request.team.slug}, not of ${team}`)
      throw unauthorized("send an API key, or the token of a release")
    }
    if (!exists) throw notFound(`file ${id}`)
    return file
  }

  app.get(
    `${base}/uploads/:id`,
    { config, schema: { params: fileParams, querystring: fileQuery } },
    async (request, reply) => {
      const file = open(request, "upload_id")
      return sendFile(request, reply, blobs.uploadPath(file.uploadId), {
        contentType: contentTypeOf(file.fileName),
        etag: file.sha256 ?? file.uploadId,
      })
    },
  )

  app.get(
    `${base}/files/:id/thumbnail`,
    { config, schema: { params: fileParams, querystring: fileQuery } },
    async (request, reply) => {
      const file = open(request, "id")
      const source = file.hasFrames ? blobs.framePath(file.id, 0) : blobs.uploadPath(file.uploadId)
      const isPng = file.hasFrames || contentTypeOf(file.fileName) === "image/png"
      const small = isPng ? await thumbnailOf(source) : undefined
      if (small !== undefined)
        return reply.type("image/png").header("content-length", small.length).send(small)
      return sendFile(request, reply, source, {
        contentType: contentTypeOf(file.fileName),
        etag: file.sha256 ?? file.uploadId,
      })
    },
  )

  app.get(
    `${base}/files/:id/sections/:index`,
    {
      config,
      schema: {
        params: fileParams.extend({ index: z.coerce.number().int().min(0) }),
        querystring: fileQuery,
      },
    },
    async (request, reply) => {
      const file = open(request, "id")
      const { index } = request.params
      // A picture is its own only section.
      if (file.type === "image" && index === 0) {
        return sendFile(request, reply, blobs.uploadPath(file.uploadId), {
          contentType: contentTypeOf(file.fileName),
          etag: file.sha256 ?? file.uploadId,
        })
      }
      if (!file.hasFrames || index >= (file.frameCount ?? 0))
        throw notFound(`section ${index} of file ${file.id}`)
      return sendFile(request, reply, blobs.framePath(file.id, index), {
        contentType: "image/png",
        etag: `${file.id}-${index}`,
      })
    },
  )
}
