import type { SkipEvent } from "../events.ts"
import type { Annotation } from "../model/annotation.ts"
import type { AnnotationFile, Slot } from "../model/annotation-file.ts"
import { part, stemOf } from "../storage/names.ts"
import type { Transform } from "../stream.ts"
import {
  type FileImage,
  type OnSkip,
  type Placed,
  pictureOf,
  placeInDocument,
  tallied,
} from "./file-image.ts"
import { framesOf } from "./frames.ts"

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

/** Whether a slot has frames, be they of a video, a series or a document. */
export function hasFrames(slot: Slot, annotations: readonly Annotation[]): boolean {
  if ((slot.frame_urls?.length ?? 0) > 0 || slot.type === "video") return true
  if (slot.type === "image") return false
  // A single page or slice may come without any word of frames; then its annotations tell.
  return typeof slot.frame_count === "number" || annotations.some(({ type }) => type === "video")
}
