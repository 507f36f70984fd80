import { boundsOf, pathsOf } from "../geometry/polygon.ts"
import type { Annotation, Frame, Shapes, VideoAnnotation } from "../model/annotation.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { annotationType } from "../model/check.ts"
import { expandFrames, isMoving } from "../model/expand-frames.ts"
import type { Transform } from "../stream.ts"

/**
 * Fills in the frames that tracks do not list: every frame of their `ranges` but those inside `hidden_areas`. Between two
 * listed frames a shape moves in a straight line where the track says `interpolated`, number by number (a polygon or line
 * only when both have as many points), else it stays as it was; what stands beside it never moves. Frames that are listed
 * stay as they are, and so do masks, tags and whatever has no way between two shapes.
 *
 * V7's exports list every frame; files of other tools, and tracks with `only_keyframes`, may not.
 *
 * @example
 * for await (const image of pipe(darwin.read("tracks.json"), interpolate(), images())) console.log(image.item.name)
 */
export function interpolate(): Transform<AnnotationFile> {
  return async function* (input) {
    for await (const file of input) {
      const annotations = file.annotations.map(filled)
      yield annotations.every((one, index) => one === file.annotations[index])
        ? file
        : { ...file, annotations }
    }
  }
}

function filled(annotation: Annotation): Annotation {
  if (annotation.type !== "video") return annotation
  const type = annotationType(annotation)
  if (type === undefined || !isMoving(type)) return annotation
  const { only_keyframes: _, sections, ...track } = annotation
  const listed: Record<string, Frame> = { ...track.frames, ...sections }
  const frames: Record<string, Frame> = { ...listed }
  const ranges = track.ranges ?? track.segments ?? []
  const expanded = expandFrames(type, listed as Frames, ranges, track.interpolated ?? false)
  for (const { index, shape, subs } of expanded) {
    if (type in (listed[index] ?? {}) || isHidden(track, index)) continue
    frames[index] = { ...subs, ...shapeOf(type, shape), ...listed[index], keyframe: index in listed }
  }
  return { ...track, frames }
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
