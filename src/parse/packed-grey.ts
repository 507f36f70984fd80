import { PNG } from "pngjs"
import { FormatError, messageOf } from "../errors.ts"
import { encodePng } from "./png-write.ts"

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

// Four bytes each are in memory while a picture is read.
const mostPixels = 1 << 26

/**
 * An 8-bit grey PNG of one whose 16-bit grey stands in two colours, the high byte in red and the low one in green, as V7
 * keeps medical frames (`RG16`). Each value v becomes the whole part of v * 255 / 65536. A picture that is grey already is
 * given as it is.
 *
 * @throws FormatError (`format`) naming `file` for what is no PNG, and for one of more than 67 million pixels.
 *
 * @example
 * writeFileSync("0000000.png", greyOfPacked(readFileSync("packed.png"), "packed.png"))
 */
export function greyOfPacked(png: Buffer, file: string): Buffer {
  if (png.length < 33 || !png.subarray(0, 8).equals(signature)) {
    throw new FormatError(file, "", "this is not a PNG picture")
  }
  // The header comes first: width, height, depth and kind of colour, of which 0 and 4 are grey.
  if (png.readUInt32BE(16) * png.readUInt32BE(20) > mostPixels) {
    throw new FormatError(file, "", `the picture has more than ${mostPixels} pixels`)
  }
  if (png[25] === 0 || png[25] === 4) return png
  const { width, height, data } = decode(png, file)
  const grey = new Uint8Array(width * height)
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const packed = ((data[4 * pixel] as number) << 8) | (data[4 * pixel + 1] as number)
    grey[pixel] = (packed * 255) >> 16
  }
  return encodePng({ width, height, channels: 1, depth: 8, data: grey })
}

function decode(png: Buffer, file: string): PNG {
  try {
    return PNG.sync.read(png)
  } catch (cause) {
    throw new FormatError(file, "", `this is not a PNG picture: ${messageOf(cause)}`, { cause })
  }
}
