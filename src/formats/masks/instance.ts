import { join } from "node:path"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { onAbort } from "../../on-abort.ts"
import { csvRow } from "../../parse/csv-write.ts"
import { createAtomicFile, writeFileAtomic } from "../../storage/atomic-file.ts"
import type { Sink } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"
import type { WriteSummary } from "../format.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import { createLateTally } from "./late-tally.ts"
import { createMaskNames } from "./mask-names.ts"
import { type MaskOptions, maskOptions } from "./options.ts"
import { createSheet, type Sheet } from "./sheet.ts"
import { createMaskWorkers } from "./workers.ts"

/** Some shapes of a picture. Those of one picture come one part after another. */
interface Part {
  readonly sheet: Sheet
  readonly target: string
  /** What is to be counted before the picture. */
  readonly before: readonly (() => void)[]
  readonly from: number
  readonly to: number
}

// However many shapes a picture has, so many files of it are in hand at a time.
const mostShapes = 32

/**
 * Writes a PNG file for each polygon, ellipse and mask, `masks/<item folder>/<stem of the item's name>_<number>.png`, with 255
 * where it is and 0 elsewhere, and a table of them, `instance_mask_annotations.csv`.
 *
 * The number has five digits and is the shape's among those of its image, from 0; the table has `image_id`, the path of the
 * image's masks below `masks` without the number, `mask_id`, that with it, and `class_name`. A shape outside of the image gets
 * no file and leaves a gap. The summary counts the images that have a mask.
 *
 * Memory grows by 16 to 32 bytes an image, for its name.
 *
 * @throws OptionError (`option`) at the call, for options out of range.
 * @throws PathError (`path`) for an item whose name or folder would leave the directory, or that no file system takes.
 */
export function writeInstances(
  directory: string,
  options: MaskOptions = {},
): Sink<AnnotationFile, WriteSummary> {
  const { fillRule, jobs } = maskOptions(options)

  return async (input, context) => {
    const tally = createTally(context)
    const late = createLateTally(tally)
    const nameOf = createMaskNames(context)
    const table = await createAtomicFile(join(directory, "instance_mask_annotations.csv"))
    const workers = createMaskWorkers(jobs)
    const forget = onAbort(context?.signal, workers.close)

    async function* parts(): AsyncGenerator<Part> {
      for await (const picture of pictures(input, late, context)) {
        const sheet = createSheet(picture, fillRule, () => 1)
        const target = nameOf(picture)
        const count = sheet.drawn.length
        let before = late.take()
        let from = 0
        do {
          const to = Math.min(count, from + mostShapes)
          yield { sheet, target, before, from, to }
          before = []
          from = to
        } while (from < count)
      }
    }
    const draw = parallel<Part, Part & { readonly files: readonly (Uint8Array | undefined)[] }>(
      async (part) => {
        const { sheet, from, to } = part
        if (from === to) return { ...part, files: [] }
        const drawing = sheet.drawing(from, to)
        return { ...part, ...(await workers.run("drawEach", drawing, [drawing.shapes])) }
      },
      { concurrency: workers.concurrency },
    )

    try {
      await table.write(csvRow(["image_id", "mask_id", "class_name"]))
      let painted: number[] = []
      for await (const { sheet, target, before, from, to, files } of draw(parts(), context)) {
        for (const call of before) call()
        for (const [i, file] of files.entries()) {
          painted.push(file === undefined ? 0 : 1)
          if (file === undefined) continue
          const mask = `${target}_${String(from + i).padStart(5, "0")}`
          writeFileAtomic(join(directory, "masks", `${mask}.png`), file)
          await table.write(csvRow([target, mask, sheet.drawn[from + i]?.name.trim() as string]))
        }
        if (to < sheet.drawn.length) continue
        sheet.settle(tally, painted)
        if (painted.includes(1)) tally.image()
        painted = []
      }
      for (const call of late.take()) call()
      await table.commit()
    } finally {
      forget()
      await workers.close()
      await table.discard()
    }
    return tally.summary()
  }
}
