import { unprocessable } from "../errors.ts"
import { newId } from "../ids.ts"
import { checkAnnotationData, type StoredFrame, type StoredVideo } from "../stored-annotation.ts"
import { getClass } from "./classes.ts"
import type { Database } from "./database.ts"
import type { Item, Slot } from "./items.ts"
import { getProperty, type Property } from "./properties.ts"

/** A person who made (`annotator`) or checked (`reviewer`) something. */
export interface Actor {
  readonly email: string
  readonly role: "annotator" | "reviewer"
}

/** A selected value: the id of one, or free text. */
export type SelectedValue = string | { readonly text: string }

/** Selected values by frame index or `"global"`, then by property id. */
export type AnnotationProperties = Readonly<
  Record<string, Readonly<Record<string, readonly SelectedValue[]>>>
>

/** An annotation as clients import it. */
export interface ImportedAnnotation {
  readonly id?: string | undefined
  readonly annotation_class_id: number
  readonly data: unknown
  readonly context_keys?: { readonly slot_names?: readonly string[] | undefined } | undefined
  readonly actors?: readonly Actor[] | undefined
  readonly annotation_properties?: AnnotationProperties | undefined
}

/** A selected value of an item property as clients import it. */
export interface ImportedItemProperty {
  readonly property_id: string
  readonly value: { readonly id: string } | { readonly text: string }
  readonly actors?: readonly Actor[] | undefined
}

/** What is imported into one item. */
export interface ImportRequest {
  readonly annotations: readonly ImportedAnnotation[]
  readonly properties?: readonly ImportedItemProperty[] | undefined
  /** Replaces all annotations, and item property values too, rather than adding to them. */
  readonly overwrite: boolean
}

/** An annotation as it is stored. */
export interface StoredAnnotation {
  readonly id: string
  readonly classId: number
  /** The slots it lies in, one or more. */
  readonly slotNames: readonly string[]
  readonly data: StoredFrame | StoredVideo
  readonly actors: readonly Actor[]
  readonly properties: AnnotationProperties
}

/** A selected value of an item property as it is stored. */
export interface StoredItemProperty {
  readonly propertyId: string
  readonly value: { readonly id: string } | { readonly text: string }
  readonly actors: readonly Actor[]
}

/**
 * Stores the annotations of an item. All or nothing: one that cannot be stored refuses the whole request. An id that
 * the item has already is replaced, so that a request may be repeated.
 */
export function importAnnotations(db: Database, teamId: number, item: Item, request: ImportRequest): void {
  const classes = new Map<number, ReturnType<typeof getClass>>()
  const properties = new Map<string, Property>()
  const propertyOf = (id: string): Property => {
    const known = properties.get(id) ?? getProperty(db, teamId, id)
    properties.set(id, known)
    return known
  }
  const now = Date.now()
  db.transaction(() => {
    if (request.overwrite) {
      db.run("DELETE FROM annotations WHERE item_id = ?", [item.id])
      db.run("DELETE FROM item_properties WHERE item_id = ?", [item.id])
    }
    for (const [index, annotation] of request.annotations.entries()) {
      const at = `annotations.${index}`
      const classId = annotation.annotation_class_id
      const annotationClass = classes.get(classId) ?? getClass(db, teamId, classId)
      classes.set(classId, annotationClass)
      const slots = slotsOf(item, annotation, at)
      checkAnnotationData(annotation.data, annotationClass.type, `${at}.data`, slots[0].frameCount)
      checkProperties(annotation.annotation_properties ?? {}, propertyOf, classId, at)
      db.run(
        `INSERT INTO annotations (item_id, id, class_id, slot_names, data, actors, properties, inserted_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (item_id, id) DO UPDATE SET class_id = excluded.class_id, slot_names = excluded.slot_names,
           data = excluded.data, actors = excluded.actors, properties = excluded.properties`,
        [
          item.id,
          annotation.id ?? newId(),
          classId,
          JSON.stringify(slots.map(({ slotName }) => slotName)),
          JSON.stringify(annotation.data),
          JSON.stringify(annotation.actors ?? []),
          JSON.stringify(annotation.annotation_properties ?? {}),
          now,
        ],
      )
    }
    for (const [index, selected] of (request.properties ?? []).entries()) {
      const property = propertyOf(selected.property_id)
      if (property.granularity !== "item") {
        throw unprocessable(`properties.${index}`, `${property.name} is not a property of items`)
      }
      const value = "id" in selected.value ? { id: selected.value.id } : { text: selected.value.text }
      if ("id" in value) checkValue(property, value.id, `properties.${index}`)
      db.run(
        `INSERT INTO item_properties (item_id, property_id, value, actors) VALUES (?, ?, ?, ?)
         ON CONFLICT (item_id, property_id, value) DO UPDATE SET actors = excluded.actors`,
        [item.id, property.id, JSON.stringify(value), JSON.stringify(selected.actors ?? [])],
      )
    }
    db.run("UPDATE items SET updated_at = ? WHERE id = ?", [now, item.id])
  })
}

/** The slots that an annotation names; without any, the item's first. */
function slotsOf(item: Item, annotation: ImportedAnnotation, at: string): [Slot, ...Slot[]] {
  const refuse = (name: string) =>
    unprocessable(`${at}.context_keys.slot_names`, `the item has no slot ${name}`)
  const slots = [...new Set(annotation.context_keys?.slot_names)].map((name) => {
    const slot = item.slots.find((candidate) => candidate.slotName === name)
    if (slot === undefined) throw refuse(name)
    return slot
  })
  const [first = item.slots[0], ...others] = slots
  if (first === undefined) throw refuse("")
  return [first, ...others]
}

function checkProperties(
  selected: AnnotationProperties,
  propertyOf: (id: string) => Property,
  classId: number,
  at: string,
): void {
  for (const [frame, byProperty] of Object.entries(selected)) {
    if (frame !== "global" && !/^\d+$/.test(frame)) {
      throw unprocessable(`${at}.annotation_properties`, `${frame} is neither a frame index nor global`)
    }
    for (const [id, values] of Object.entries(byProperty)) {
      const property = propertyOf(id)
      if (property.classId !== classId) {
        throw unprocessable(`${at}.annotation_properties`, `${property.name} belongs to another class`)
      }
      for (const value of values) {
        if (typeof value === "string") checkValue(property, value, `${at}.annotation_properties`)
      }
    }
  }
}

function checkValue(property: Property, id: string, at: string): void {
  if (!property.values.some((value) => value.id === id))
    throw unprocessable(at, `${id} is no value of ${property.name}`)
}

interface AnnotationRow {
  readonly id: string
  readonly class_id: number
  readonly slot_names: string
  readonly data: string
  readonly actors: string
  readonly properties: string
}

/** The annotations of an item, in the order in which they came. */
export function listAnnotations(db: Database, itemId: string): StoredAnnotation[] {
  return db
    .all<AnnotationRow>(
      "SELECT id, class_id, slot_names, data, actors, properties FROM annotations WHERE item_id = ? ORDER BY row",
      [itemId],
    )
    .map((row) => ({
      id: row.id,
      classId: row.class_id,
      slotNames: JSON.parse(row.slot_names),
      data: JSON.parse(row.data),
      actors: JSON.parse(row.actors),
      properties: JSON.parse(row.properties),
    }))
}

/** The selected values of an item's properties, in the order in which they came. */
export function listItemProperties(db: Database, itemId: string): StoredItemProperty[] {
  return db
    .all<{ property_id: string; value: string; actors: string }>(
      "SELECT property_id, value, actors FROM item_properties WHERE item_id = ? ORDER BY row",
      [itemId],
    )
    .map((row) => ({
      propertyId: row.property_id,
      value: JSON.parse(row.value),
      actors: JSON.parse(row.actors),
    }))
}
