import { FormatError } from "../errors.ts"
import type { Http } from "../http/http.ts"
import { maskUrl } from "../http/mask-url.ts"
import type { Credentials } from "../http/request.ts"
import { manifestFrames } from "../parse/frame-manifest.ts"
import type { Context } from "../stream.ts"
import type { LongVideoSlot } from "./long-video-slot.ts"

/** A frame of a long video that is a frame of the item. */
export interface VisibleFrame {
  /** Its number among the visible frames of the whole video, from 0. */
  readonly index: number
  /** Its place among all frames of its segment, from 0. */
  readonly number: number
  /** Seconds since the begin of the video. */
  readonly timestamp: number
}

/** A part of a long video, and which of its frames are wanted; at least one. */
export interface VideoSegment {
  readonly url: string
  readonly frames: readonly VisibleFrame[]
}

/** How what belongs to a video is fetched. */
export interface VideoAccess {
  readonly http: Http
  readonly credentials?: Credentials | undefined
}

/**
 * The segments of a long video in their order, with those of its visible frames that `isWanted` picks; segments without any
 * are left out. Frames are numbered over all manifests; the n-th segment that they name is the n-th that the slot lists.
 * One manifest at a time is in memory.
 *
 * That the slot lists more segments than the manifests name, or another number of frames, is told as a `warning` event.
 *
 * @throws FormatError (`format`) for a manifest that breaks the rules: its frames must be in the order of the video.
 */
export async function* videoSegments(
  slot: LongVideoSlot,
  { http, credentials }: VideoAccess,
  isWanted: (frame: VisibleFrame, segmentUrl: string) => boolean,
  context: Context,
): AsyncGenerator<VideoSegment, void, undefined> {
  const urls = (slot.segments ?? []).map(({ url }) => url)
  const seen = new Set<number>()
  let segment: number | undefined
  let url = ""
  let last = -1
  let visible = 0
  let frames: VisibleFrame[] = []

  for (const { url: manifestUrl } of slot.frame_manifests ?? []) {
    const file = maskUrl(manifestUrl)
    const text = await http.exchange(manifestUrl, (reply) => reply.text(), { credentials, context })
    for (const frame of manifestFrames(text, file)) {
      if (frame.segment !== segment) {
        if (frames.length > 0) yield { url, frames }
        segment = frame.segment
        const place = `segment ${segment}`
        if (seen.has(segment)) throw new FormatError(file, place, "its frames do not stand together")
        url = urls[seen.size] ?? ""
        if (url === "") throw new FormatError(file, place, `the item lists ${urls.length} segments only`)
        seen.add(segment)
        frames = []
        last = -1
      }
      if (frame.number <= last) {
        throw new FormatError(file, `segment ${segment}`, `frame ${frame.number} stands behind frame ${last}`)
      }
      last = frame.number
      if (!frame.visible) continue
      const { number, timestamp } = frame
      const one = { index: visible++, number, timestamp }
      if (isWanted(one, url)) frames.push(one)
    }
  }
  if (frames.length > 0) yield { url, frames }

  const warn = (message: string) =>
    context.onEvent?.({ type: "warning", message: `${nameOf(slot)}: ${message}` })
  if (seen.size < urls.length) warn(`${urls.length} segments are listed, and the manifests name ${seen.size}`)
  if (typeof slot.frame_count === "number" && slot.frame_count !== visible) {
    warn(`${slot.frame_count} frames are announced, and the manifests have ${visible}`)
  }
}

function nameOf(slot: LongVideoSlot): string {
  return slot.source_files?.[0]?.file_name ?? `slot ${slot.slot_name}`
}
