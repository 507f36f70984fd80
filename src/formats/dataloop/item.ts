import type { Item, Slot } from "../../model/annotation-file.ts"
import { type JsonValue, member, required, textOf, wrong } from "../../parse/json-value.ts"
import { imageItem } from "../shared/image-name.ts"

/** The item of a Dataloop document, and whether its annotations are over frames. */
export interface DataloopItem {
  readonly item: Item
  readonly isVideo: boolean
  readonly frameCount: number | undefined
}

/**
 * The item of a document: folder and name by `filename`, size, frame rate and number of frames by `metadata`. It is a video
 * where its media type says so; without one, where its name ends like a video's, or an annotation goes beyond frame 0.
 *
 * @throws FormatError (`format`) naming the member that breaks a rule.
 */
export function itemOf(document: JsonValue, annotations: readonly JsonValue[]): DataloopItem {
  const filename = required(document, "filename")
  const metadata = member(document, "metadata")
  const system = metadata && member(metadata, "system")
  const width = system && sizeOf(system, "width")
  const height = system && sizeOf(system, "height")
  const item = imageItem(
    textOf(filename),
    { ...(width !== undefined && { width }), ...(height !== undefined && { height }) },
    filename.file,
    filename.place,
  )
  const mimetype = system && member(system, "mimetype")
  const isVideo =
    typeof mimetype?.value === "string"
      ? mimetype.value.startsWith("video/")
      : videoEnding.test(item.name) || annotations.some(goesBeyondFirstFrame)
  if (!isVideo) return { item, isVideo, frameCount: undefined }
  const fps = positive(metadata && member(metadata, "fps")) ?? positive(system && member(system, "fps"))
  const ffmpeg = system && member(system, "ffmpeg")
  const frameCount = ffmpeg && (count(ffmpeg, "nb_read_frames") ?? count(ffmpeg, "nb_frames"))
  const slot: Slot = {
    ...(item.slots?.[0] as Slot),
    type: "video",
    ...(fps !== undefined && { fps }),
    ...(frameCount !== undefined && { frame_count: frameCount }),
  }
  return { item: { ...item, slots: [slot] }, isVideo, frameCount }
}

const videoEnding = /\.(?:mp4|m4v|mov|avi|mkv|webm)$/i

/** The pixels of a side; undefined where it is not told, or 0. */
function sizeOf(system: JsonValue, key: string): number | undefined {
  const size = member(system, key)
  if (size === undefined || size.value === 0) return undefined
  if (!Number.isSafeInteger(size.value) || (size.value as number) < 0) {
    throw wrong(size, "expected a number of pixels")
  }
  return size.value as number
}

function positive(of: JsonValue | undefined): number | undefined {
  return Number.isFinite(of?.value) && (of?.value as number) > 0 ? (of?.value as number) : undefined
}

// ffprobe counts in texts.
function count(ffmpeg: JsonValue, key: string): number | undefined {
  const value = Number(member(ffmpeg, key)?.value)
  return Number.isSafeInteger(value) && value > 0 ? value : undefined
}

function goesBeyondFirstFrame({ value }: JsonValue): boolean {
  const { frame, snapshots_: snapshots } = (value as Partial<RawAnnotation> | null)?.metadata?.system ?? {}
  if (typeof frame === "number" && frame > 0) return true
  return (
    Array.isArray(snapshots) &&
    snapshots.some((snapshot) => {
      const at = (snapshot as { frame?: unknown } | null)?.frame
      return typeof at === "number" && at > 0
    })
  )
}

interface RawAnnotation {
  readonly metadata?: {
    readonly system?: { readonly frame?: unknown; readonly snapshots_?: unknown } | null
  } | null
}
