import type { FrameRange } from "./annotation.ts"

/** Types whose shape changes from frame to frame; all others stay what they are. */
const MOVING = new Set([
  "bounding_box",
  "polygon",
  "line",
  "keypoint",
  "ellipse",
  "cuboid",
  "skeleton",
  "table",
  "simple_table",
])

/** Whether shapes of that type can be between two others; all others hold from one keyframe to the next. */
export function isMoving(type: string): boolean {
  return MOVING.has(type)
}

/** One frame of an expanded annotation. */
export interface ExpandedFrame {
  readonly index: number
  readonly shape: unknown
  /** What stands beside the shape. */
  readonly subs: Readonly<Record<string, unknown>>
  readonly keyframe: boolean
}

/** A frame that is listed, with what it has taken over from those before it. */
export interface Keyframe extends ExpandedFrame {
  /** Whether it has a shape of its own; another one only changes what stands beside it. */
  readonly isShaped: boolean
}

/**
 * Every frame of the ranges, which `settleRanges` has put in order, from the keyframes: between two that have a shape it moves in a straight line when
 * `interpolated`, else it stays as it was; before the first and after the last it stays as it is there. What stands
 * beside the shape never moves: it holds from one keyframe to the next, and a keyframe without any of it leaves it as
 * it was.
 */
export function expandFrames(
  type: string,
  frames: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ranges: readonly FrameRange[],
  interpolated: boolean,
): ExpandedFrame[] {
  const keys = settleKeyframes(type, frames)
  const shaped = keys.filter(({ isShaped }) => isShaped)
  const expanded: ExpandedFrame[] = []
  const keyAt = createFollower(keys)
  const shapedAt = createFollower(shaped)
  for (const [start, end] of ranges) {
    for (let index = start; index < end; index += 1) {
      const key = keyAt(index)?.before
      if (key === undefined) continue
      const { before = key, after } = shapedAt(index) ?? {}
      const between = before.index < index && after !== undefined
      const shape =
        between && interpolated && isMoving(type)
          ? blend(before.shape, after.shape, (index - before.index) / (after.index - before.index))
          : before.shape
      expanded.push({ index, shape, subs: key.subs, keyframe: key.index === index })
    }
  }
  return expanded
}

/** Gives the keyframe at or before an index, or the first, and the one behind it; from call to call the index only grows. */
function createFollower(
  keys: readonly Keyframe[],
): (index: number) => { readonly before: Keyframe; readonly after: Keyframe | undefined } | undefined {
  let position = 0
  return (index) => {
    while (position + 1 < keys.length && (keys[position + 1]?.index ?? 0) <= index) position += 1
    const before = keys[position]
    return before && { before, after: keys[position + 1] }
  }
}

/** The keyframes in order, each with a shape and with what stands beside it, taken over from earlier ones if need be. */
export function settleKeyframes(
  type: string,
  frames: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Keyframe[] {
  const keys: Keyframe[] = []
  const entries = Object.entries(frames).sort(([left], [right]) => Number(left) - Number(right))
  let shape = entries.find(([, frame]) => type in frame)?.[1][type]
  let subs: Record<string, unknown> = {}
  for (const [index, frame] of entries) {
    const { keyframe: _keyframe, bounding_box: _box, [type]: own, ...beside } = frame
    if (own !== undefined) shape = own
    if (Object.keys(beside).length > 0) subs = beside
    keys.push({ index: Number(index), shape, subs, keyframe: true, isShaped: own !== undefined })
  }
  return keys
}

/** Ranges in order, without overlaps, cut at the end of the video; from the keyframes when there are none. */
export function settleRanges(
  segments: readonly (readonly [number, number, ...unknown[]])[] | undefined,
  indices: readonly number[],
  frameCount: number | null,
): FrameRange[] {
  const limit = frameCount ?? Number.POSITIVE_INFINITY
  const given = (segments ?? []).map(([start, end]) => [start, Math.min(end, limit)] as [number, number])
  if (given.length === 0) given.push([Math.min(...indices), Math.max(...indices) + 1])
  given.sort((left, right) => left[0] - right[0])
  const ranges: [number, number][] = []
  for (const [start, end] of given) {
    const last = ranges.at(-1)
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end)
    else ranges.push([start, end])
  }
  return ranges
}

/**
 * The value at `ratio` between two of one structure: numbers move, everything else stays as on the left. Lists of
 * different length (a polygon that gained a point) have no point-to-point way, so the left one stays.
 */
function blend(left: unknown, right: unknown, ratio: number): unknown {
  if (typeof left === "number" && typeof right === "number") return left + (right - left) * ratio
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return left
    if (left.every(isNamed) && right.every(isNamed)) {
      const byName = new Map(right.map((node) => [node.name, node]))
      return left.map((node) => blend(node, byName.get(node.name) ?? node, ratio))
    }
    return left.map((value, index) => blend(value, right[index], ratio))
  }
  if (typeof left === "object" && left !== null && typeof right === "object" && right !== null) {
    const result: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(left)) {
      result[key] = blend(value, (right as Record<string, unknown>)[key], ratio)
    }
    return result
  }
  return left
}

function isNamed(value: unknown): value is { readonly name: string } {
  return typeof value === "object" && value !== null && typeof (value as { name?: unknown }).name === "string"
}
