import type { Author, PropertyValue } from "../model/annotation.ts"
import { expandFrames, settleKeyframes, settleRanges } from "../model/expand-frames.ts"
import { type ClassLookup, classOf } from "./class-lookup.ts"
import { joinLayers, keepMasks } from "./raster-layers.ts"
import type { StoredAnnotation } from "./store/annotations.ts"
import type { Actor, AnnotationProperties } from "./store/import-request.ts"
import {
  isVideoData,
  type StoredFrame,
  type StoredRasterLayer,
  type StoredVideo,
} from "./stored-annotation.ts"

/** What a document has room for of one slot. */
export interface SlotFacts {
  readonly slotName: string
  readonly frameCount: number | null
}

export interface AnnotationOptions {
  readonly lookup: ClassLookup
  readonly slots: readonly SlotFacts[]
  /** Names people; otherwise the documents do not. */
  readonly includeAuthorship: boolean
}

type Json = Record<string, unknown>

/** Types of which keyframes alone are listed, always. */
const KEYFRAMES_ONLY = new Set(["mask", "raster_layer"])

/**
 * Annotations as Darwin JSON 2.0 has them, from the form in which they are imported and stored. Stills come first, then
 * those over frames, then the raster layers. A mask without pixels in any layer, and a layer without masks, are left
 * out: readers of the format refuse whole files for them.
 */
export function toDarwinAnnotations(
  annotations: readonly StoredAnnotation[],
  options: AnnotationOptions,
): Json[] {
  const typeOf = (annotation: StoredAnnotation) => classOf(options.lookup, annotation.classId).type
  const layers = settleLayers(
    annotations.filter((annotation) => typeOf(annotation) === "raster_layer"),
    new Set(annotations.filter((annotation) => typeOf(annotation) === "mask").map(({ id }) => id)),
  )
  const painted = new Set(layers.flatMap(({ data }) => maskIds(data)))
  const shown = annotations.filter((annotation) => {
    const type = typeOf(annotation)
    return type !== "raster_layer" && (type !== "mask" || painted.has(annotation.id))
  })
  return [
    ...shown.filter(({ data }) => !isVideoData(data)),
    ...shown.filter(({ data }) => isVideoData(data)),
    ...layers,
  ]
    .map((annotation) => toDarwin(annotation, options))
    .filter((annotation) => annotation !== undefined)
}

function toDarwin(annotation: StoredAnnotation, options: AnnotationOptions): Json | undefined {
  const { name, type } = classOf(options.lookup, annotation.classId)
  const common: Json = {
    id: annotation.id,
    name,
    slot_names: [...annotation.slotNames],
    properties: toPropertyValues(annotation.properties, options.lookup),
  }
  if (options.includeAuthorship) {
    common.annotators = toAuthors(annotation.actors, "annotator", options.lookup)
    common.reviewers = toAuthors(annotation.actors, "reviewer", options.lookup)
  }
  if (!isVideoData(annotation.data)) {
    const { [type]: shape, bounding_box: _box, ...subs } = annotation.data
    return { ...common, ...toShape(type, shape), ...toSubs(subs, options.lookup) }
  }
  const slot = options.slots.find(({ slotName }) => slotName === annotation.slotNames[0])
  const video = toVideo(type, annotation.data, slot?.frameCount ?? null, options.lookup)
  return video === undefined ? undefined : { ...common, ...video }
}

function toVideo(
  type: string,
  data: StoredVideo,
  frameCount: number | null,
  lookup: ClassLookup,
): Json | undefined {
  const indices = Object.keys(data.frames).map(Number)
  const whole = type === "raster_layer" && frameCount !== null
  const ranges = whole ? ([[0, frameCount]] as const) : settleRanges(data.segments, indices, frameCount)
  const onlyKeyframes = KEYFRAMES_ONLY.has(type) || data.only_keyframes === true
  const listed = onlyKeyframes
    ? settleKeyframes(type, data.frames)
    : expandFrames(type, data.frames, ranges, data.interpolated ?? false)
  if (listed.length === 0) return undefined
  const frames: Json = {}
  for (const { index, shape, subs, keyframe } of listed) {
    // Where only keyframes are listed, one without a shape of its own says nothing of it.
    const bare = onlyKeyframes && data.frames[index]?.[type] === undefined
    const marked = keyframe && data.frames[index]?.keyframe !== false
    frames[index] = { ...(bare ? {} : toShape(type, shape)), ...toSubs(subs, lookup), keyframe: marked }
  }
  const algorithm = data.interpolate_algorithm ?? "linear-1.1"
  return {
    frames,
    ranges,
    hidden_areas: data.hidden_areas ?? [],
    ...(onlyKeyframes ? { only_keyframes: true } : {}),
    ...(KEYFRAMES_ONLY.has(type) || type === "tag" ? {} : { interpolated: data.interpolated ?? false }),
    ...(type === "tag" ? {} : { interpolate_algorithm: algorithm }),
    ...(data.global_sub_types === undefined ? {} : { global_sub_types: data.global_sub_types }),
  }
}

function toShape(type: string, shape: unknown): Json {
  if (type !== "polygon") return { [type]: shape }
  const { path, additional_paths: more = [] } = shape as { path: Point[]; additional_paths?: Point[][] }
  const paths = [path, ...more]
  return { polygon: { paths }, bounding_box: boxAround(paths.flat()) }
}

interface Point {
  readonly x: number
  readonly y: number
}

function boxAround(points: readonly Point[]): { x: number; y: number; w: number; h: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y } of points) {
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  return { x: left, y: top, w: right - left, h: bottom - top }
}

function toSubs(subs: Readonly<Record<string, unknown>>, lookup: ClassLookup): Json {
  const { attributes, ...rest } = subs
  const result: Json = Object.fromEntries(Object.entries(rest).filter(([, value]) => value != null))
  const ids = (attributes as { attributes?: (number | string)[] } | null | undefined)?.attributes ?? []
  const names = ids.map((id) => lookup.attributes.get(Number(id))).filter((name) => name !== undefined)
  if (names.length > 0) result.attributes = names
  return result
}

function toPropertyValues(selected: AnnotationProperties, lookup: ClassLookup): PropertyValue[] {
  const values: PropertyValue[] = []
  for (const [frame, byProperty] of Object.entries(selected)) {
    const frameIndex = frame === "global" ? null : Number(frame)
    for (const [id, chosen] of Object.entries(byProperty)) {
      const property = lookup.properties.get(id)
      if (property === undefined) continue
      const add = (value: string | null) =>
        values.push({ frame_index: frameIndex, name: property.name, value })
      if (chosen.length === 0) add(null)
      for (const one of chosen) {
        if (typeof one === "object") add(one.text)
        else {
          const value = property.values.find((candidate) => candidate.id === one)
          if (value !== undefined) add(value.value)
        }
      }
    }
  }
  return values
}

/** The people of one role, by name where the team knows them. */
export function toAuthors(actors: readonly Actor[], role: Actor["role"], lookup: ClassLookup): Author[] {
  return actors
    .filter((actor) => actor.role === role)
    .map(({ email }) => ({ full_name: lookup.fullNames.get(email) ?? email.split("@")[0] ?? email, email }))
}

function maskIds(data: StoredFrame | StoredVideo): string[] {
  const frames = isVideoData(data) ? Object.values(data.frames) : [data]
  return frames.flatMap(({ raster_layer: layer }) =>
    layer === undefined ? [] : Object.keys((layer as StoredRasterLayer).mask_annotation_ids_mapping),
  )
}

/** One layer a slot, holding the masks that are in the document and nothing else. */
function settleLayers(layers: readonly StoredAnnotation[], masks: ReadonlySet<string>): StoredAnnotation[] {
  const settled: StoredAnnotation[] = []
  const stills = new Map<string, { annotation: StoredAnnotation; layer: StoredRasterLayer }>()
  for (const annotation of layers) {
    if (isVideoData(annotation.data)) {
      const frames: Record<string, StoredFrame> = {}
      for (const [index, frame] of Object.entries(annotation.data.frames)) {
        if (frame.raster_layer === undefined) continue
        const kept = keepMasks(frame.raster_layer as StoredRasterLayer, (id) => masks.has(id))
        if (kept !== undefined) frames[index] = { ...frame, raster_layer: kept }
      }
      if (Object.keys(frames).length > 0)
        settled.push({ ...annotation, data: { ...annotation.data, frames } })
      continue
    }
    const layer = annotation.data.raster_layer as StoredRasterLayer
    const slots = JSON.stringify(annotation.slotNames)
    const earlier = stills.get(slots)
    stills.set(slots, {
      annotation: earlier?.annotation ?? annotation,
      layer: earlier === undefined ? layer : joinLayers(earlier.layer, layer),
    })
  }
  for (const { annotation, layer } of stills.values()) {
    const kept = keepMasks(layer, (id) => masks.has(id))
    if (kept !== undefined) settled.push({ ...annotation, data: { ...annotation.data, raster_layer: kept } })
  }
  return settled
}
