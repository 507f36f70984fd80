import { Buffer } from "node:buffer"
import { PNG } from "pngjs"
import { rleToPaths } from "../../geometry/contours.ts"
import { rleOfChanges } from "../../geometry/rle.ts"
import type { Point } from "../../model/point.ts"
import { type JsonValue, required, textOf, wrong } from "../../parse/json-value.ts"

// Four bytes each are in memory while a picture is read.
const mostPixels = 1 << 26

const prefix = "data:image/png;base64,"

/**
 * The outlines of a `binary` annotation: a PNG as large as the image, as a data URL (or under `data` of an object), whose
 * pixels belong to the mask where their alpha is more than 127.
 *
 * @throws FormatError (`format`) for what is no such picture, for one without alpha or of more than 67 million pixels, and
 * where no pixel belongs to the mask.
 */
export function binaryPaths(coordinates: JsonValue): Point[][] {
  const url = typeof coordinates.value === "string" ? coordinates : required(coordinates, "data")
  const text = textOf(url)
  if (!text.startsWith(prefix)) throw wrong(url, `expected a picture, ${prefix}…`)
  const picture = decode(url, Buffer.from(text.slice(prefix.length), "base64"))
  const changes = changesOf(picture)
  if (changes.length === 0) throw wrong(url, "the mask has no pixel")
  return rleToPaths(rleOfChanges(changes, picture.width, picture.height))
}

interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green, blue and alpha of each pixel, row by row. */
  readonly data: Uint8Array
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function decode(url: JsonValue, bytes: Buffer): Picture {
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(signature))
    throw wrong(url, "this is not a PNG picture")
  // The header comes first: width, height, depth and kind of colour, of which 4 and 6 have alpha.
  if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > mostPixels) {
    throw wrong(url, `the picture has more than ${mostPixels} pixels`)
  }
  const kind = bytes[25]
  if (kind !== 4 && kind !== 6) throw wrong(url, "the picture has no alpha channel")
  try {
    return PNG.sync.read(bytes)
  } catch (cause) {
    throw wrong(url, `this is not a PNG picture: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** Where the mask changes, down the columns. */
function changesOf({ width, height, data }: Picture): Uint32Array {
  const changes: number[] = []
  let isSet = false
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if ((data[(y * width + x) * 4 + 3] as number) > 127 === isSet) continue
      isSet = !isSet
      changes.push(x * height + y)
    }
  }
  return Uint32Array.from(changes)
}
