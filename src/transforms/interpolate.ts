import { FormatError } from "../errors.ts"
import { boundsOf, pathsOf } from "../geometry/polygon.ts"
import type { Annotation, Frame, Shapes, VideoAnnotation } from "../model/annotation.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { annotationType } from "../model/check.ts"
import { expandFrames, isMoving, settleRanges } from "../model/expand-frames.ts"
import type { Transform } from "../stream.ts"

/**
 * Fills in the frames that tracks do not list: every frame of their `ranges` but those inside `hidden_areas`. Between two
 * listed frames a shape moves in a straight line where the track says `interpolated`, number by number (a polygon or line
 * only when both have as many points), else it stays as it was; what stands beside it never moves. Frames that are listed
 * stay as they are, and so do masks, tags and whatever has no way between two shapes.
 *
 * V7's exports list every frame; files of other tools, and tracks with `only_keyframes`, may not. Ranges are cut at the end of
 * the video where the slot says how many frames it has.
 *
 * @throws FormatError (`format`) for a track of more than a million frames.
 *
 * @example
 * for await (const image of pipe(darwin.read("tracks.json"), interpolate(), images())) console.log(image.item.name)
 */
export function interpolate(): Transform<AnnotationFile> {
  return async function* (input) {
    for await (const file of input) {
      const annotations = file.annotations.map((annotation, index) =>
        filled(annotation, frameCountOf(file, annotation), (place, rule) => {
          throw new FormatError(file.path, `annotations[${index}].${place}`, rule)
        }),
      )
      yield annotations.every((one, index) => one === file.annotations[index])
        ? file
        : { ...file, annotations }
    }
  }
}

// Each is held in memory. It is a day of ten frames a second.
const mostFrames = 1_000_000

function filled(
  annotation: Annotation,
  frameCount: number,
  fail: (place: string, rule: string) => never,
): Annotation {
  if (annotation.type !== "video") return annotation
  const type = annotationType(annotation)
  if (type === undefined || !isMoving(type)) return annotation
  const { only_keyframes: _, sections, ...track } = annotation
  const listed: Record<string, Frame> = { ...track.frames, ...sections }
  const frames: Record<string, Frame> = { ...listed }
  const given = track.ranges ?? track.segments ?? []
  const ranges = given.length === 0 ? [] : settleRanges(given, [], frameCount)
  if (ranges.reduce((sum, [start, end]) => sum + Math.max(0, end - start), 0) > mostFrames) {
    fail(track.ranges === undefined ? "segments" : "ranges", `more than ${mostFrames} frames`)
  }
  const expanded = expandFrames(type, listed as Frames, ranges, track.interpolated ?? false)
  for (const { index, shape, subs } of expanded) {
    if (type in (listed[index] ?? {}) || isHidden(track, index)) continue
    frames[index] = { ...subs, ...shapeOf(type, shape), ...listed[index], keyframe: index in listed }
  }
  return { ...track, frames }
}

const unknown = Number.POSITIVE_INFINITY

/** How many frames the video of an annotation has; that of the longest where it is in several. */
function frameCountOf({ item }: AnnotationFile, { slot_names: names = [] }: Annotation): number {
  const all = item.slots ?? []
  const own = all.filter(({ slot_name: name }) => names.includes(name))
  const counts = (own.length > 0 ? own : all.slice(0, 1)).map(({ frame_count: count }) => count || unknown)
  return counts.length === 0 ? unknown : Math.max(...counts)
}

type Frames = Readonly<Record<string, Readonly<Record<string, unknown>>>>

function isHidden(
  { hidden_areas: areas = [] }: Pick<VideoAnnotation, "hidden_areas">,
  index: number,
): boolean {
  return areas.some(([start, end]) => start <= index && index < end)
}

// V7 keeps the box of a polygon beside it.
function shapeOf(type: string, shape: unknown): Frame {
  const box = type === "polygon" ? boundsOf(pathsOf(shape as Shapes["polygon"])) : undefined
  return { [type]: shape, ...(box !== undefined && { bounding_box: box }) }
}
