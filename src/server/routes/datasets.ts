import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { notFound, unauthorized } from "../errors.ts"
import { datasetReply, toDatasetReply } from "../replies.ts"
import { listAttributes } from "../store/classes.ts"
import { archiveDataset, findDataset, getDataset, insertDataset, listDatasets } from "../store/datasets.ts"

const idParams = z.object({ id: z.coerce.number().int() })

/** Datasets of the key's team. */
export function datasetRoutes(app: App, { db }: ServerContext): void {
  app.get(
    "/api/datasets",
    {
      schema: {
        querystring: z.strictObject({ id: z.coerce.number().int().optional() }),
        response: { 200: z.union([z.array(datasetReply), datasetReply]) },
      },
    },
    async (request) => {
      const team = teamOf(request)
      const { id } = request.query
      if (id !== undefined) return toDatasetReply(getDataset(db, team.id, id))
      return listDatasets(db, team.id).map(toDatasetReply)
    },
  )

  app.post(
    "/api/datasets",
    { schema: { body: z.looseObject({ name: z.string() }), response: { 201: datasetReply } } },
    async (request, reply) => {
      const team = teamOf(request)
      const id = insertDataset(db, team.id, request.body.name)
      return reply.code(201).send(toDatasetReply(getDataset(db, team.id, id)))
    },
  )

  app.get(
    "/api/datasets/:id",
    { schema: { params: idParams, response: { 200: datasetReply } } },
    async (request) => toDatasetReply(getDataset(db, teamOf(request).id, request.params.id)),
  )

  app.put(
    "/api/datasets/:id/archive",
    { schema: { params: idParams, body: z.looseObject({}), response: { 200: datasetReply } } },
    async (request) => {
      const dataset = getDataset(db, teamOf(request).id, request.params.id)
      archiveDataset(db, dataset.id)
      return toDatasetReply({ ...dataset, archivedAt: Date.now() })
    },
  )

  app.get(
    "/api/datasets/:id/attributes",
    {
      schema: {
        params: idParams,
        response: {
          200: z.array(z.object({ id: z.number().int(), class_id: z.number().int(), name: z.string() })),
        },
      },
    },
    async (request) => listAttributes(db, getDataset(db, teamOf(request).id, request.params.id).id),
  )

  app.get(
    "/api/:team/:dataset",
    {
      config: { guests: true },
      schema: {
        params: z.object({ team: z.string(), dataset: z.string() }),
        response: { 200: datasetReply },
      },
    },
    async (request) => {
      const { team, dataset: slug } = request.params
      const dataset = findDataset(db, team, slug)
      if (dataset !== undefined && (dataset.public || request.team?.slug === team))
        return toDatasetReply(dataset)
      if (request.team === undefined) throw unauthorized("this is not an open dataset")
      throw notFound(`dataset ${team}/${slug}`)
    },
  )
}
