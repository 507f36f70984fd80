import { join } from "node:path"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { onAbort } from "../../on-abort.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import { createRecordSpool } from "../../storage/record-spool.ts"
import type { Sink } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"
import type { ClassOptions, WriteSummary } from "../format.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import { createMaskClasses, frozenClasses } from "./classes.ts"
import { createLateTally } from "./late-tally.ts"
import { createMaskNames } from "./mask-names.ts"
import { type MaskOptions, maskOptions } from "./options.ts"
import type { MaskStyle } from "./palette.ts"
import { type PutAside, putAside, takenUp } from "./put-aside.ts"
import { createSheet, type Sheet, type Size } from "./sheet.ts"
import type { Look } from "./work.ts"
import { createMaskWorkers } from "./workers.ts"

/** How semantic masks are written. */
export interface SemanticMaskOptions extends MaskOptions, ClassOptions {
  /**
   * The names of the classes in their order, without the background. It freezes their numbers and colours, so that subsets, splits
   * and reruns agree; annotations of other classes are left out. Without it, the classes that occur are sorted without
   * regard to case, as in darwin-py, and by code point where they are equal but for case.
   */
  readonly classes?: readonly string[]
}

interface Page {
  readonly sheet: Sheet
  readonly target: string
  /** What is to be counted before the picture. */
  readonly before: readonly (() => void)[]
  readonly labelCount: number
}

/** A page drawn: a file where the classes are known, else the bytes of its labels; neither where it has no size. */
interface DrawnPage extends Page {
  readonly painted: ArrayLike<number>
  readonly file?: Uint8Array
  readonly runs?: Uint8Array
}

interface Encoded {
  readonly target: string
  readonly file: Uint8Array
}

/**
 * Makes the writer of one style of masks.
 *
 * It writes a PNG file an image, `masks/<item folder>/<stem of the item's name>.png`, in which each pixel has the value of the
 * class that covers it, 0 where none does, and `class_mapping.csv` with the value of each class. Annotations are drawn in
 * their order, so that a later one covers an earlier one; those of the class `__background__` take away what was there. A
 * class has a value as soon as there is a polygon, an ellipse or a mask of it, drawn or not.
 *
 * Images of unknown size, or of too many pixels, have no mask: a `warning` event says so, and their annotations are skipped.
 *
 * The values are known when all classes have been seen: until then label images wait in a spool on disk, as runs. Memory grows
 * with the number of classes, and by 16 to 32 bytes an image for its name. With `classes` each file is written at once.
 *
 * @throws OptionError (`option`) at the call, for options out of range.
 * @throws UnsupportedError (`unsupported`) for more than 65,535 classes.
 * @throws PathError (`path`) for an item whose name or folder would leave the directory, or that no file system takes.
 */
export function semanticWriter(
  style: MaskStyle,
): (directory: string, options?: SemanticMaskOptions) => Sink<AnnotationFile, WriteSummary> {
  return (directory, options = {}) => {
    const { fillRule, jobs } = maskOptions(options)
    const frozen = frozenClasses(options.classes)

    return async (input, context) => {
      const tally = createTally(context)
      const late = createLateTally(tally)
      const nameOf = createMaskNames(context)
      const classes = createMaskClasses(style, frozen)
      const look = classes.isFrozen ? classes.finish().look : undefined
      const spool = look === undefined ? await createRecordSpool(directory) : undefined
      const workers = createMaskWorkers(jobs)
      const { concurrency } = workers
      const forget = onAbort(context?.signal, workers.close)

      async function* pages(): AsyncGenerator<Page> {
        for await (const picture of pictures(input, late, context)) {
          const sheet = createSheet(picture, fillRule, classes.labelOf)
          yield { sheet, target: nameOf(picture), before: late.take(), labelCount: classes.labelCount() }
        }
      }
      const draw = parallel<Page, DrawnPage>(
        async (page) => {
          const { sheet, labelCount } = page
          if (sheet.size === undefined) return { ...page, painted: [] }
          const drawing = sheet.drawing(0, sheet.drawn.length)
          const drawn =
            look === undefined
              ? await workers.run("draw", { drawing, labelCount }, [drawing.shapes])
              : await workers.run("drawFile", { drawing, labelCount, look }, [drawing.shapes])
          return { ...page, ...drawn }
        },
        { concurrency },
      )
      const encode = (finalLook: Look) =>
        parallel<PutAside, Encoded>(
          async ({ target, ...labels }) => {
            const { file } = await workers.run("encode", { ...labels, look: finalLook }, [labels.runs])
            return { target, file }
          },
          { concurrency },
        )
      const put = (target: string, file: Uint8Array): void => {
        writeFileAtomic(join(directory, "masks", `${target}.png`), file)
        tally.image()
      }

      try {
        for await (const { sheet, target, before, painted, file, runs } of draw(pages(), context)) {
          for (const call of before) call()
          sheet.settle(tally, painted)
          if (file !== undefined) put(target, file)
          if (runs !== undefined) await spool?.add(putAside({ target, ...(sheet.size as Size), runs }))
          if (sheet.flaw === undefined) continue
          const message = `${sheet.picture.path}: ${target} has no mask: ${sheet.flaw}`
          context?.onEvent?.({ type: "warning", message })
        }
        for (const call of late.take()) call()

        const { look: finalLook, mapping } = classes.finish()
        if (spool !== undefined) {
          for await (const { target, file } of encode(finalLook)(takenUp(spool), context)) put(target, file)
        }
        writeFileAtomic(join(directory, "class_mapping.csv"), mapping)
      } finally {
        forget()
        await workers.close()
        await spool?.close()
      }
      return tally.summary()
    }
  }
}
