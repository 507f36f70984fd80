import { join } from "node:path"
import { UnsupportedError } from "../../errors.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { onAbort } from "../../on-abort.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import { createRecordSpool } from "../../storage/record-spool.ts"
import type { Sink } from "../../stream.ts"
import { parallel } from "../../transforms/parallel.ts"
import { createClassList, unlistedClass } from "../class-list.ts"
import type { ClassOptions, WriteSummary } from "../format.ts"
import { pictures } from "../pictures.ts"
import { createTally } from "../tally.ts"
import { background, frozenClasses, mappingOf, mostClasses, withoutCase } from "./classes.ts"
import { createLateTally } from "./late-tally.ts"
import { createMaskNames } from "./mask-names.ts"
import { type MaskOptions, maskOptions } from "./options.ts"
import { lookOf, type MaskStyle, paletteOf } from "./palette.ts"
import { type PutAside, putAside, takenUp } from "./put-aside.ts"
import { createSheet, type Drawn, type Sheet, type Size } from "./sheet.ts"
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

/**
 * Makes the writer of one style of masks.
 *
 * It writes a PNG file an image, `masks/<item folder>/<stem of the item's name>.png`, in which each pixel has the value of the
 * class that covers it, 0 where none does, and `class_mapping.csv` with the value of each class. Annotations are drawn in
 * their order, so that a later one covers an earlier one; those of the class `__background__` take away what was there. A
 * class has a value as soon as there is a polygon, an ellipse or a mask of it, drawn or not.
 *
 * The values are known when all classes have been seen: until then label images wait in a spool on disk, as runs. Memory grows
 * with the number of classes, and by 16 to 32 bytes an image for its name. With `classes` each file is written at once.
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
      const classes = createClassList(frozen, withoutCase)
      const workers = createMaskWorkers(jobs)
      const forget = onAbort(context?.signal, workers.close)
      const { concurrency } = workers
      let labelCount = frozen === undefined ? 1 : frozen.length + 1
      let palette = frozen && paletteOf(style, frozen.length)
      const look = palette && lookOf(palette, classes.finalNumbers())

      const labelOf = ({ name }: Drawn): number | string => {
        if (name.trim() === background) return 0
        const number = classes.numberOf(name)
        if (number === undefined) return unlistedClass
        if (number >= mostClasses) throw new UnsupportedError(`masks have at most ${mostClasses} classes`)
        labelCount = Math.max(labelCount, number + 2)
        return number + 1
      }
      async function* pages(): AsyncGenerator<Page> {
        for await (const picture of pictures(input, late, context)) {
          const sheet = createSheet(picture, fillRule, labelOf)
          yield { sheet, target: nameOf(picture), before: late.take(), labelCount }
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
      const put = (target: string, file: Uint8Array): void => {
        writeFileAtomic(join(directory, "masks", `${target}.png`), file)
        tally.image()
      }

      const spool = look === undefined ? await createRecordSpool(directory) : undefined
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

        palette ??= paletteOf(style, classes.names().length)
        if (spool !== undefined) {
          const finals = lookOf(palette, classes.finalNumbers())
          const encode = parallel<PutAside, { readonly target: string; readonly file: Uint8Array }>(
            async ({ target, ...encoded }) => {
              const { file } = await workers.run("encode", { ...encoded, look: finals }, [encoded.runs])
              return { target, file }
            },
            { concurrency },
          )
          for await (const { target, file } of encode(takenUp(spool), context)) put(target, file)
        }
      } finally {
        forget()
        await workers.close()
        await spool?.close()
      }
      writeFileAtomic(join(directory, "class_mapping.csv"), mappingOf(classes.names(), palette))
      return tally.summary()
    }
  }
}
