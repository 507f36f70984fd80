import type { Annotation, Frame, VideoAnnotation } from "../../model/annotation.ts"
import { settleKeyframes } from "../../model/expand-frames.ts"

/** The kinds of sub-annotations that the API takes, in the order in which they are sent. */
export const subTypes = [
  "instance_id",
  "attributes",
  "text",
  "inference",
  "directional_vector",
  "measures",
] as const

type Values = Readonly<Record<string, unknown>>

/** Gives the ids of the attributes of these names; what it does not find is its to tell. */
export type AttributeIds = (names: readonly string[]) => readonly (string | number)[]

function framesOf({ frames, sections }: VideoAnnotation): Readonly<Record<string, Frame>> {
  return sections === undefined ? frames : { ...frames, ...sections }
}

/** What an annotation holds, as the API takes it: its shape and what stands beside it, or its keyframes. */
export function annotationData(annotation: Annotation, type: string, attributeIds: AttributeIds): Values {
  if (annotation.type === "video") return videoData(annotation, type, attributeIds)
  const values = annotation as unknown as Values
  return { [type]: shapeOf(type, values[type]), ...subsOf(values, attributeIds) }
}

// Keyframes alone: what lies between them is computed by the service. A frame whose sub-annotations are those of the frame
// sent before it leaves them out, which for the service means that they go on.
function videoData(annotation: VideoAnnotation, type: string, attributeIds: AttributeIds): Values {
  const all = framesOf(annotation)
  const flagged = Object.entries(all).filter(([, frame]) => frame.keyframe === true)
  const keyframes = flagged.length === 0 ? all : Object.fromEntries(flagged)
  // A frame without a shape has that of the keyframe before it, though the one before it may be no keyframe.
  const shapes = new Map(
    settleKeyframes(type, all as Readonly<Record<string, Values>>).map(({ index, shape }) => [index, shape]),
  )
  const frames: Record<string, Values> = {}
  let before = ""
  for (const [index, frame] of Object.entries(keyframes).sort(([a], [b]) => Number(a) - Number(b))) {
    const subs = { attributes: { attributes: [] }, ...subsOf(frame as Values, attributeIds) }
    const text = JSON.stringify(subs)
    const shape = shapeOf(type, shapes.get(Number(index)))
    frames[Number(index)] = { [type]: shape, ...(text === before ? undefined : subs), keyframe: true }
    before = text
  }
  return {
    frames,
    segments: annotation.ranges ?? annotation.segments ?? [],
    interpolated: annotation.interpolated ?? false,
    hidden_areas: annotation.hidden_areas ?? [],
  }
}

function shapeOf(type: string, shape: unknown): unknown {
  if (type !== "polygon") return shape
  const { paths, path } = shape as { paths?: readonly unknown[]; path?: unknown }
  const [first, ...more] = paths ?? [path]
  return more.length === 0 ? { path: first } : { path: first, additional_paths: more }
}

function subsOf(values: Values, attributeIds: AttributeIds): Record<string, unknown> {
  const subs: Record<string, unknown> = {}
  for (const key of subTypes) {
    const value = values[key]
    if (value === undefined || value === null) continue
    subs[key] = key === "attributes" ? { attributes: attributeIds(value as readonly string[]) } : value
  }
  return subs
}
