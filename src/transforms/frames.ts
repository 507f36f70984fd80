import { FormatError } from "../errors.ts"
import type {
  ImageAnnotation,
  MaskAnnotation,
  RasterLayerAnnotation,
  VideoAnnotation,
} from "../model/annotation.ts"
import type { AnnotationFile, Slot } from "../model/annotation-file.ts"
import { frameName } from "../storage/names.ts"
import {
  type FileImage,
  type OnSkip,
  type Placed,
  pictureOf,
  placeInDocument,
  tallied,
} from "./file-image.ts"
import { createTrack, type Track, type TrackState } from "./track.ts"

// 46 hours at 60 frames a second: what counts more is a mistake, and would be written out as so many images.
const mostFrames = 10_000_000

/**
 * The frames of a video's slot as pictures, from frame 0 on, in `folder`. What belongs to no frame is told before the first
 * one.
 *
 * @throws FormatError (`format`) for a video of more than ten million frames.
 */
export function* framesOf(
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
