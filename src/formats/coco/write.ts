import { join } from "node:path"
import { OptionError } from "../../errors.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { createAtomicFile } from "../../storage/atomic-file.ts"
import { createSpool } from "../../storage/spool.ts"
import type { Sink } from "../../stream.ts"
import type { WriteSummary } from "../format.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import type { RleCoding } from "./segment.ts"
import { createCocoText } from "./text.ts"

/** How COCO is written. */
export interface CocoWriteOptions {
  /**
   * The name of the file in the output directory.
   * @default "output.json"
   */
  readonly fileName?: string
  /**
   * The date of `info.year` and `info.date_created` (its day in UTC). Without one both are left out, so that the same
   * input gives the same bytes on every day.
   */
  readonly date?: Date
  /**
   * How masks are written: `"counts"`, a list of run lengths, or `"compressed"`, the text form that pycocotools makes.
   * @default "counts"
   */
  readonly rle?: RleCoding
  /**
   * Writes the four corners of a bounding box as its segmentation, for consumers that rasterise every annotation. A
   * box is then read back as a polygon.
   * @default false
   */
  readonly boxSegmentation?: boolean
}

// Text is gathered to pieces of about this size before it goes to a file.
const pieceBytes = 1 << 18

/**
 * Writes COCO in one pass: images go straight to the file, annotations to a spool on disk that is appended at the
 * end. Memory grows with the number of classes, and by 8 to 16 bytes an image for the ids given so far.
 *
 * @throws OptionError (`option`) at the call, for options out of range.
 */
export function write(directory: string, options: CocoWriteOptions = {}): Sink<AnnotationFile, WriteSummary> {
  const { fileName = "output.json", date, rle = "counts", boxSegmentation = false } = options
  if (fileName === "" || /[/\\]/.test(fileName)) {
    throw new OptionError("fileName", "must be a plain file name")
  }
  if (date !== undefined && Number.isNaN(date.getTime())) {
    throw new OptionError("date", "must be a valid date")
  }
  if (rle !== "counts" && rle !== "compressed") {
    throw new OptionError("rle", 'must be "counts" or "compressed"')
  }

  return async (input, context) => {
    const tally = createTally(context)
    const text = createCocoText(tally, { date, rle, boxSegmentation })
    const output = await createAtomicFile(join(directory, fileName))
    try {
      const spool = await createSpool(directory)
      try {
        await output.write(text.start())
        for await (const picture of pictures(input, tally, context)) {
          text.add(picture)
          // The spool has written the piece before when it takes one; the file keeps several.
          if (text.annotations.length >= pieceBytes) await spool.write(text.annotations.take())
          if (text.images.length >= pieceBytes) await output.write(Buffer.from(text.images.take()))
        }
        await output.write(text.images.bytes())
        await output.write(text.middle())
        for await (const piece of spool.read(0, spool.bytes)) {
          context?.signal?.throwIfAborted()
          await output.write(piece)
        }
        await output.write(text.annotations.bytes())
        await output.write(text.end())
      } finally {
        await spool.close()
      }
      await output.commit()
    } finally {
      await output.discard()
    }
    return tally.summary()
  }
}
