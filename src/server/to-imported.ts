import type { Annotation, PropertyValue } from "../model/annotation.ts"
import type { ImportedAnnotation } from "./store/import-request.ts"
import type { StoredFrame } from "./stored-annotation.ts"

/** What turns the names of a file into the ids of the database. */
export interface NameResolver {
  classId(name: string, type: string): number
  attributeId(classId: number, name: string): number
  /** The ids of a selected value, for the property of a class. */
  selection(
    classId: number,
    value: PropertyValue,
  ): { readonly propertyId: string; readonly valueId: string | undefined }
}

/** An annotation of a Darwin JSON file in the form in which clients import it: keyframes only, ids for names. */
export function toImported(annotation: Annotation, resolver: NameResolver): ImportedAnnotation {
  const { id, name, slot_names: slotNames, properties, annotators, reviewers, type, ...rest } = annotation
  const { classId, data } =
    annotation.type === "video"
      ? videoData(annotation, resolver)
      : stillData(name, type, rest as Readonly<Record<string, unknown>>, resolver)
  const actors = [
    ...(annotators ?? []).map(({ email }) => ({ email, role: "annotator" as const })),
    ...(reviewers ?? []).map(({ email }) => ({ email, role: "reviewer" as const })),
  ]
  const selected: Record<string, Record<string, string[]>> = {}
  for (const value of properties ?? []) {
    const { propertyId, valueId } = resolver.selection(classId, value)
    const frame = String(value.frame_index ?? "global")
    const byProperty = selected[frame] ?? {}
    selected[frame] = byProperty
    byProperty[propertyId] = [...(byProperty[propertyId] ?? []), ...(valueId === undefined ? [] : [valueId])]
  }
  return {
    id: id ?? undefined,
    annotation_class_id: classId,
    data,
    ...(slotNames == null || slotNames.length === 0 ? {} : { context_keys: { slot_names: slotNames } }),
    actors,
    annotation_properties: selected,
  }
}

function stillData(
  name: string,
  type: string,
  keys: Readonly<Record<string, unknown>>,
  resolver: NameResolver,
): { classId: number; data: StoredFrame } {
  const classId = resolver.classId(name, type)
  return { classId, data: frameData(type, keys, classId, resolver) }
}

function videoData(
  annotation: Extract<Annotation, { readonly type: "video" }>,
  resolver: NameResolver,
): { classId: number; data: Record<string, unknown> } {
  const frames = Object.entries(annotation.frames)
  const type = mainKeyOf(Object.keys(frames[0]?.[1] ?? {}))
  const classId = resolver.classId(annotation.name, type)
  const keyframes = frames.filter(([, frame]) => frame.keyframe === true)
  return {
    classId,
    data: {
      // A file that flags none lists every frame as it is.
      frames: Object.fromEntries(
        (keyframes.length > 0 ? keyframes : frames).map(([index, frame]) => [
          index,
          {
            ...frameData(type, frame as Readonly<Record<string, unknown>>, classId, resolver),
            keyframe: true,
          },
        ]),
      ),
      segments: annotation.ranges ?? annotation.segments ?? [],
      hidden_areas: annotation.hidden_areas ?? [],
      interpolated: annotation.interpolated ?? false,
      ...(annotation.only_keyframes === undefined ? {} : { only_keyframes: annotation.only_keyframes }),
    },
  }
}

const BESIDE_SHAPE = new Set([
  "text",
  "attributes",
  "instance_id",
  "directional_vector",
  "inference",
  "measures",
  "keyframe",
])

function mainKeyOf(keys: readonly string[]): string {
  return keys.includes("polygon") ? "polygon" : (keys.find((key) => !BESIDE_SHAPE.has(key)) ?? "tag")
}

function frameData(
  type: string,
  keys: Readonly<Record<string, unknown>>,
  classId: number,
  resolver: NameResolver,
): StoredFrame {
  const data: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(keys)) {
    if (key === "keyframe" || (key === "bounding_box" && type === "polygon")) continue
    if (key === "attributes") {
      data[key] = {
        attributes: (value as readonly string[]).map((name) => resolver.attributeId(classId, name)),
      }
    } else if (key === "polygon") data[key] = importedPolygon(value)
    else data[key] = value
  }
  return data
}

function importedPolygon(value: unknown): { path: unknown; additional_paths: unknown[] } {
  const { paths, path } = value as { paths?: readonly unknown[]; path?: unknown }
  const [first, ...more] = paths ?? [path]
  return { path: first, additional_paths: more }
}
