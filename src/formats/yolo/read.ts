import { OptionError } from "../../errors.ts"
import { splitBridges } from "../../geometry/join-paths.ts"
import { boundsOf } from "../../geometry/polygon.ts"
import type { ImageAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Box } from "../../model/point.ts"
import { decodeText } from "../../parse/text.ts"
import { inContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { createAttempt } from "../shared/attempt.ts"
import { imageItem } from "../shared/image-name.ts"
import { readDocuments } from "../shared/read-documents.ts"
import { givenNames, namesIn } from "./class-names.ts"
import { createNamesFinder } from "./find-names.ts"
import { createImageFinder, imageMissing } from "./image-files.ts"
import { itemName } from "./label-names.ts"
import { isLabelFile, type Label, labelLine } from "./labels.ts"
import type { Size } from "./picture.ts"

/** How YOLO is read. */
export interface YoloReadOptions extends ReadOptions {
  /** The names of the classes, in the order of their numbers, in place of those that stand beside the labels. */
  readonly classes?: readonly string[]
  /**
   * Where the images are, in the folders of their label files (without `labels`). Without it they are looked for where
   * Ultralytics has them: in `images` in place of the last `labels` of the path, or beside the label file.
   */
  readonly imageDirectory?: string
  /** The size in pixels of images that are not found. */
  readonly imageSize?: Size
  /**
   * What an item's name ends in where its image is not found.
   * @default ".jpg"
   */
  readonly imageEnding?: string
  /**
   * Lines end in a confidence, as predictions that were saved with `save_conf` do. It becomes `inference.confidence`.
   * @default false
   */
  readonly confidence?: boolean
}

/**
 * Reads label files of Ultralytics and Darknet, one an image, from files, directories and zip archives: lines of a class
 * and four numbers as boxes, lines of a class and three or more points as polygons. Where a contour walks an edge there and
 * back, as this writer and Ultralytics' converter join parts and holes, it is taken apart into its paths again.
 *
 * Class names come from `data.yaml`, `darknet.labels`, `obj.names` or `classes.txt`, the first that is there: in the
 * input's root, or for an input inside of a folder `labels`, up to beside that folder. Numbers are relative to the image,
 * so its size is read from the header of its file, or is `imageSize`. Images inside of archives are not looked at.
 *
 * The item is named after its label file, with the ending of its image; its folder is that of the label file without the
 * last `labels`. Lists of images (`train.txt` and the like), of classes and a README are passed over with a `warning`
 * event.
 *
 * A record is a line. What breaks the rules: a class that has no name or is no whole number; a number that is none or
 * further out of 0 to 1 than the 0.01 that Ultralytics allows; another count of numbers. A file with labels whose image's
 * size is not known is left out as a whole.
 *
 * @throws OptionError (`option`) at the call, for options out of range.
 * @throws FormatError (`format`) with file and line, under the policy `"throw"`.
 *
 * @example
 * for await (const file of yolo.read("dataset/labels", { imageSize: { width: 640, height: 480 } })) show(file)
 */
export function read(
  paths: string | readonly string[],
  options: YoloReadOptions = {},
): Source<AnnotationFile> {
  const { onInvalid, imageEnding = ".jpg", confidence = false } = options
  checkOptions(options)
  const given = options.classes && givenNames(options.classes)

  return source(async function* (context) {
    const attempt = createAttempt(onInvalid, context)
    const warn = (message: string) => context.onEvent?.({ type: "warning", message })
    const findNames = createNamesFinder((file) => attempt(() => namesIn(file)))
    const findImage = createImageFinder(options.imageDirectory, warn)

    for (const input of typeof paths === "string" ? [paths] : paths) {
      const names = given ?? (await findNames(input))
      const files = readDocuments(input, { ...options, extensions: [".txt"] })
      for await (const { path, name, content } of inContext(files, context)) {
        const lines = attempt(() => linesOf(content(), path))
        if (lines === undefined) continue
        if (!isLabelFile(name, lines)) {
          warn(`${path}: passed over, since it does not hold labels`)
          continue
        }
        const labels: Label[] = []
        for (let i = 0; i < lines.length; i++) {
          const line = (lines[i] as string).trim()
          if (line === "") continue
          const label = attempt(() => labelLine(line, names, confidence, path, `line ${i + 1}`))
          if (label !== undefined) labels.push(label)
        }
        const image = findImage(path, name)
        const size = image?.size ?? options.imageSize
        const file = attempt((): AnnotationFile => {
          const item = imageItem(itemName(name) + (image?.ending ?? imageEnding), size ?? {}, path, "")
          if (labels.length === 0) return { path, version: "2.0", item, annotations: [] }
          if (size === undefined) throw imageMissing(path)
          return { path, version: "2.0", item, annotations: labels.map((label) => annotationOf(label, size)) }
        })
        if (file !== undefined) yield file
      }
    }
  })
}

function checkOptions({ imageSize, imageEnding, classes }: YoloReadOptions): void {
  if (imageSize !== undefined) {
    const isSize = [imageSize.width, imageSize.height].every((side) => Number.isSafeInteger(side) && side > 0)
    if (!isSize) throw new OptionError("imageSize", "must be a width and a height in whole pixels")
  }
  if (imageEnding !== undefined && !/^(?:\.[^./\\]+)*$/.test(imageEnding)) {
    throw new OptionError("imageEnding", "must be an ending with its dot, such as .png, or empty")
  }
  if (classes?.some((name) => name.trim() === "") === true) {
    throw new OptionError("classes", "must be names")
  }
}

function linesOf(content: Uint8Array | string, path: string): string[] {
  return (typeof content === "string" ? content : decodeText(content, path)).split(/\r\n|\n|\r/)
}

function annotationOf({ name, numbers, confidence }: Label, { width, height }: Size): ImageAnnotation {
  const inference = confidence !== undefined && { inference: { confidence } }
  if (numbers.length === 4) {
    const [x, y, w, h] = numbers as [number, number, number, number]
    const bounding_box: Box = { x: (x - w / 2) * width, y: (y - h / 2) * height, w: w * width, h: h * height }
    return { name, type: "bounding_box", bounding_box, ...inference }
  }
  const path: { x: number; y: number }[] = []
  for (let i = 0; i < numbers.length; i += 2) {
    path.push({ x: (numbers[i] as number) * width, y: (numbers[i + 1] as number) * height })
  }
  const bounding_box = boundsOf([path]) as Box
  return { name, type: "polygon", polygon: { paths: splitBridges(path) }, bounding_box, ...inference }
}
