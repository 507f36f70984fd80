import { join } from "node:path"
import { OptionError } from "../../errors.ts"
import type { Annotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import { createRecordSpool } from "../../storage/record-spool.ts"
import type { Sink } from "../../stream.ts"
import { type ClassList, createClassList, unlistedClass } from "../class-list.ts"
import { createDistinctNames } from "../distinct-names.ts"
import type { ClassOptions, WriteSummary } from "../format.ts"
import { fullNameOf, targetOf } from "../image-name.ts"
import { pictures } from "../pictures.ts"
import { createTally } from "../tally.ts"
import { boxNumbers, boxOf } from "./boxes.ts"
import { writeNames, type YoloLayout } from "./names-files.ts"
import {
  createYoloPicture,
  isLabelled,
  type Labelled,
  noSize,
  type Size,
  type YoloPicture,
} from "./picture.ts"
import { contourNumbers, contourOf } from "./segments.ts"

/** How YOLO is written. */
export interface YoloWriteOptions extends ClassOptions {
  /**
   * Where label files go: into the directory itself (`"flat"`, as darwin-py has it; images belong beside them), or below
   * its `labels` folder (`"labels"`; images belong below `images`, where a dataset that was pulled has them).
   * @default "flat"
   */
  readonly layout?: YoloLayout
}

/**
 * Writes one text file an image, `<item folder>/<stem of the item's name>.txt`, and the names of the classes as
 * `data.yaml` and `darknet.labels`.
 *
 * Classes are numbered by code point over all that have boxes, polygons, ellipses or masks, whether these could be written
 * or not. The numbers are known when all have been seen: until then the files wait in a spool on disk, and memory grows
 * with the number of classes only. With `classes` each file is written at once.
 *
 * Of several images that would have one file, the later ones get `_2`, `_3` and so on, which is told as a `warning` event,
 * since Ultralytics will not find them; for that, 16 to 32 bytes an image are held in memory.
 *
 * @throws OptionError (`option`) at the call, for options out of range.
 * @throws PathError (`path`) for an item whose name or folder would leave the directory, or that no file system takes.
 */
export function writeBoxes(
  directory: string,
  options: YoloWriteOptions = {},
): Sink<AnnotationFile, WriteSummary> {
  return write(directory, options, boxOf, boxNumbers, "YOLO has boxes only")
}

/** The same with one contour a line. */
export function writeSegments(
  directory: string,
  options: YoloWriteOptions = {},
): Sink<AnnotationFile, WriteSummary> {
  return write(directory, options, contourOf, contourNumbers, "YOLO has segments only")
}

function write<Shape extends object>(
  directory: string,
  { classes: frozen, layout = "flat" }: YoloWriteOptions,
  shapeOf: (annotation: Labelled, size: Size, picture: YoloPicture) => Shape | string,
  numbersOf: (shape: Shape, size: Size) => string,
  unheld: string,
): Sink<AnnotationFile, WriteSummary> {
  if (layout !== "flat" && layout !== "labels") throw new OptionError("layout", 'must be "flat" or "labels"')
  createClassList(frozen)
  const folder = layout === "labels" ? join(directory, "labels") : directory

  /** The annotation's line with the number that its class has so far, or why it has none. */
  const lineOf = (annotation: Annotation, picture: YoloPicture, classes: ClassList): Line => {
    if (annotation.type === "raster_layer") return { reason: picture.masks().fault(annotation) }
    if (!isLabelled(annotation)) return { reason: unheld }
    const number = classes.numberOf(annotation.name)
    if (number === undefined) return { reason: unlistedClass }
    const { size } = picture
    if (size === undefined) return { reason: noSize }
    const shape = shapeOf(annotation, size, picture)
    return typeof shape === "string" ? { reason: shape } : { line: `${number}${numbersOf(shape, size)}\n` }
  }

  return async (input, context) => {
    const tally = createTally(context)
    const classes = createClassList(frozen)
    const names = createDistinctNames()
    const warn = (message: string) => context?.onEvent?.({ type: "warning", message })
    const put = (target: string, lines: string): void => {
      writeFileAtomic(join(folder, target), lines)
      tally.image()
    }
    const spool = classes.isFrozen ? undefined : await createRecordSpool(directory)
    try {
      for await (const { file, place, path } of pictures(input, tally, context)) {
        const wanted = `${targetOf(fullNameOf(file.item))}.txt`
        const target = names.take(wanted)
        if (target !== wanted) warn(`${path}: written as ${target}, since another image has ${wanted}`)
        const picture = createYoloPicture(file)
        let lines = ""
        for (let i = 0; i < file.annotations.length; i++) {
          const annotation = file.annotations[i] as Annotation
          const { line, reason } = lineOf(annotation, picture, classes)
          if (reason === undefined) tally.written(annotation)
          else tally.skipped(annotation, path, place(i), reason)
          if (line !== undefined) lines += line
        }
        if (spool === undefined) put(target, lines)
        else await spool.add(Buffer.from(`${target.length} ${target}${lines}`))
      }
      if (spool !== undefined) {
        const finals = classes.finalNumbers()
        for await (const record of spool.records()) {
          context?.signal?.throwIfAborted()
          const [target, lines] = unpack(record.toString())
          put(target, renumbered(lines, finals))
        }
      }
    } finally {
      await spool?.close()
    }
    writeNames(directory, classes.names(), layout, warn)
    return tally.summary()
  }
}

/** A line, a reason why there is none, or neither for what has its lines elsewhere. */
interface Line {
  readonly line?: string
  readonly reason?: string | undefined
}

/** The name of a file and its lines, as they were put aside: `<length of the name> <name><lines>`. */
function unpack(record: string): [target: string, lines: string] {
  const blank = record.indexOf(" ")
  const end = blank + 1 + Number(record.slice(0, blank))
  return [record.slice(blank + 1, end), record.slice(end)]
}

/** Lines with the final number of each class. */
function renumbered(lines: string, finals: Uint32Array): string {
  if (finals.every((final, number) => final === number)) return lines
  let text = ""
  for (let start = 0; start < lines.length; ) {
    const blank = lines.indexOf(" ", start)
    const end = lines.indexOf("\n", blank) + 1
    text += finals[Number(lines.slice(start, blank))] + lines.slice(blank, end)
    start = end
  }
  return text
}
