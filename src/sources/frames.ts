import { join } from "node:path"
import { imageSize } from "image-size"
import { FormatError, OptionError, UnsupportedError } from "../errors.ts"
import type { Http } from "../http/http.ts"
import { maskUrl } from "../http/mask-url.ts"
import type { Credentials } from "../http/request.ts"
import type { Item, Slot } from "../model/annotation-file.ts"
import { greyOfPacked } from "../parse/packed-grey.ts"
import { pngSize } from "../parse/png-split.ts"
import { pipe } from "../pipeline.ts"
import { frameName } from "../storage/names.ts"
import { saveBytes } from "../storage/save-bytes.ts"
import { inContext, type Source, source } from "../stream.ts"
import { map } from "../transforms/map.ts"
import { parallel } from "../transforms/parallel.ts"
import { findFfmpeg } from "../video/ffmpeg.ts"
import { longVideoFrames } from "../video/long-video.ts"
import { isLongVideo, type LongVideoSlot } from "../video/long-video-slot.ts"

/** Where frames come from, and how. A dataset's `session` has what is needed. */
export interface FramesOptions {
  readonly http: Http
  readonly credentials?: Credentials | undefined
  /**
   * The name of the item's slot.
   * @default the first one that has frames
   */
  readonly slot?: string
  /**
   * Where frames are addressed one by one, how many are fetched at a time and wait for their turn. Of a long video two
   * segments are worked on at a time, whatever this says.
   * @default 4
   */
  readonly concurrency?: number
  /**
   * The ffmpeg program that decodes long videos: its path, or its name on PATH.
   * @default "ffmpeg"
   */
  readonly ffmpeg?: string | undefined
}

/** A frame of a video, and how large its picture is in pixels. */
export interface VideoFrame {
  /** From 0; what the item's annotations call the frame. */
  readonly index: number
  /** Seconds since the begin of the video; undefined where nothing tells. */
  readonly timestamp: number | undefined
  readonly width: number
  readonly height: number
}

/** A frame in memory. */
export interface FrameData extends VideoFrame {
  /**
   * The picture as a file: PNG where it was decoded here, else as the service has it. Medical frames that hold 16-bit grey in
   * two colours (`RG16`) are 8-bit grey here, as a pull leaves them.
   */
  readonly data: Uint8Array
}

/** A frame on disk. */
export interface FrameFile extends VideoFrame {
  readonly path: string
}

/**
 * The frames of a video, or the pages or slices of a document or series, one after the other from 0: fetched where the
 * item lists an address a frame, else decoded from the segments of a long video by the user's ffmpeg. Of a long video only
 * the frames that Darwin shows are given, numbered as its annotations number them.
 *
 * A consumer that takes its time slows down ffmpeg and the transfers. Leaving the loop, or an abort, stops both, and waits
 * until ffmpeg has ended. With `directory` each frame is written there as `0000000.png` and so on, in one step, and replaces
 * what stands there under its name; one frame at a time is then in memory.
 *
 * @throws OptionError (`option`) for a slot that the item does not have, and a `concurrency` that is no whole number of 1
 *   or more.
 * @throws UnsupportedError (`unsupported`) for an item without frames.
 * @throws ProgramError (`program`) in the stream: where ffmpeg is needed and missing, before anything is fetched; and when
 *   it fails.
 * @throws FormatError (`format`) in the stream, for a manifest that breaks the rules, a segment that has fewer frames than
 *   its manifest names, and a frame that is no picture; and all that `http` throws.
 *
 * @example
 * for await (const { index, timestamp, data } of frames(file.item, dataset.session)) detect(index, data)
 */
export function frames(item: Item, options: FramesOptions & { readonly directory: string }): Source<FrameFile>
export function frames(item: Item, options: FramesOptions): Source<FrameData>
export function frames(
  item: Item,
  options: FramesOptions & { readonly directory?: string },
): Source<FrameData | FrameFile> {
  const { directory } = options
  const slot = slotOf(item, options.slot)
  const given = isLongVideo(slot) ? decodedFrames(slot, options) : fetchedFrames(slot, options)
  return directory === undefined ? given : pipe(given, map(savedIn(directory)))
}

function slotOf(item: Item, name: string | undefined): Slot {
  const slots = item.slots ?? []
  const named = name === undefined ? slots : slots.filter(({ slot_name: own }) => own === name)
  if (named.length === 0 && name !== undefined)
    throw new OptionError("slot", `${item.name} has no slot ${name}`)
  const slot = named.find((one) => (one.frame_urls?.length ?? 0) > 0 || isLongVideo(one))
  if (slot !== undefined) return slot
  throw new UnsupportedError(
    `${item.name} has no frames: it lists neither frame_urls nor segments with frame_manifests`,
  )
}

function decodedFrames(slot: LongVideoSlot, options: FramesOptions): Source<FrameData> {
  return source(async function* (context) {
    const ffmpeg = await findFfmpeg(options.ffmpeg, context.signal)
    const decoded = longVideoFrames(slot, { ...options, ffmpeg })
    for await (const { index, timestamp, png } of inContext(decoded, context)) {
      yield { index, timestamp, ...pngSize(png), data: png }
    }
  })
}

function fetchedFrames(slot: Slot, options: FramesOptions): Source<FrameData> {
  const { http, credentials, concurrency = 4 } = options
  const { fps, metadata } = slot
  const isPackedGrey = metadata?.colorspace === "RG16"
  return pipe(
    (slot.frame_urls ?? []).map((url, index) => ({ url, index })),
    parallel(
      async ({ url, index }, context): Promise<FrameData> => {
        const fetched = await http.exchange(url, (reply) => reply.bytes(), { credentials, context })
        const data = isPackedGrey ? greyOfPacked(fetched, maskUrl(url)) : fetched
        const timestamp = typeof fps === "number" && fps > 0 ? index / fps : undefined
        return { index, timestamp, ...sizeOf(data, url), data }
      },
      { concurrency },
    ),
  )
}

function sizeOf(data: Buffer, url: string): { readonly width: number; readonly height: number } {
  try {
    const { width, height } = imageSize(data)
    return { width, height }
  } catch (error) {
    throw new FormatError(maskUrl(url), "", "the frame is no picture of a kind that is known", {
      cause: error,
    })
  }
}

function savedIn(directory: string): (frame: FrameData) => Promise<FrameFile> {
  return async ({ data, ...frame }) => {
    const path = join(directory, frameName(frame.index))
    await saveBytes(path, data)
    return { ...frame, path }
  }
}
