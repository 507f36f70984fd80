/** What an AVI file is made of. */
export interface AviOptions {
  /** The size of every frame in pixels. */
  readonly width: number
  readonly height: number
  /** Frames a second, whole thousandths. */
  readonly fps: number
}

/**
 * Puts PNG files into an AVI container, one a frame, as players and ffmpeg read it (four-character code `MPNG`): a
 * RIFF file of a header list (`hdrl`), the frames (`movi`) and an index (`idx1`), as in Microsoft's AVI RIFF File
 * Reference.
 */
export function encodeAvi(frames: readonly Uint8Array[], options: AviOptions): Uint8Array {
  const chunks = frames.map((frame) => chunk("00dc", frame))
  const headers = list("hdrl", [
    chunk("avih", mainHeader(frames, options)),
    list("strl", [chunk("strh", streamHeader(frames, options)), chunk("strf", bitmapHeader(options))]),
  ])
  const index = chunk("idx1", indexEntries(frames, chunks))
  return group("RIFF", "AVI ", [headers, list("movi", chunks), index])
}

/** Set in the main header: the file has an index. Set in an index entry: the frame can be decoded alone. */
const flagOfHeader = 0x10
const flagOfKeyframe = 0x10

function mainHeader(frames: readonly Uint8Array[], { width, height, fps }: AviOptions): Uint8Array {
  const largest = largestOf(frames)
  const microsecondsAFrame = Math.round(1_000_000 / fps)
  const streams = 1
  return words([
    microsecondsAFrame,
    Math.ceil(largest * fps),
    0,
    flagOfHeader,
    frames.length,
    0,
    streams,
    largest,
    width,
    height,
    0,
    0,
    0,
    0,
  ])
}

function streamHeader(frames: readonly Uint8Array[], { width, height, fps }: AviOptions): Uint8Array {
  const scale = 1000
  const anyQuality = 0xffffffff
  const numbers = [
    0,
    0,
    0,
    scale,
    Math.round(fps * scale),
    0,
    frames.length,
    largestOf(frames),
    anyQuality,
    0,
  ]
  const rectangle = Buffer.alloc(8)
  rectangle.writeUInt16LE(width, 4)
  rectangle.writeUInt16LE(height, 6)
  return Buffer.concat([Buffer.from("vidsMPNG", "latin1"), words(numbers), rectangle])
}

function bitmapHeader({ width, height }: AviOptions): Uint8Array {
  const planesAndBits = 1 | (24 << 16)
  const codec = Buffer.from("MPNG", "latin1").readUInt32LE()
  return words([40, width, height, planesAndBits, codec, width * height * 3, 0, 0, 0, 0])
}

/** One entry a frame: name, flags, the chunk's offset from the `movi` name, and its size without header. */
function indexEntries(frames: readonly Uint8Array[], chunks: readonly Uint8Array[]): Uint8Array {
  const name = Buffer.from("00dc", "latin1").readUInt32LE()
  let offset = 4
  return words(
    frames.flatMap((frame, index) => {
      const entry = [name, flagOfKeyframe, offset, frame.length]
      offset += chunks[index]?.length ?? 0
      return entry
    }),
  )
}

function largestOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((largest, frame) => Math.max(largest, frame.length), 0)
}

function words(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(numbers.length * 4)
  numbers.forEach((number, index) => {
    bytes.writeUInt32LE(number, index * 4)
  })
  return bytes
}

/** A named block with its length before it, filled up to an even number of bytes. */
function chunk(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8)
  header.write(name, "latin1")
  header.writeUInt32LE(content.length, 4)
  return Buffer.concat([header, content, Buffer.alloc(content.length % 2)])
}

function list(name: string, parts: readonly Uint8Array[]): Uint8Array {
  return group("LIST", name, parts)
}

function group(kind: string, name: string, parts: readonly Uint8Array[]): Uint8Array {
  return chunk(kind, Buffer.concat([Buffer.from(name, "latin1"), ...parts]))
}
