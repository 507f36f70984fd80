import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** A selected value of a property: the id of one, or a text. */
export type SelectedValue = string | { readonly text: string }

/** A person who made (`annotator`) or checked (`reviewer`) something. */
export interface Actor {
  readonly email: string
  readonly role: "annotator" | "reviewer"
}

/** An annotation as the API takes it. */
export interface AnnotationPayload {
  readonly id: string
  readonly annotation_class_id: number
  readonly data: Readonly<Record<string, unknown>>
  readonly context_keys: { readonly slot_names: readonly string[] }
  readonly actors?: readonly Actor[]
  /** Selected values by frame index or `global`, then by the id of the property. */
  readonly annotation_properties?: Readonly<
    Record<string, Readonly<Record<string, readonly SelectedValue[]>>>
  >
}

/** A selected value of an item's property as the API takes it. */
export interface ItemPropertyPayload {
  readonly property_id: string
  readonly value: { readonly id: string } | { readonly text: string }
  readonly actors: readonly Actor[]
}

/** An annotation that an item holds. */
export interface AnnotationRecord {
  readonly id: string
  readonly annotation_class_id?: number | null | undefined
  readonly data?: unknown
}

/** The selected values that an item holds of one of its properties. */
export interface ItemPropertyRecord {
  readonly id: string
  readonly values?: readonly unknown[] | null | undefined
}

const path = (session: Session, itemId: string, what: string) => [
  "v2",
  "teams",
  session.team,
  "items",
  itemId,
  what,
]

/** The annotations of an item. */
export function listAnnotations(
  session: Session,
  itemId: string,
  context?: Context,
): Promise<readonly AnnotationRecord[]> {
  const reply = z.array(
    z.looseObject({ id: z.string(), annotation_class_id: z.number().nullish(), data: z.unknown() }),
  )
  return callApi(session, { path: path(session, itemId, "annotations"), reply, context })
}

/** The selected values of an item's properties. */
export async function listItemProperties(
  session: Session,
  itemId: string,
  context?: Context,
): Promise<readonly ItemPropertyRecord[]> {
  const reply = z.looseObject({
    properties: z.array(z.looseObject({ id: z.string(), values: z.array(z.unknown()).nullish() })),
  })
  return (await callApi(session, { path: path(session, itemId, "properties"), reply, context })).properties
}

/**
 * Puts annotations into an item; `json` is the body. One that replaces what is there (`idempotent`) is repeated after a
 * broken connection.
 */
export async function postAnnotations(
  session: Session,
  itemId: string,
  json: string,
  idempotent: boolean,
  context?: Context,
): Promise<void> {
  const call = { path: path(session, itemId, "import"), json, idempotent, reply: z.unknown(), context }
  await callApi(session, { method: "POST", ...call })
}
