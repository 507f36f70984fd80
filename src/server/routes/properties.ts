import { z } from "zod"

import { teamOf } from "../auth.ts"
import type { App, ServerContext } from "../context.ts"
import {
  deleteProperty,
  getProperty,
  insertProperty,
  listProperties,
  type Property,
  updateProperty,
  updateValue,
} from "../store/properties.ts"

const types = [
  "single_select",
  "multi_select",
  "text",
  "attributes",
  "instance_id",
  "directional_vector",
] as const

const color = z.string().regex(/^(rgba|auto$)/, "must be auto or begin with rgba")

const valueBody = z.looseObject({ value: z.string().nullable(), color: color.default("auto") })

const trigger = z.union([
  z.looseObject({ type: z.literal("any_value") }),
  z.looseObject({ type: z.literal("value_match"), property_value_ids: z.array(z.string()).min(1) }),
])

const changeBody = z.looseObject({
  name: z.string().optional(),
  type: z.enum(types).optional(),
  description: z.string().nullish(),
  required: z.boolean().optional(),
  property_values: z.array(valueBody).nullish(),
  dataset_ids: z.array(z.number().int()).nullish(),
})

const createBody = changeBody.extend({
  name: z.string(),
  type: z.enum(types),
  required: z.boolean().default(false),
  granularity: z.enum(["section", "annotation", "item"]).default("section"),
  annotation_class_id: z.number().int().nullish(),
  parent_property_id: z.string().nullish(),
  trigger_condition: trigger.nullish(),
})

const valueReply = z.object({
  id: z.string(),
  type: z.literal("string"),
  value: z.string().nullable(),
  color: z.string(),
  position: z.number().int(),
})

const propertyReply = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  type: z.enum(types),
  description: z.string().nullable(),
  required: z.boolean(),
  granularity: z.enum(["section", "annotation", "item"]),
  annotation_class_id: z.number().int().nullable(),
  team_id: z.number().int(),
  position: z.number().int(),
  dataset_ids: z.array(z.number().int()),
  parent_property_id: z.string().nullable(),
  trigger_condition: z.unknown(),
  property_values: z.array(valueReply).optional(),
})

function toPropertyReply(property: Property, withValues: boolean): z.infer<typeof propertyReply> {
  return {
    id: property.id,
    name: property.name,
    slug: property.slug,
    type: property.type as (typeof types)[number],
    description: property.description,
    required: property.required,
    granularity: property.granularity,
    annotation_class_id: property.classId,
    team_id: property.teamId,
    position: property.position,
    dataset_ids: [...property.datasetIds],
    parent_property_id: property.parentId,
    trigger_condition: property.trigger,
    ...(withValues
      ? { property_values: property.values.map((value) => ({ ...value, type: "string" as const })) }
      : {}),
  }
}

const teamParams = z.object({ team: z.string() })
const idParams = teamParams.extend({ id: z.string() })

/** Properties of annotations and items. */
export function propertyRoutes(app: App, { db }: ServerContext): void {
  const base = "/api/v2/teams/:team/properties"

  app.get(
    base,
    {
      schema: {
        params: teamParams,
        querystring: z.strictObject({ include_values: z.enum(["true", "false"]).optional() }),
        response: { 200: z.object({ properties: z.array(propertyReply) }) },
      },
    },
    async (request) => {
      const withValues = request.query.include_values === "true"
      return {
        properties: listProperties(db, teamOf(request).id).map((one) => toPropertyReply(one, withValues)),
      }
    },
  )

  app.post(
    base,
    { schema: { params: teamParams, body: createBody, response: { 201: propertyReply } } },
    async (request, reply) => {
      const team = teamOf(request)
      const { body } = request
      const id = insertProperty(db, team.id, {
        name: body.name,
        type: body.type,
        required: body.required,
        granularity: body.granularity,
        description: body.description,
        classId: body.annotation_class_id,
        parentId: body.parent_property_id,
        trigger: body.trigger_condition,
        datasetIds: body.dataset_ids ?? undefined,
        values: body.property_values ?? undefined,
      })
      return reply.code(201).send(toPropertyReply(getProperty(db, team.id, id), true))
    },
  )

  app.get(
    `${base}/:id`,
    { schema: { params: idParams, response: { 200: propertyReply } } },
    async (request) => toPropertyReply(getProperty(db, teamOf(request).id, request.params.id), true),
  )

  app.put(
    `${base}/:id`,
    { schema: { params: idParams, body: changeBody, response: { 200: propertyReply } } },
    async (request) => {
      const team = teamOf(request)
      const { body, params } = request
      updateProperty(db, team.id, params.id, {
        name: body.name,
        type: body.type,
        required: body.required,
        description: body.description,
        values: body.property_values ?? undefined,
        datasetIds: body.dataset_ids ?? undefined,
      })
      return toPropertyReply(getProperty(db, team.id, params.id), true)
    },
  )

  app.delete(
    `${base}/:id`,
    { schema: { params: idParams, body: z.looseObject({}), response: { 200: z.object({}) } } },
    async (request) => {
      deleteProperty(db, teamOf(request).id, request.params.id)
      return {}
    },
  )

  app.put(
    `${base}/:id/property_values/:value`,
    {
      schema: {
        params: idParams.extend({ value: z.string() }),
        body: z.looseObject({ value: z.string().nullish(), color: color.optional() }),
        response: { 200: valueReply },
      },
    },
    async (request) => {
      const team = teamOf(request)
      const { id, value: valueId } = request.params
      updateValue(db, getProperty(db, team.id, id).id, valueId, request.body)
      const value = getProperty(db, team.id, id).values.find((candidate) => candidate.id === valueId)
      if (value === undefined) throw new Error(`property value ${valueId} is not in the database`)
      return { ...value, type: "string" as const }
    },
  )
}
