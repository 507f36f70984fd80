import type { Frame, FrameRange, VideoAnnotation } from "../../model/annotation.ts"
import { elementsOf, type JsonValue, member, required, wrong } from "../../parse/json-value.ts"
import { attributesOf, detailsOf, systemOf } from "./details.ts"
import { boxToPolygon, type ReadShape, shapeOf } from "./shapes.ts"

/** A keyframe: from it on the object is there, with this shape, or is hidden. */
interface Keyframe {
  readonly shape: ReadShape | undefined
  readonly subs: object
}

/**
 * An annotation of a video: its own shape at `frame`, those of `snapshots_` at theirs, each until the next one; the last
 * until `endFrame`, which is its last frame. Where `objectVisible` is false it is hidden until the next snapshot.
 *
 * @throws FormatError (`format`) naming what breaks a rule.
 */
export function trackOf(annotation: JsonValue, type: string, name: string): VideoAnnotation | string {
  const system = systemOf(annotation)
  const shape = shapeOf(type, () => required(annotation, "coordinates"))
  if (typeof shape === "string") return shape
  const details = detailsOf(annotation, system)
  const start = system === undefined ? 0 : (frameOf(system, "frame") ?? 0)
  const keyframes = new Map<number, Keyframe>([[start, { shape, subs: details }]])

  const snapshots = system && member(system, "snapshots_")
  for (const snapshot of snapshots === undefined ? [] : elementsOf(snapshots)) {
    const at = frameOf(snapshot, "frame")
    if (at === undefined) throw wrong(snapshot, "has no frame")
    const shown = member(snapshot, "objectVisible")?.value !== false
    const own = shapeOf(type, () => member(snapshot, "coordinates") ?? required(snapshot, "data"))
    if (typeof own === "string") return own
    const attributes = attributesOf(member(snapshot, "attributes"), member(snapshot, "namedAttributes"))
    const { attributes: _, ...kept } = details
    const subs = { ...kept, ...(attributes.length > 0 && { attributes }) }
    keyframes.set(at, { shape: shown ? own : undefined, subs })
  }

  const sorted = [...keyframes].sort(([a], [b]) => a - b)
  const end = Math.max((system && frameOf(system, "endFrame")) ?? start, sorted.at(-1)?.[0] ?? start)
  const ranges: [number, number][] = []
  const frames: Record<string, Frame> = {}
  const isMixed = new Set(sorted.map(([, keyframe]) => keyframe.shape?.type)).has("polygon")
  for (const [index, [at, { shape: own, subs }]] of sorted.entries()) {
    if (own === undefined) continue
    const until = sorted[index + 1]?.[0] ?? end + 1
    const last = ranges.at(-1)
    if (last?.[1] === at) last[1] = until
    else ranges.push([at, until])
    // Boxes that get turned on their way are polygons all the way: a track has one type.
    const { type: _, ...held } =
      isMixed && own.type === "bounding_box" ? boxToPolygon(own.bounding_box, annotation) : own
    frames[at] = { ...subs, ...held, keyframe: true }
  }
  if (ranges.length === 0) return "it is hidden in all of its frames"
  return {
    type: "video",
    name,
    frames,
    ranges: ranges as readonly FrameRange[],
    interpolated: false,
    only_keyframes: true,
  }
}

const mostFrames = 10_000_000

function frameOf(of: JsonValue, key: string): number | undefined {
  const frame = member(of, key)
  if (frame === undefined) return undefined
  const { value } = frame
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < mostFrames)
    return value as number
  throw wrong(frame, "expected the number of a frame")
}
