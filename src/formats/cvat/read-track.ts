import { FormatError } from "../../errors.ts"
import type { Frame, VideoAnnotation } from "../../model/annotation.ts"
import type { XmlElement } from "../../parse/xml.ts"
import { labelOf, shapesOf, subsOf } from "./read-shapes.ts"
import { isSet, numberOf, placeOf } from "./read-values.ts"

// What counts more is a mistake, as in a video that is split into its frames.
const mostFrames = 10_000_000

/**
 * A `<track>` as an annotation over frames: it is there from each shape that is not `outside` to the next one that is, or
 * to the end of the video (of `count` frames, where that is known).
 *
 * Gives the reason where it is none.
 *
 * @throws FormatError (`format`) for a track or shape that breaks the rules.
 */
export function trackAnnotation(
  track: XmlElement,
  file: string,
  count: number | undefined,
): VideoAnnotation | string {
  const name = labelOf(track, file)
  const states = track.children
    .filter((element) => element.name !== "attribute")
    .map((element) => ({ element, frame: frameOf(element, file) }))
    .sort((a, b) => a.frame - b.frame)
  const frames: Record<string, Frame> = {}
  const ranges: [number, number][] = []
  let open: number | undefined
  let type: string | undefined

  for (const { element, frame } of states) {
    if (isOutside(element)) {
      if (open !== undefined) ranges.push([open, frame])
      open = undefined
      continue
    }
    const shapes = shapesOf(element, undefined, file)
    if (typeof shapes === "string") return shapes
    const [shape, more] = shapes
    if (shape === undefined || more !== undefined) return "points of a track are one a frame"
    const { type: own, ...held } = shape
    if (own !== (type ?? own)) throw new FormatError(file, placeOf(element), `a ${own} in a track of ${type}`)
    type = own
    open ??= frame
    frames[frame] = { ...subsOf(element), ...held, keyframe: isSet(element, "keyframe") }
  }
  const last = states.at(-1)
  if (open !== undefined && last !== undefined) ranges.push([open, Math.max(count ?? 0, last.frame + 1)])
  if (ranges.length === 0) return "it is outside in all of its frames"
  return { type: "video", name, slot_names: ["0"], frames, ranges, interpolated: true }
}

function frameOf(element: XmlElement, file: string): number {
  const frame = numberOf(element, "frame", file)
  if (Number.isInteger(frame) && frame >= 0 && frame < mostFrames) return frame
  throw new FormatError(file, placeOf(element), `frame ${frame} is no number of a frame`)
}

/** A skeleton is outside when all of its points are. */
function isOutside(element: XmlElement): boolean {
  if (element.name !== "skeleton") return isSet(element, "outside")
  return element.children.every((one) => one.name !== "points" || isSet(one, "outside"))
}
