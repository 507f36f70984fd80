import { inContext, type Source, source } from "../stream.ts"
import type { LongVideoSlot } from "./long-video-slot.ts"
import { type DecodedFrame, type DecodingAccess, segmentFrames } from "./segment-frames.ts"
import { type VisibleFrame, videoSegments } from "./segments.ts"

/** Picks frames of a long video. */
export interface LongVideoOptions {
  /**
   * Is asked for each visible frame, in their order, before its segment is fetched.
   * @default all
   */
  readonly isWanted?: (frame: VisibleFrame, segmentUrl: string) => boolean
}

/**
 * The visible frames of a long video in their order, as PNG files. One segment is decoded and the next one begun: two at a
 * time are fetched, and as many ffmpegs run, each of them stopped by a consumer that takes its time.
 *
 * @throws FormatError (`format`), ProgramError (`program`), and all that `http` throws.
 */
export function longVideoFrames(
  slot: LongVideoSlot,
  access: DecodingAccess,
  { isWanted = () => true }: LongVideoOptions = {},
): Source<DecodedFrame> {
  return source(async function* (opened) {
    const closing = new AbortController()
    const context = { ...opened, signal: AbortSignal.any([opened.signal, closing.signal]) }
    const segments = videoSegments(slot, access, isWanted, context)
    const begin = async () => {
      const { value: segment } = await segments.next()
      if (segment === undefined) return undefined
      const frames = inContext(segmentFrames(segment, access), context)[Symbol.asyncIterator]()
      const first = frames.next()
      // It is waited for in its turn; until then it may fail unheard.
      first.catch(() => {})
      return { frames, first }
    }
    let ahead = begin()
    let current: Awaited<typeof ahead>
    try {
      for (current = await ahead; current !== undefined; current = await ahead) {
        ahead = begin()
        ahead.catch(() => {})
        for (let next = await current.first; next.done !== true; next = await current.frames.next()) {
          yield next.value
        }
      }
    } finally {
      closing.abort(new Error("the video is no longer wanted"))
      await current?.frames.return?.()
      const begun = await ahead.catch(() => undefined)
      await begun?.frames.return?.()
    }
  })
}
