import { FormatError } from "../errors.ts"

/** One frame of a long video, as a line of its manifest tells. */
export interface ManifestFrame {
  /** Its place among the frames of its segment, from 0. */
  readonly number: number
  /** The number of its segment, as the manifest counts. */
  readonly segment: number
  /** Whether it is a frame of the item: of a video with 30 frames a second that is annotated at one, every 30th is. */
  readonly visible: boolean
  /** Seconds since the begin of the video. */
  readonly timestamp: number
}

const form = /^(\d+):(\d+):([01]):(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i

/**
 * Reads a frame manifest: a line a frame of the video, `<number in the segment>:<segment>:<visible 0 or 1>:<seconds>`.
 * Lazy: a frame is read when it is asked for.
 *
 * @throws FormatError (`format`) naming `file` and the line.
 *
 * @example
 * [...manifestFrames("0:0:1:0.0\n1:0:0:0.04", "manifest")].filter(({ visible }) => visible).length // 1
 */
export function* manifestFrames(text: string, file: string): Generator<ManifestFrame> {
  let line = 0
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf("\n", at)
    const end = found === -1 ? text.length : found
    const content = text.slice(at, end).trim()
    at = end + 1
    line++
    if (content === "") continue
    const [, number, segment, visible, timestamp] = form.exec(content) ?? []
    if (number === undefined) {
      throw new FormatError(
        file,
        `line ${line}`,
        "expected <number in the segment>:<segment>:<0 or 1>:<seconds>",
      )
    }
    yield {
      number: Number(number),
      segment: Number(segment),
      visible: visible === "1",
      timestamp: Number(timestamp),
    }
  }
}
