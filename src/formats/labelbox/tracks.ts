import type { Frame, FrameRange, VideoAnnotation } from "../../model/annotation.ts"
import { elementsOf, type JsonValue, member, membersOf, wrong } from "../../parse/json-value.ts"
import type { Attempt } from "../shared/attempt.ts"
import { detailsOf, listOf, tagsOf } from "./classifications.ts"
import { nameOf, type ReadShape, shapeOf } from "./objects.ts"

/** The frames of one object, in the order in which they are listed. */
interface ObjectFrames {
  readonly first: JsonValue
  readonly byFrame: Map<number, JsonValue>
}

/**
 * What a video's label holds: its objects by their ids, and frames with answers of their own. Frames are counted from 1
 * there, from 0 here.
 */
export interface VideoLabel {
  readonly objects: ReadonlyMap<string, ObjectFrames>
  readonly answers: readonly JsonValue[]
}

/** The frames of a label, each under the policy on its own. */
export function videoLabelOf(annotations: JsonValue, attempt: Attempt): VideoLabel {
  const objects = new Map<string, ObjectFrames>()
  const answers: JsonValue[] = []
  const frames = member(annotations, "frames")
  for (const [key, frame] of frames === undefined ? [] : membersOf(frames)) {
    attempt(() => {
      const index = frameIndex(key, frame)
      answers.push(...listOf(frame))
      const own = member(frame, "objects")
      for (const [id, object] of own === undefined ? [] : entriesOf(own)) {
        const known = objects.get(id)
        if (known === undefined) objects.set(id, { first: object, byFrame: new Map([[index, object]]) })
        else known.byFrame.set(index, object)
      }
    })
  }
  return { objects, answers }
}

/** The track of an object, or why it has none here. */
export function trackOf(
  id: string,
  { first, byFrame }: ObjectFrames,
  annotations: JsonValue,
): VideoAnnotation | string {
  const keyframes = keyframesOf(annotations, id)
  const frames: Record<string, Frame> = {}
  let type: ReadShape["type"] | undefined
  for (const [index, object] of [...byFrame].sort(([a], [b]) => a - b)) {
    const shape = shapeOf(object)
    if (typeof shape === "string") return shape
    type ??= shape.type
    if (shape.type !== type) throw wrong(object, `was a ${type} before, and is a ${shape.type} now`)
    const { type: _, ...held } = shape
    frames[index] = { ...held, ...detailsOf(object), keyframe: keyframes?.has(index) ?? true }
  }
  const indices = Object.keys(frames).map(Number)
  return {
    type: "video",
    name: nameOf(first),
    frames,
    ranges: rangesOf(annotations, id) ?? runsOf(indices),
    // Labelbox moves shapes in a straight line from keyframe to keyframe.
    interpolated: true,
    only_keyframes: true,
  }
}

/** The answers to a classification of a video as a whole: tags over all of its frames. */
export function videoTagsOf(classification: JsonValue, frameCount: number): VideoAnnotation[] {
  return tagsOf(classification).map(({ name, tag, text }) => ({
    type: "video",
    name,
    frames: { "0": { tag, ...(text !== undefined && { text }), keyframe: true } },
    ranges: [[0, frameCount]],
    interpolated: false,
    only_keyframes: true,
  }))
}

// A list in some exports, an object by ids in others.
function entriesOf(objects: JsonValue): [string, JsonValue][] {
  if (!Array.isArray(objects.value)) return membersOf(objects)
  return elementsOf(objects).map((object) => [
    String(member(object, "feature_id")?.value ?? object.place),
    object,
  ])
}

const mostFrames = 10_000_000

function frameIndex(key: string, at: JsonValue): number {
  const number = /^\d{1,9}$/.test(key) ? Number(key) : 0
  if (number < 1 || number > mostFrames) throw wrong(at, "expected the number of a frame, from 1, as key")
  return number - 1
}

/** The frames that somebody drew, by a list of them or by an object that also names others as false. */
function keyframesOf(annotations: JsonValue, id: string): ReadonlySet<number> | undefined {
  const map = member(annotations, "key_frame_feature_map")
  const own = map && member(map, id)
  if (own === undefined) return undefined
  const keys = Array.isArray(own.value)
    ? own.value
    : membersOf(own).flatMap(([key, { value }]) => (value === true ? [key] : []))
  return new Set(keys.map((key) => Number(key) - 1))
}

function rangesOf(annotations: JsonValue, id: string): FrameRange[] | undefined {
  const segments = member(annotations, "segments")
  const own = segments && member(segments, id)
  if (own === undefined) return undefined
  return elementsOf(own).map((segment) => {
    const [start, end] = Array.isArray(segment.value) ? segment.value : []
    if (!isFrame(start) || !isFrame(end) || start > end)
      throw wrong(segment, "expected the first and last frame")
    return [start - 1, end]
  })
}

function isFrame(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= mostFrames
}

/** The ranges of frames that follow one another; the indices are ascending. */
function runsOf(indices: readonly number[]): FrameRange[] {
  const runs: [number, number][] = []
  for (const index of indices) {
    const last = runs.at(-1)
    if (last?.[1] === index) last[1] = index + 1
    else runs.push([index, index + 1])
  }
  return runs
}
