import type { FrameRange, VideoAnnotation } from "../../model/annotation.ts"

/**
 * Where a track over frames is: its ranges, and the frames that it lists with a tag; sorted, without those that touch.
 *
 * @example
 * spansOf({ ...track, frames: { 0: { tag: {} }, 1: { tag: {} }, 5: { tag: {} } }, ranges: [] }) // [[0, 2], [5, 6]]
 */
export function spansOf(track: VideoAnnotation): FrameRange[] {
  const listed = { ...track.frames, ...track.sections }
  const frames = Object.keys(listed).flatMap((key): FrameRange[] => {
    return "tag" in (listed[key] ?? {}) ? [[Number(key), Number(key) + 1]] : []
  })
  const spans: [number, number][] = []
  for (const [from, to] of [...(track.ranges ?? track.segments ?? []), ...frames].sort(byStart)) {
    const [start, end] = [Math.max(0, Math.ceil(from)), Math.min(Math.ceil(to), mostFrames)]
    const last = spans.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else if (start < end) spans.push([start, end])
  }
  return spans
}

// A number that the reader takes, and that is whole as a double.
const mostFrames = 1e15

function byStart([a]: FrameRange, [b]: FrameRange): number {
  return a - b
}
