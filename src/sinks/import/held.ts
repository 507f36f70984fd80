import {
  type AnnotationPayload,
  type AnnotationRecord,
  type ItemPropertyPayload,
  listAnnotations,
  listItemProperties,
} from "../../api/annotations.ts"
import type { Session } from "../../api/session.ts"
import type { Context } from "../../stream.ts"
import type { ItemPayload } from "./payload.ts"

/** What an item holds on the service. */
export interface Held {
  readonly annotations: ReadonlyMap<string, AnnotationRecord>
  /** Selected values of its properties, each as `property value`; undefined where they were not asked for. */
  readonly values: ReadonlySet<string> | undefined
}

/** Asks the service what an item holds. */
export async function fetchHeld(
  session: Session,
  itemId: string,
  { withProperties }: { readonly withProperties: boolean },
  context: Context,
): Promise<Held> {
  const [annotations, properties] = await Promise.all([
    listAnnotations(session, itemId, context),
    withProperties ? listItemProperties(session, itemId, context) : undefined,
  ])
  return {
    annotations: new Map(annotations.map((annotation) => [annotation.id, annotation])),
    values:
      properties &&
      new Set(properties.flatMap(({ id, values }) => (values ?? []).map((value) => valueKey(id, value)))),
  }
}

/** Whether the item holds a selected value already. */
export function holdsValue(held: Held, { property_id: id, value }: ItemPropertyPayload): boolean {
  return held.values?.has(valueKey(id, value)) ?? false
}

function valueKey(propertyId: string, value: unknown): string {
  const { id, text } = (typeof value === "object" && value !== null ? value : { id: value }) as {
    id?: unknown
    text?: unknown
  }
  return JSON.stringify([propertyId, id === undefined ? { text } : { id }])
}

/** Whether an item holds nothing but what the payload has as well, and the same. */
export function holdsOnly(
  held: Held,
  { units, properties }: Pick<ItemPayload, "units" | "properties">,
): boolean {
  const sent = new Map(units.flat().map((annotation) => [annotation.id, annotation]))
  const values = new Set(properties.map(({ property_id: id, value }) => valueKey(id, value)))
  const isSent = (there: AnnotationRecord) => {
    const annotation = sent.get(there.id)
    return annotation !== undefined && isSame(there, annotation)
  }
  return (
    [...held.annotations.values()].every(isSent) &&
    [...(held.values ?? [])].every((value) => values.has(value))
  )
}

/**
 * Whether an annotation that the item holds is the one that would be sent: of the same class, with all that would be sent.
 * The service may have added to it, such as the box around a polygon.
 */
export function isSame(held: AnnotationRecord, sent: AnnotationPayload): boolean {
  const { annotation_class_id: classId, data } = held
  if (typeof classId === "number" && classId !== sent.annotation_class_id) return false
  return data === undefined || contains(data, sent.data)
}

function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) &&
      whole.length === part.length &&
      part.every((value, index) => contains(whole[index], value))
    )
  }
  if (typeof part === "object" && part !== null) {
    if (typeof whole !== "object" || whole === null) return false
    return Object.entries(part).every(([key, value]) =>
      contains((whole as Record<string, unknown>)[key], value),
    )
  }
  return Object.is(whole, part)
}
