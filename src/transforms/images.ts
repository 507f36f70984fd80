import { FormatError } from "../errors.ts"
import type { SkipEvent } from "../events.ts"
import type {
  Annotation,
  AnnotationType,
  Frame,
  FrameRange,
  ImageAnnotation,
  MaskAnnotation,
  RasterLayerAnnotation,
  VideoAnnotation,
} from "../model/annotation.ts"
import type { AnnotationFile, Slot } from "../model/annotation-file.ts"
import { annotationType, shapeType } from "../model/check.ts"
import { frameName, part, stemOf } from "../storage/names.ts"
import type { Transform } from "../stream.ts"

/** One picture of an item: a file with one image slot, and where its annotations stand in the file they come from. */
export interface FileImage {
  readonly file: AnnotationFile
  /** The JSON path of an annotation of `file` in the document that was read. */
  readonly place: (index: number) => string
  /** It is a whole video, with its tracks: only where these were asked for. */
  readonly isVideo?: true
}

/**
 * Called for each annotation (or frame of one) that belongs to no picture. `reason` is one of a few fixed sentences.
 */
export type OnSkip = (
  annotation: { readonly name: string; readonly type: string },
  place: string,
  reason: string,
) => void

// 46 hours at 60 frames a second: what counts more is a mistake, and would be written out as so many images.
const mostFrames = 10_000_000

/**
 * Splits files into their pictures: each slot of an item with several, and each frame of a video, becomes a file of its
 * own with one image slot; files of one image pass as they are. In order: slots as listed, frames from 0.
 *
 * Several slots are named `<item name>/<slot name>/<source file name>`, frames `<stem of the item's
 * name>/0000000.png` on, in `<item name>/<slot name>/` where the item has several slots. An annotation goes to every
 * slot it names, to the first one if it names none. A frame's annotation has the properties of its frame and of the
 * whole, never those of others. Tracks with `only_keyframes` go on inside their `ranges` as their last keyframe was;
 * nothing is interpolated.
 *
 * What belongs to no picture (an unknown slot, a frame the video does not have or that has no shape, a still
 * annotation of a video) is told as a `skip` event.
 *
 * @throws FormatError (`format`) for a video of more than ten million frames.
 * @throws PathError (`path`) for slots or source files with a name that no file can have.
 *
 * @example
 * for await (const image of pipe(darwin.read("release.zip"), images())) console.log(image.item.name)
 */
export function images(): Transform<AnnotationFile> {
  return async function* (input, context) {
    for await (const whole of input) {
      const onSkip: OnSkip = ({ type }, place, reason) =>
        context?.onEvent?.({ type: "skip", file: whole.path, place, reason: `${type}: ${reason}` })
      let count = 0
      for (const { file } of imagesOf(whole, onSkip)) {
        count++
        yield file
      }
      if (count === 0) context?.onEvent?.(noPicture(whole))
    }
  }
}

/** What is made of videos: a picture of each frame, or one file of the whole. */
export type Videos = "frames" | "whole"

/**
 * The pictures of one file, as `images` gives them: for writers, which count what is skipped. Of formats that have tracks,
 * `videos` is `"whole"`: a slot with frames is then one file with its tracks.
 */
export function imagesOf(
  file: AnnotationFile,
  onSkip: OnSkip,
  videos: Videos = "frames",
): Iterable<FileImage> {
  const slots = file.item.slots ?? []
  const [slot] = slots
  if (slot === undefined) return [{ file, place: placeInDocument }]
  if (slots.length > 1) return split(file, slots, onSkip, videos)
  if (!hasFrames(slot, file.annotations)) return [{ file, place: placeInDocument }]
  if (videos === "whole") return [{ file, place: placeInDocument, isVideo: true }]
  return split(file, slots, onSkip, videos)
}

/** What tells of a file without pictures: a video without frames. */
export function noPicture({ path }: AnnotationFile): SkipEvent {
  return { type: "skip", file: path, place: "item", reason: "it has no picture: the video has no frames" }
}

const placeInDocument = (index: number): string => `annotations[${index}]`

/** An annotation and its index in the document. */
interface Placed {
  readonly annotation: Annotation
  readonly index: number
}

function* split(
  file: AnnotationFile,
  slots: readonly Slot[],
  onSkip: OnSkip,
  videos: Videos,
): Generator<FileImage> {
  const bySlot = slots.map((): Placed[] => [])
  file.annotations.forEach((annotation, index) => {
    const names = annotation.slot_names ?? []
    const own = bySlot.filter((_, at) => names.includes((slots[at] as Slot).slot_name))
    // Where there is no choice the name does not matter.
    if (own.length === 0 && (names.length === 0 || slots.length === 1)) own.push(bySlot[0] as Placed[])
    for (const placed of own) placed.push({ annotation, index })
    if (own.length === 0) {
      onSkip(tallied(annotation), placeInDocument(index), "the item has no slot of that name")
    }
  })
  for (const [at, slot] of slots.entries()) {
    const placed = bySlot[at] as Placed[]
    const folder = slots.length === 1 ? "" : `${part(file.item.name)}/${part(slot.slot_name)}`
    const isVideo = hasFrames(slot, file.annotations)
    if (isVideo && videos === "frames") {
      const frames = folder === "" ? stemOf(file.item.name) : folder
      yield* framesOf(file, slot, at, frames, placed, onSkip)
    } else {
      const source = slot.source_files?.[0]
      const name = source === undefined ? folder : `${folder}/${part(source.file_name)}`
      yield {
        file: pictureOf(
          file,
          name,
          slot,
          placed.map(({ annotation }) => annotation),
        ),
        place: (index) => placeInDocument((placed[index] as Placed).index),
        ...(isVideo && { isVideo }),
      }
    }
  }
}

function pictureOf(
  file: AnnotationFile,
  name: string,
  slot: Slot,
  annotations: readonly Annotation[],
): AnnotationFile {
  return { ...file, item: { ...file.item, name, slots: [slot] }, annotations }
}

function hasFrames(slot: Slot, annotations: readonly Annotation[]): boolean {
  if ((slot.frame_urls?.length ?? 0) > 0 || slot.type === "video") return true
  if (slot.type === "image") return false
  // A single page or slice may come without any word of frames; then its annotations tell.
  return typeof slot.frame_count === "number" || annotations.some(({ type }) => type === "video")
}

function* framesOf(
  file: AnnotationFile,
  slot: Slot,
  slotIndex: number,
  folder: string,
  placed: readonly Placed[],
  onSkip: OnSkip,
): Generator<FileImage> {
  const tracks: Track[] = []
  for (const { annotation, index } of placed) {
    if (annotation.type === "video") tracks.push(createTrack(annotation, index))
    else onSkip(annotation, placeInDocument(index), "it belongs to no frame of the video")
  }
  const count = frameCount(file, slot, slotIndex, tracks)
  for (const track of tracks) reportUnplaced(track, count, onSkip)

  for (let frame = 0; frame < count; frame++) {
    const annotations: ImageAnnotation[] = []
    const places: string[] = []
    const heldLayers: number[] = []
    for (const track of tracks) {
      const state = track.at(frame)
      if (state === undefined) continue
      if (state.held && state.type === "raster_layer") heldLayers.push(annotations.length)
      annotations.push(imageAnnotation(track.annotation, state, frame))
      places.push(state.held ? placeInDocument(track.index) : track.place(frame))
    }
    for (const at of heldLayers.reverse()) {
      const layer = restrict(annotations[at] as RasterLayerAnnotation, annotations)
      if (layer !== undefined) annotations[at] = layer
      else {
        annotations.splice(at, 1)
        places.splice(at, 1)
      }
    }
    const { slot_name, width, height } = slot
    const url = slot.frame_urls?.[frame]
    const still: Slot = {
      slot_name,
      type: "image",
      source_files: [{ file_name: frameName(frame), ...(url !== undefined && { url }) }],
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    }
    yield {
      file: pictureOf(file, `${folder}/${frameName(frame)}`, still, annotations),
      place: (index) => places[index] as string,
    }
  }
}

function frameCount(file: AnnotationFile, slot: Slot, slotIndex: number, tracks: readonly Track[]): number {
  const listed = slot.frame_urls?.length ?? 0
  if (listed > 0) return listed
  const count = slot.frame_count ?? tracks.reduce((most, track) => Math.max(most, track.end), 0)
  if (count > mostFrames) {
    throw new FormatError(file.path, `item.slots[${slotIndex}]`, `more than ${mostFrames} frames`)
  }
  return count
}

function reportUnplaced(track: Track, count: number, onSkip: OnSkip): void {
  const { annotation, index, frames } = track
  const one = tallied(annotation)
  if (frames.length === 0) onSkip(one, placeInDocument(index), "it has no frame")
  for (const frame of frames) {
    if (frame >= count) onSkip(one, track.place(frame), "the video has no such frame")
    else if (track.at(frame) === undefined) onSkip(one, track.place(frame), "the frame has no shape")
  }
  track.rewind()
}

/** What a track is in one frame. */
interface TrackState {
  readonly frame: Frame
  readonly type: AnnotationType
  /** The frame is not listed; it goes on as the last one was. */
  readonly held: boolean
}

/** An annotation over frames, asked for one frame after another. */
interface Track {
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

function createTrack(annotation: VideoAnnotation, index: number): Track {
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

function imageAnnotation(annotation: VideoAnnotation, state: TrackState, frame: number): ImageAnnotation {
  const { id, name, slot_names, properties, annotators, reviewers } = annotation
  const { keyframe: _, ...holder } = state.frame
  const own = properties
    ?.filter(({ frame_index: at }) => at === undefined || at === null || Number(at) === frame)
    .map((value) => (typeof value.frame_index === "number" ? { ...value, frame_index: 0 } : value))
  return {
    ...(id !== undefined && { id }),
    name,
    ...(slot_names !== undefined && { slot_names }),
    ...(own !== undefined && { properties: own }),
    ...(annotators !== undefined && { annotators }),
    ...(reviewers !== undefined && { reviewers }),
    ...holder,
    type: state.type,
  } as ImageAnnotation
}

// A layer goes on for the masks that go on; those that have ended, or not begun, are not in this frame.
function restrict(
  layer: RasterLayerAnnotation,
  annotations: readonly ImageAnnotation[],
): RasterLayerAnnotation | undefined {
  const masks = new Set(
    annotations.filter((one): one is MaskAnnotation => one.type === "mask").map(({ id }) => id),
  )
  const known = Object.entries(layer.raster_layer.mask_annotation_ids_mapping).filter(([id]) => masks.has(id))
  if (known.length === 0) return undefined
  return {
    ...layer,
    raster_layer: { ...layer.raster_layer, mask_annotation_ids_mapping: Object.fromEntries(known) },
  }
}

/** How an annotation is counted: one over frames goes by the type of its shape. */
export function tallied(annotation: Annotation): { readonly name: string; readonly type: string } {
  return { name: annotation.name, type: annotationType(annotation) ?? annotation.type }
}
