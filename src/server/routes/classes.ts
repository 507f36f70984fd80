import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { classReply, toClassReply } from "../replies.ts"
import { annotationTypes } from "../store/annotation-types.ts"
import { getClass, insertClass, listClasses, typeNames, updateClass } from "../store/classes.ts"

const datasetList = z.array(z.looseObject({ id: z.number().int() }))
const typeIds = z.array(z.number().int())
const metadata = z.record(z.string(), z.unknown())

const classBody = z.looseObject({
  name: z.string(),
  annotation_type_ids: typeIds.optional(),
  annotation_types: z.array(z.string()).optional(),
  dataset_id: z.number().int().optional(),
  datasets: datasetList.optional(),
  description: z.string().nullish(),
  metadata: metadata.optional(),
})

const teamParams = z.object({ team: z.string() })

/** Annotation classes of the key's team, and the types they can have. */
export function classRoutes(app: App, { db }: ServerContext): void {
  app.get(
    "/api/teams/:team/annotation_classes",
    {
      schema: {
        params: teamParams,
        querystring: z.strictObject({ include_tags: z.enum(["true", "false"]).optional() }),
        response: { 200: z.object({ annotation_classes: z.array(classReply) }) },
      },
    },
    async (request) => {
      const hideTags = request.query.include_tags === "false"
      const classes = listClasses(db, teamOf(request).id).filter((entry) => !hideTags || entry.type !== "tag")
      return { annotation_classes: classes.map(toClassReply) }
    },
  )

  for (const path of ["/api/annotation_classes", "/api/teams/:team/annotation_classes"]) {
    app.post(path, { schema: { body: classBody, response: { 201: classReply } } }, async (request, reply) => {
      const team = teamOf(request)
      const { body } = request
      const single = body.dataset_id === undefined ? [] : [body.dataset_id]
      const id = insertClass(db, team.id, {
        name: body.name,
        annotationTypes: body.annotation_types ?? typeNames(body.annotation_type_ids ?? []),
        datasetIds: [...single, ...(body.datasets ?? []).map((dataset) => dataset.id)],
        description: body.description,
        metadata: body.metadata,
      })
      return reply.code(201).send(toClassReply(getClass(db, team.id, id)))
    })
  }

  app.put(
    "/api/annotation_classes/:id",
    {
      schema: {
        params: z.object({ id: z.coerce.number().int() }),
        body: classBody.partial(),
        response: { 200: classReply },
      },
    },
    async (request) => {
      const team = teamOf(request)
      const { body, params } = request
      updateClass(db, team.id, params.id, {
        name: body.name,
        annotationTypes:
          body.annotation_types ?? (body.annotation_type_ids && typeNames(body.annotation_type_ids)),
        datasetIds: body.datasets?.map((dataset) => dataset.id),
        description: body.description,
        metadata: body.metadata,
      })
      return toClassReply(getClass(db, team.id, params.id))
    },
  )

  app.get(
    "/api/annotation_types",
    { schema: { response: { 200: z.array(z.object({ id: z.number().int(), name: z.string() })) } } },
    async () => [...annotationTypes],
  )
}
