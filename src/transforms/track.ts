import type { AnnotationType, Frame, FrameRange, VideoAnnotation } from "../model/annotation.ts"
import { shapeType } from "../model/check.ts"

/** What a track is in one frame. */
export interface TrackState {
  readonly frame: Frame
  readonly type: AnnotationType
  /** The frame is not listed; it goes on as the last one was. */
  readonly held: boolean
}

/** An annotation over frames, asked for one frame after another. */
export interface Track {
  readonly annotation: VideoAnnotation
  readonly index: number
  /** The listed frames, ascending. */
  readonly frames: readonly number[]
  /** The first frame that it cannot be in. */
  readonly end: number
  place(frame: number): string
  /** Frames must be asked for in ascending order. */
  at(frame: number): TrackState | undefined
  rewind(): void
}

/** A track at its first frame. `index` is the annotation's in its document. */
export function createTrack(annotation: VideoAnnotation, index: number): Track {
  const { only_keyframes: onlyKeyframes = false, sections } = annotation
  const listed = new Map<number, Frame>()
  for (const holder of [annotation.frames, sections ?? {}]) {
    for (const [key, frame] of Object.entries(holder)) listed.set(Number(key), frame)
  }
  const frames = [...listed.keys()].sort((a, b) => a - b)
  const ranges: readonly FrameRange[] = onlyKeyframes ? (annotation.ranges ?? annotation.segments ?? []) : []
  const typed = frames
    .map((frame) => listed.get(frame) as Frame)
    .find((frame) => shapeType(frame) !== undefined)

  let shape = typed
  let last: TrackState | undefined
  return {
    annotation,
    index,
    frames,
    end: ranges.reduce((most, [, end]) => Math.max(most, end), (frames.at(-1) ?? -1) + 1),
    place: (frame) => {
      const key = sections !== undefined && String(frame) in sections ? "sections" : "frames"
      return `annotations[${index}].${key}.${frame}`
    },
    at: (frame) => {
      const own = listed.get(frame)
      if (own === undefined) {
        const isInside = last !== undefined && ranges.some(([start, end]) => start <= frame && frame < end)
        return isInside ? last : undefined
      }
      const type = shapeType(own)
      if (type !== undefined) {
        shape = own
        last = { frame: own, type, held: true }
        return { ...last, held: false }
      }
      // A keyframe of the sub-annotations alone: its shape is the one before, of the first ones the one to come.
      const carried = onlyKeyframes && shape !== undefined ? shapeType(shape) : undefined
      if (carried === undefined || shape === undefined) return undefined
      last = { frame: { ...shapeOnly(shape, carried), ...own }, type: carried, held: true }
      return { ...last, held: false }
    },
    rewind: () => {
      shape = typed
      last = undefined
    },
  }
}

function shapeOnly(frame: Frame, type: AnnotationType): Frame {
  const box = type === "polygon" && frame.bounding_box !== undefined && { bounding_box: frame.bounding_box }
  return { [type]: frame[type], ...box }
}
