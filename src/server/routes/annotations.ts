import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import { importAnnotations, listAnnotations } from "../store/annotations.ts"
import { listItemProperties } from "../store/item-properties.ts"
import { getItem } from "../store/items.ts"

const actors = z
  .array(z.looseObject({ email: z.string(), role: z.enum(["annotator", "reviewer"]) }))
  .nullish()
  .transform((list) => list?.map(({ email, role }) => ({ email, role })))

const selected = z.union([z.string(), z.looseObject({ text: z.string() })])

const annotationBody = z.looseObject({
  id: z.string().min(1).optional(),
  annotation_class_id: z.number().int(),
  data: z.unknown(),
  context_keys: z.looseObject({ slot_names: z.array(z.string()).optional() }).optional(),
  actors,
  annotation_properties: z.record(z.string(), z.record(z.string(), z.array(selected))).optional(),
})

const importBody = z.looseObject({
  annotations: z.array(annotationBody),
  properties: z
    .array(
      z.looseObject({
        property_id: z.string(),
        value: z.union([z.looseObject({ id: z.string() }), z.looseObject({ text: z.string() })]).nullable(),
        actors,
      }),
    )
    .optional(),
  overwrite: z
    .union([z.boolean(), z.enum(["true", "false"])])
    .default(false)
    .transform((value) => value === true || value === "true"),
})

const annotationReply = z.object({
  id: z.string(),
  annotation_class_id: z.number().int(),
  data: z.unknown(),
  context_keys: z.object({ slot_names: z.array(z.string()) }),
  actors: z.array(z.object({ email: z.string(), role: z.string() })),
  annotation_properties: z.unknown(),
})

const itemParams = z.object({ team: z.string(), id: z.string() })

/** The annotations and property values of an item, in the form in which they are imported. */
export function annotationRoutes(app: App, { db }: ServerContext): void {
  const base = "/api/v2/teams/:team/items/:id"

  app.post(
    `${base}/import`,
    {
      schema: {
        params: itemParams,
        body: importBody,
        response: { 200: z.object({ imported: z.number().int() }) },
      },
    },
    async (request) => {
      const { body, params } = request
      const team = teamOf(request)
      await db.shared(() => importAnnotations(db, team.id, getItem(db, team.id, params.id), body))
      return { imported: body.annotations.length }
    },
  )

  app.get(
    `${base}/annotations`,
    { schema: { params: itemParams, response: { 200: z.array(annotationReply) } } },
    async (request) => {
      const item = getItem(db, teamOf(request).id, request.params.id)
      return listAnnotations(db, item.id).map((annotation) => ({
        id: annotation.id,
        annotation_class_id: annotation.classId,
        data: annotation.data,
        context_keys: { slot_names: [...annotation.slotNames] },
        actors: [...annotation.actors],
        annotation_properties: annotation.properties,
      }))
    },
  )

  app.get(
    `${base}/properties`,
    {
      schema: {
        params: itemParams,
        response: {
          200: z.object({ properties: z.array(z.object({ id: z.string(), values: z.array(z.unknown()) })) }),
        },
      },
    },
    async (request) => {
      const item = getItem(db, teamOf(request).id, request.params.id)
      const values = new Map<string, unknown[]>()
      for (const { propertyId, value } of listItemProperties(db, item.id)) {
        values.set(propertyId, [...(values.get(propertyId) ?? []), ...(value === null ? [] : [value])])
      }
      return { properties: [...values].map(([id, list]) => ({ id, values: list })) }
    },
  )
}
