import type { Annotation, Frame, VideoAnnotation } from "../../model/annotation.ts"
import type { Slot } from "../../model/annotation-file.ts"

/** A stretch of frames: from `start` to before `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** How many frames a video has: as it says, or up to the last frame of its tracks. */
export function frameCountOf(slot: Slot | undefined, annotations: readonly Annotation[]): number {
  const listed = slot?.frame_urls?.length ?? 0
  if (listed > 0) return listed
  if (typeof slot?.frame_count === "number") return slot.frame_count
  let count = 0
  for (const annotation of annotations) {
    if (annotation.type !== "video") continue
    for (const [, end] of rangesOf(annotation)) count = Math.max(count, end)
    for (const key of Object.keys({ ...annotation.frames, ...annotation.sections })) {
      count = Math.max(count, Number(key) + 1)
    }
  }
  return count
}

/**
 * Where a track can be seen: in its ranges and in the frames that it lists, but for its hidden areas; in order, apart from
 * one another, and within the video.
 */
export function spansOf(
  annotation: VideoAnnotation,
  frames: ReadonlyMap<number, Frame>,
  count: number,
): readonly Span[] {
  const shown: [number, number][] = [...rangesOf(annotation)].map(([start, end]) => [start, end])
  for (const at of frames.keys()) shown.push([at, at + 1])
  const hidden = annotation.hidden_areas ?? []
  return united(shown)
    .flatMap((span) =>
      hidden.reduce<Span[]>((rest, [start, end]) => rest.flatMap((one) => without(one, start, end)), [span]),
    )
    .map(({ start, end }) => ({ start: Math.max(0, start), end: Math.min(count, end) }))
    .filter(({ start, end }) => start < end)
}

function rangesOf({ ranges, segments }: VideoAnnotation): VideoAnnotation["ranges"] & {} {
  return ranges ?? segments ?? []
}

function united(spans: readonly (readonly [number, number])[]): Span[] {
  const made: { start: number; end: number }[] = []
  for (const [start, end] of [...spans].sort(([a], [b]) => a - b)) {
    const last = made.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else made.push({ start, end })
  }
  return made
}

function without({ start, end }: Span, from: number, to: number): Span[] {
  if (to <= start || end <= from || to <= from) return [{ start, end }]
  return [
    { start, end: from },
    { start: to, end },
  ].filter((rest) => rest.start < rest.end)
}
