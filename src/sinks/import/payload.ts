import type { Actor, AnnotationPayload, ItemPropertyPayload, SelectedValue } from "../../api/annotations.ts"
import type { DatasetItem } from "../../api/dataset-item.ts"
import { fullPathOf } from "../../api/find-items.ts"
import type { PropertyRecord } from "../../api/properties.ts"
import { ImportError } from "../../errors.ts"
import type { Annotation, Author } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { annotationType } from "../../model/check.ts"
import { annotationData } from "./annotation-data.ts"
import { createAnnotationIds } from "./annotation-id.ts"
import { type IdentifiedAnnotation, isOf, settleMasks } from "./masks.ts"
import { isSelect } from "./property-catalogue.ts"
import { itemSlots, slotFault } from "./slots.ts"

/** What turns the names of a file into the ids of a team. */
export interface Names {
  classId(name: string, type: string): number | undefined
  attributeId(classId: number, name: string): string | number | undefined
  /** The property of a class's annotations, or of items where `classId` is null. */
  property(name: string, classId: number | null): PropertyRecord | undefined
}

/** How a payload is made. */
export interface PayloadOptions {
  /** Names the dataset, for ids that are derived. */
  readonly scope: string
  readonly importAnnotators: boolean
  readonly importReviewers: boolean
}

/** Annotations that go to the service together or not at all. */
export type Unit = readonly AnnotationPayload[]

/** What of a file goes into an item. */
export interface ItemPayload {
  /** In the order in which they are sent. All masks of still images and their raster layers are one unit. */
  readonly units: readonly Unit[]
  readonly properties: readonly ItemPropertyPayload[]
  /** How many annotations it has of each class type. */
  readonly types: Readonly<Record<string, number>>
}

/** Tells what is left out: a whole annotation, or a detail of one that is sent all the same. */
export type LeaveOut = (what: "annotation" | "detail", place: string, reason: string) => void

/**
 * Makes what the service takes of a file's annotations. Everything in the file is in the payload, told to `leaveOut`, or
 * the reason of the error.
 *
 * @throws ImportError (`import`) where the dataset lacks a class, a slot or a property: then nothing of the item is sent.
 */
export function itemPayload(
  file: AnnotationFile,
  item: DatasetItem,
  names: Names,
  options: PayloadOptions,
  leaveOut: LeaveOut,
): ItemPayload {
  const path = fullPathOf(item)
  const fail = (place: string, rule: string) => new ImportError(path, place, rule)
  const idOf = createAnnotationIds(`${options.scope}${path}`, file.annotations)
  const entries = file.annotations.map(
    (annotation): IdentifiedAnnotation => ({ id: idOf(annotation), annotation }),
  )
  const settled = settleMasks(entries)
  const slotsOf = createSlotChoice(file, item)

  const shapes: AnnotationPayload[] = []
  const videos: AnnotationPayload[] = []
  const videoMasks: AnnotationPayload[] = []
  const layers: AnnotationPayload[] = []
  const masks: AnnotationPayload[] = []
  const types: Record<string, number> = {}
  for (const [index, entry] of entries.entries()) {
    const place = `annotations[${index}]`
    const annotation = settled(entry)
    if (typeof annotation === "string") {
      leaveOut("annotation", place, annotation)
      continue
    }
    const type = annotationType(annotation)
    const fault = type === undefined ? "no shape that this library knows" : shapeFault(annotation)
    if (type === undefined || fault !== undefined) {
      leaveOut("annotation", place, fault ?? "")
      continue
    }
    const { name } = annotation
    const classId = names.classId(name, type)
    if (classId === undefined) throw fail(place, classFault(name, type))
    const slotNames = slotsOf(annotation)
    if (typeof slotNames === "string") throw fail(place, slotNames)

    const attributeIds = (listed: readonly string[]) =>
      listed.flatMap((attribute) => {
        const id = names.attributeId(classId, attribute)
        if (id !== undefined) return [id]
        leaveOut(
          "detail",
          place,
          `the class ${JSON.stringify(name)} has no attribute ${JSON.stringify(attribute)}`,
        )
        return []
      })
    const actors = actorsOf(annotation, options)
    const selected = selectedValues(
      annotation,
      (property) => {
        const found = names.property(property, classId)
        if (found === undefined)
          throw fail(place, propertyFault(property, `of class ${JSON.stringify(name)}`))
        return found
      },
      (property, value) => fail(place, valueFault(property, value)),
    )
    const payload: AnnotationPayload = {
      id: entry.id,
      annotation_class_id: classId,
      data: annotationData(annotation, type, attributeIds),
      context_keys: { slot_names: slotNames },
      ...(actors.length > 0 && { actors }),
      ...(selected !== undefined && { annotation_properties: selected }),
    }
    types[type] = (types[type] ?? 0) + 1
    const isMask = type === "mask" || type === "raster_layer"
    if (annotation.type === "video") (isMask ? videoMasks : videos).push(payload)
    else if (isOf(annotation, "raster_layer")) layers.push(payload)
    else (isMask ? masks : shapes).push(payload)
  }
  const units = [...shapes, ...videos].map((one): Unit => [one])
  for (const unit of [videoMasks, [...layers, ...masks]]) if (unit.length > 0) units.push(unit)
  return { units, properties: itemProperties(file, names, options, fail), types }
}

function shapeFault(annotation: Annotation): string | undefined {
  if (annotation.type !== "polygon") return undefined
  const { polygon } = annotation
  const paths = "paths" in polygon ? polygon.paths : [polygon.path]
  return paths.length === 0 || paths.some((path) => path.length === 0)
    ? "a polygon without points"
    : undefined
}

/**
 * The slots that an annotation goes into, or why there is none. One that names none goes to the first slot of its file,
 * where the item has that one, else to the item's main one. A file of one slot goes to an item of one slot whatever
 * their names: most formats have none.
 */
function createSlotChoice(
  file: AnnotationFile,
  item: DatasetItem,
): (annotation: Annotation) => readonly string[] | string {
  const slots = itemSlots(item)
  const own = file.item.slots ?? []
  const first = own[0]?.slot_name
  const main = first !== undefined && slots.names.includes(first) ? first : slots.main
  const single = slots.names.length === 1 && own.length <= 1
  return ({ slot_names: wanted }) => {
    if (wanted === undefined || wanted === null || wanted.length === 0) return [main]
    if (single && wanted.length === 1) return [main]
    return slotFault(wanted, slots) ?? wanted
  }
}

function actorsOf(
  {
    annotators,
    reviewers,
  }: { readonly annotators?: readonly Author[] | null; readonly reviewers?: readonly Author[] | null },
  { importAnnotators, importReviewers }: PayloadOptions,
): Actor[] {
  return [
    ...(importAnnotators ? (annotators ?? []) : []).map(({ email }): Actor => ({ email, role: "annotator" })),
    ...(importReviewers ? (reviewers ?? []) : []).map(({ email }): Actor => ({ email, role: "reviewer" })),
  ]
}

function selectedValues(
  { properties }: Annotation,
  propertyOf: (name: string) => PropertyRecord,
  fault: (property: PropertyRecord, value: string) => ImportError,
): AnnotationPayload["annotation_properties"] {
  if (properties === undefined || properties === null || properties.length === 0) return undefined
  const selected: Record<string, Record<string, SelectedValue[]>> = {}
  for (const { name, value, frame_index: frame } of properties) {
    const property = propertyOf(name)
    const at = frame === undefined || frame === null ? "global" : String(frame)
    const byProperty = selected[at] ?? {}
    selected[at] = byProperty
    const values = byProperty[property.id] ?? []
    byProperty[property.id] = values
    if (value === undefined || value === null) continue
    const one = selectedValue(property, value)
    if (one === undefined) throw fault(property, value)
    if (typeof one === "object" || !values.includes(one)) values.push(one)
  }
  return selected
}

function selectedValue(property: PropertyRecord, value: string): SelectedValue | undefined {
  if (!isSelect(property)) return { text: value }
  return property.property_values.find((one) => one.value === value)?.id
}

function itemProperties(
  { properties }: AnnotationFile,
  names: Names,
  options: PayloadOptions,
  fail: (place: string, rule: string) => ImportError,
): ItemPropertyPayload[] {
  return (properties ?? []).flatMap(({ name, value, ...authors }, index): ItemPropertyPayload[] => {
    const place = `properties[${index}]`
    const property = names.property(name, null)
    if (property === undefined) throw fail(place, propertyFault(name, "of items"))
    if (value === undefined || value === null) return []
    const selected = selectedValue(property, value)
    if (selected === undefined) throw fail(place, valueFault(property, value))
    const stored = typeof selected === "string" ? { id: selected } : selected
    return [{ property_id: property.id, value: stored, actors: actorsOf(authors, options) }]
  })
}

function classFault(name: string, type: string): string {
  const made = type === "skeleton" ? "; classes of skeletons are made by hand, with their nodes" : ""
  return `the dataset has no class ${JSON.stringify(name)} of type ${type}${made}`
}

function propertyFault(name: string, of: string): string {
  return `the team has no property ${JSON.stringify(name)} ${of}, and no definition stands beside the file`
}

function valueFault({ name }: PropertyRecord, value: string): string {
  return `the property ${JSON.stringify(name)} has no value ${JSON.stringify(value)}`
}
