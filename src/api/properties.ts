import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** One value that a property of type select can have. */
export interface PropertyValueRecord {
  readonly id: string
  readonly value: string | null
}

/** When a nested property is asked for: whatever its parent's value, or for some values of it. */
export type TriggerRecord =
  | { readonly type: "any_value" }
  | { readonly type: "value_match"; readonly property_value_ids: readonly string[] }

/** A property of the annotations of a class (for each frame or for the whole), or of items. */
export interface PropertyRecord {
  readonly id: string
  readonly name: string
  /** `single_select`, `multi_select`, `text` and others. */
  readonly type: string
  readonly required: boolean
  readonly granularity: "section" | "annotation" | "item"
  readonly annotation_class_id: number | null
  readonly property_values: readonly PropertyValueRecord[]
  readonly dataset_ids: readonly number[]
  readonly description: string | null
}

/** What a new property is. */
export interface NewProperty {
  readonly name: string
  readonly type: string
  readonly description: string
  readonly required: boolean
  readonly granularity: PropertyRecord["granularity"]
  readonly property_values?: readonly NewPropertyValue[]
  readonly annotation_class_id?: number
  readonly dataset_ids?: readonly number[]
  readonly parent_property_id?: string
  readonly trigger_condition?: TriggerRecord
}

/** A value to be added to a property. */
export interface NewPropertyValue {
  readonly value: string
  readonly color: string
  readonly type: "string"
}

const property = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  required: z
    .boolean()
    .nullish()
    .transform((required) => required ?? false),
  granularity: z
    .enum(["section", "annotation", "item"])
    .nullish()
    .transform((granularity) => granularity ?? "section"),
  annotation_class_id: z
    .number()
    .int()
    .nullish()
    .transform((id) => id ?? null),
  property_values: z
    .array(z.looseObject({ id: z.string(), value: z.string().nullable() }))
    .nullish()
    .transform((values) => values ?? []),
  dataset_ids: z
    .array(z.number().int())
    .nullish()
    .transform((ids) => ids ?? []),
  description: z
    .string()
    .nullish()
    .transform((description) => description ?? null),
})

const path = (session: Session, ...more: string[]) => ["v2", "teams", session.team, "properties", ...more]

/** All properties of the session's team, with their values. */
export async function listProperties(
  session: Session,
  context?: Context,
): Promise<readonly PropertyRecord[]> {
  const query = new URLSearchParams({ include_values: "true" })
  const reply = z.looseObject({ properties: z.array(property) })
  return (await callApi(session, { path: path(session), query, reply, context })).properties
}

/** Makes a property. */
export function createProperty(
  session: Session,
  body: NewProperty,
  context?: Context,
): Promise<PropertyRecord> {
  return callApi(session, { method: "POST", path: path(session), body, reply: property, context })
}

/** Adds values to a property, and sets its datasets where they are given. */
export function extendProperty(
  session: Session,
  { id, name, type, description, required }: PropertyRecord,
  added: { readonly values: readonly NewPropertyValue[]; readonly datasetIds?: readonly number[] },
  context?: Context,
): Promise<PropertyRecord> {
  const body = {
    name,
    type,
    description,
    required,
    ...(type !== "text" && { property_values: added.values }),
    ...(added.datasetIds !== undefined && { dataset_ids: added.datasetIds }),
  }
  return callApi(session, { method: "PUT", path: path(session, id), body, reply: property, context })
}
