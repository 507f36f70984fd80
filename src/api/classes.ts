import { z } from "zod"
import type { Context } from "../stream.ts"
import { callApi } from "./call.ts"
import type { Session } from "./session.ts"

/** An annotation class of a team. */
export interface ClassRecord {
  readonly id: number
  readonly name: string
  /** The type of its shape first, then those of its sub-annotations. */
  readonly annotation_types: readonly string[]
  /** The datasets in which it is switched on. */
  readonly datasets: readonly { readonly id: number }[]
}

/** A kind of shape or of sub-annotation. */
export interface AnnotationTypeRecord {
  readonly id: number
  readonly name: string
}

/** An attribute that annotations of a class can have. */
export interface AttributeRecord {
  readonly class_id: number
  readonly name: string
  readonly id: string | number
}

const annotationClass: z.ZodType<ClassRecord> = z.looseObject({
  id: z.number().int(),
  name: z.string(),
  annotation_types: z.array(z.string()).min(1),
  datasets: z.array(z.looseObject({ id: z.number().int() })),
})

/** All annotation classes of the session's team. */
export async function listClasses(session: Session, context?: Context): Promise<readonly ClassRecord[]> {
  const query = new URLSearchParams({ include_tags: "true" })
  const reply = z.looseObject({ annotation_classes: z.array(annotationClass) })
  const path = ["teams", session.team, "annotation_classes"]
  return (await callApi(session, { path, query, reply, context })).annotation_classes
}

/** All kinds of shapes and sub-annotations. */
export function listAnnotationTypes(
  session: Session,
  context?: Context,
): Promise<readonly AnnotationTypeRecord[]> {
  const reply = z.array(z.looseObject({ id: z.number().int(), name: z.string() }))
  return callApi(session, { path: ["annotation_types"], reply, context })
}

/** The attributes of the classes that are switched on for a dataset. */
export function listAttributes(
  session: Session,
  datasetId: number,
  context?: Context,
): Promise<readonly AttributeRecord[]> {
  const reply = z.array(
    z.looseObject({ class_id: z.number().int(), name: z.string(), id: z.union([z.string(), z.number()]) }),
  )
  return callApi(session, { path: ["datasets", String(datasetId), "attributes"], reply, context })
}

/** Makes a class for the team and switches it on for a dataset. The types are ids of `listAnnotationTypes`. */
export async function createClass(
  session: Session,
  datasetId: number,
  name: string,
  typeIds: readonly number[],
  context?: Context,
): Promise<void> {
  await callApi(session, {
    method: "POST",
    path: ["annotation_classes"],
    body: {
      dataset_id: datasetId,
      name,
      metadata: { _color: "auto" },
      annotation_type_ids: typeIds,
      datasets: [{ id: datasetId }],
    },
    reply: z.unknown(),
    context,
  })
}

/** Switches a class on for one more dataset. */
export async function addClassToDataset(
  session: Session,
  datasetId: number,
  { id, datasets }: ClassRecord,
  context?: Context,
): Promise<void> {
  await callApi(session, {
    method: "PUT",
    path: ["annotation_classes", String(id)],
    body: { datasets: [...datasets, { id: datasetId }], id },
    reply: z.unknown(),
    context,
  })
}
