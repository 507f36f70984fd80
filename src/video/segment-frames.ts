import { FormatError } from "../errors.ts"
import { maskUrl } from "../http/mask-url.ts"
import { type OpenContext, type Source, source } from "../stream.ts"
import { decodePictures } from "./decode.ts"
import type { Ffmpeg } from "./ffmpeg.ts"
import { frameFilter } from "./frame-filter.ts"
import { createHandOver } from "./hand-over.ts"
import type { VideoAccess, VideoSegment, VisibleFrame } from "./segments.ts"

/** A frame as a PNG file. */
export interface DecodedFrame extends VisibleFrame {
  readonly png: Buffer
  readonly segmentUrl: string
}

/** What decoding needs. */
export interface DecodingAccess extends VideoAccess {
  readonly ffmpeg: Ffmpeg
}

/**
 * Fetches a segment of a video and gives its wanted frames, decoded while it arrives. When the connection breaks midway,
 * the segment is fetched again as often as `http` allows, and the frames follow that were not given yet.
 *
 * @throws FormatError (`format`) when the segment has fewer frames than its manifest says.
 * @throws ProgramError (`program`) when ffmpeg fails, and all that `http` throws.
 */
export function segmentFrames(segment: VideoSegment, access: DecodingAccess): Source<DecodedFrame> {
  const { http, credentials } = access
  return source(async function* (context) {
    const handOver = createHandOver<DecodedFrame>(context.signal)
    let given = 0
    const task = http
      .exchange(
        segment.url,
        async (reply) => {
          const frames = decode(
            reply.body,
            { ...segment, frames: segment.frames.slice(given) },
            access,
            context,
          )
          for await (const frame of frames) {
            await handOver.give(frame)
            given++
          }
        },
        { credentials, context },
      )
      .then(handOver.end, handOver.fail)
    try {
      yield* handOver.taken()
    } finally {
      await task
    }
  })
}

async function* decode(
  body: AsyncIterable<Buffer>,
  { url, frames }: VideoSegment,
  { ffmpeg }: DecodingAccess,
  context: OpenContext,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const { filter, unwantedBefore } = frameFilter(frames.map(({ number }) => number))
  const name = maskUrl(url)
  let at = 0
  let unwanted = unwantedBefore(0)
  for await (const png of decodePictures(ffmpeg, body, { filter, name }, context)) {
    if (unwanted-- > 0) continue
    const frame = frames[at]
    if (frame === undefined) break
    yield { ...frame, png, segmentUrl: url }
    unwanted = unwantedBefore(++at)
  }
  const missing = frames[at]
  if (missing !== undefined) {
    throw new FormatError(
      name,
      `frame ${missing.number}`,
      "the manifest names it, and the segment ends before it",
    )
  }
}
