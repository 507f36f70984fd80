import { z } from "zod"

import { teamOf } from "../auth.ts"
import { type App, baseUrlOf, type ServerContext } from "../context.ts"
import { forbidden, notFound, unauthorized } from "../errors.ts"
import { sameToken } from "../ids.ts"
import { isoSeconds } from "../replies.ts"
import { datasetItemFilters } from "../request-filters.ts"
import { sendFile } from "../send-file.ts"
import { findDataset, getDatasetBySlug } from "../store/datasets.ts"
import { findRelease, insertRelease, listReleases, type Release } from "../store/exports.ts"

const releaseReply = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  status: z.enum(["pending", "complete", "failed"]),
  error: z.string().nullable(),
  inserted_at: z.string(),
  download_url: z.string().nullable(),
  latest: z.boolean(),
  format: z.literal("darwin_json_2"),
  metadata: z.object({
    num_images: z.number().int(),
    annotation_classes: z.array(z.object({ id: z.number().int(), name: z.string(), type: z.string() })),
  }),
})

const datasetParams = z.object({ team: z.string(), dataset: z.string() })

function toReleaseReply(release: Release, latest: boolean, base: string): z.infer<typeof releaseReply> {
  return {
    id: release.id,
    name: release.name,
    version: release.version,
    status: release.status,
    error: release.error,
    inserted_at: isoSeconds(release.insertedAt),
    download_url:
      release.status === "complete" ? `${base}/${release.id}/download?token=${release.downloadToken}` : null,
    latest,
    format: "darwin_json_2",
    metadata: { num_images: release.itemCount ?? 0, annotation_classes: [...release.classes] },
  }
}

/** Releases: asked for, listed, downloaded. */
export function exportRoutes(app: App, { db, blobs, releases }: ServerContext): void {
  const base = "/api/v2/teams/:team/datasets/:dataset/exports"

  app.get(
    base,
    {
      config: { guests: true },
      schema: {
        params: datasetParams,
        querystring: z.object({ include_unavailable: z.string().optional() }),
        response: { 200: z.array(releaseReply) },
      },
    },
    async (request) => {
      const { team, dataset: slug } = request.params
      const dataset = findDataset(db, team, slug)
      const allowed = dataset !== undefined && (dataset.public || request.team?.slug === team)
      if (!allowed && request.team === undefined) throw unauthorized("this is not an open dataset")
      if (!allowed) throw notFound(`dataset ${team}/${slug}`)
      const all = listReleases(db, dataset.id)
      const latest = all.find((release) => release.status === "complete")?.id
      const url = `${baseUrlOf(request)}/api/v2/teams/${team}/datasets/${slug}/exports`
      return all.map((release) => toReleaseReply(release, release.id === latest, url))
    },
  )

  app.post(
    base,
    {
      schema: {
        params: datasetParams,
        body: z.looseObject({
          name: z.string(),
          format: z.literal("darwin_json_2").nullish(),
          include_export_token: z.boolean().default(false),
          include_authorship: z.boolean().default(false),
          filters: datasetItemFilters.optional(),
          annotation_filters: z.strictObject({}).optional(),
        }),
        response: { 200: releaseReply },
      },
    },
    async (request) => {
      const team = teamOf(request)
      const dataset = getDatasetBySlug(db, team.slug, request.params.dataset)
      const { body } = request
      const release = insertRelease(db, team.id, dataset.id, {
        name: body.name,
        filters: body.filters ?? {},
        includeToken: body.include_export_token,
        includeAuthorship: body.include_authorship,
        baseUrl: baseUrlOf(request),
      })
      releases.enqueue(release.id)
      return toReleaseReply(release, false, "")
    },
  )

  app.get(
    `${base}/:id/download`,
    {
      config: { guests: true },
      schema: {
        params: datasetParams.extend({ id: z.string() }),
        querystring: z.object({ token: z.string().optional() }),
      },
    },
    async (request, reply) => {
      const release = findRelease(db, request.params.id)
      if (release?.status !== "complete") throw notFound(`release ${request.params.id}`)
      if (!sameToken(request.query.token, release.downloadToken)) {
        throw forbidden("the token is not of this release")
      }
      return sendFile(request, reply, blobs.releasePath(release.id), {
        contentType: "application/zip",
        etag: release.sha256 ?? release.id,
        fileName: `${release.name}.zip`,
      })
    },
  )
}
