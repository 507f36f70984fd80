import { join } from "node:path"
import { OptionError } from "../../errors.ts"
import type { Annotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import { createRecordSpool } from "../../storage/record-spool.ts"
import type { Sink } from "../../stream.ts"
import type { ClassOptions, WriteSummary } from "../format.ts"
import { type ClassList, createClassList, unlistedClass } from "../shared/class-list.ts"
import { createDistinctNames } from "../shared/distinct-names.ts"
import { fullNameOf, targetOf } from "../shared/image-name.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import { addBox } from "./boxes.ts"
import { createLabelBytes, createRenumbering, type LabelBytes } from "./label-bytes.ts"
import { writeNames, type YoloLayout } from "./names-files.ts"
import {
  createYoloPicture,
  isLabelled,
  type Labelled,
  noSize,
  type Size,
  type YoloPicture,
} from "./picture.ts"
import { addContour } from "./segments.ts"

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
  return write(directory, options, addBox, "YOLO has boxes only")
}

/** Writes the same files with one contour a line, under the same options. */
export function writeSegments(
  directory: string,
  options: YoloWriteOptions = {},
): Sink<AnnotationFile, WriteSummary> {
  return write(directory, options, addContour, "YOLO has segments only")
}

function write(
  directory: string,
  { classes: frozen, layout = "flat" }: YoloWriteOptions,
  addShape: (out: LabelBytes, annotation: Labelled, size: Size, picture: YoloPicture) => string | undefined,
  unheld: string,
): Sink<AnnotationFile, WriteSummary> {
  if (layout !== "flat" && layout !== "labels") throw new OptionError("layout", 'must be "flat" or "labels"')
  createClassList(frozen)
  const folder = layout === "labels" ? join(directory, "labels") : directory

  /** Adds the annotation's line, with the number that its class has so far. Gives the reason where it has none. */
  const addLine = (
    out: LabelBytes,
    annotation: Annotation,
    picture: YoloPicture,
    classes: ClassList,
  ): string | undefined => {
    if (annotation.type === "raster_layer") return picture.masks().fault(annotation)
    if (!isLabelled(annotation)) return unheld
    const number = classes.numberOf(annotation.name)
    if (number === undefined) return unlistedClass
    if (picture.size === undefined) return noSize
    const start = out.length
    out.whole(number)
    const reason = addShape(out, annotation, picture.size, picture)
    if (reason === undefined) out.lineEnd()
    else out.length = start
    return reason
  }

  return async (input, context) => {
    const tally = createTally(context)
    const classes = createClassList(frozen)
    const names = createDistinctNames()
    const warn = (message: string) => context?.onEvent?.({ type: "warning", message })
    const out = createLabelBytes()
    const put = (target: string, lines: Uint8Array): void => {
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
        // What is put aside begins with the name of its file.
        out.length = 0
        if (spool !== undefined) out.text(`${JSON.stringify(target)}\n`)
        for (let i = 0; i < file.annotations.length; i++) {
          const annotation = file.annotations[i] as Annotation
          const reason = addLine(out, annotation, picture, classes)
          if (reason === undefined) tally.written(annotation)
          else tally.skipped(annotation, path, place(i), reason)
        }
        if (spool === undefined) put(target, out.bytes())
        else await spool.add(out.bytes())
      }
      if (spool !== undefined) {
        const renumber = createRenumbering(classes.finalNumbers())
        for await (const record of spool.records()) {
          context?.signal?.throwIfAborted()
          const end = record.indexOf("\n")
          put(JSON.parse(record.toString("utf8", 0, end)), renumber(record.subarray(end + 1)))
        }
      }
    } finally {
      await spool?.close()
    }
    writeNames(directory, classes.names(), layout, warn)
    return tally.summary()
  }
}
