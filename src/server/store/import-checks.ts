import { unprocessable } from "../errors.ts"
import { checkAnnotationData, isVideoData, type StoredFrame, type StoredVideo } from "../stored-annotation.ts"
import { getClass, hasAttribute } from "./classes.ts"
import type { Database } from "./database.ts"
import type { AnnotationProperties, ImportedAnnotation, ImportedItemProperty } from "./import-request.ts"
import type { Item, Slot } from "./items.ts"
import { getProperty, type Property } from "./properties.ts"

/** Checks the parts of one import against the definitions of a team, each of which is read once. */
export interface ImportChecks {
  /** Refuses an annotation that could not be given back as it came; returns the names of its slots. */
  annotation(item: Item, annotation: ImportedAnnotation, at: string): string[]
  /** Refuses a value that is none of an item property; returns the property. */
  itemProperty(selected: ImportedItemProperty, at: string): Property
}

/** The checks of one import. They answer 422, or 404 for a class or property that is not there. */
export function createImportChecks(db: Database, teamId: number): ImportChecks {
  const classOf = remember((id: number) => getClass(db, teamId, id))
  const propertyOf = remember((id: string) => getProperty(db, teamId, id))
  const attributesOf = remember((classId: number) => remember((id: number) => hasAttribute(db, classId, id)))
  return {
    annotation(item, annotation, at) {
      const { id: classId, type } = classOf(annotation.annotation_class_id)
      const slots = slotsOf(item, annotation, at)
      checkAnnotationData(annotation.data, type, `${at}.data`, slots[0].frameCount)
      checkAttributes(annotation.data as StoredFrame | StoredVideo, attributesOf(classId), `${at}.data`)
      checkProperties(annotation.annotation_properties ?? {}, propertyOf, classId, at)
      return slots.map(({ slotName }) => slotName)
    },
    itemProperty({ property_id: id, value }, at) {
      const property = propertyOf(id)
      if (property.granularity !== "item") {
        throw unprocessable(at, `${property.name} is not a property of items`)
      }
      if (value !== null) checkValue(property, "id" in value ? value.id : value, at)
      return property
    },
  }
}

function remember<Key, Value>(read: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const value = known.get(key) ?? read(key)
    known.set(key, value)
    return value
  }
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

function checkAttributes(
  data: StoredFrame | StoredVideo,
  isKnown: (id: number) => boolean,
  at: string,
): void {
  for (const { attributes } of isVideoData(data) ? Object.values(data.frames) : [data]) {
    if (attributes == null) continue
    for (const id of (attributes as { readonly attributes: readonly (number | string)[] }).attributes) {
      if (!isKnown(Number(id))) throw unprocessable(`${at}.attributes`, `${id} is no attribute of the class`)
    }
  }
}

function checkProperties(
  selected: AnnotationProperties,
  propertyOf: (id: string) => Property,
  classId: number,
  annotationAt: string,
): void {
  const at = `${annotationAt}.annotation_properties`
  for (const [frame, byProperty] of Object.entries(selected)) {
    if (frame !== "global" && !/^\d+$/.test(frame)) {
      throw unprocessable(at, `${frame} is neither a frame index nor global`)
    }
    for (const [id, values] of Object.entries(byProperty)) {
      const property = propertyOf(id)
      if (property.classId !== classId) throw unprocessable(at, `${property.name} belongs to another class`)
      for (const value of values) checkValue(property, value, at)
    }
  }
}

/** A value goes by its id, but for text, which stands for itself. */
function checkValue(property: Property, value: string | { readonly text: string }, at: string): void {
  if (typeof value === "object") {
    if (property.type.endsWith("_select"))
      throw unprocessable(at, `${property.name} has values, and takes no text`)
  } else if (!property.values.some(({ id }) => id === value)) {
    throw unprocessable(at, `${value} is no value of ${property.name}`)
  }
}
