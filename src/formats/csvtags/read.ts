import { FormatError } from "../../errors.ts"
import type { TagAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile, Item } from "../../model/annotation-file.ts"
import { type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { createAttempt } from "../shared/attempt.ts"
import { isNameOfNames } from "../shared/csv-file.ts"
import { type FileRow, rowsOfFiles } from "../shared/csv-rows.ts"
import { imageItem } from "../shared/image-name.ts"

/**
 * Reads CSV files of rows `filename,tag,tag…` from files, directories and zip archives: an image a row, or several rows of
 * one image that follow one another. Rows of one image that stand apart give several files of its name; to bring them
 * together, everything would have to be held.
 *
 * Blanks around cells, empty tags and empty rows are left out. A first row of the words `filename,tag…` names the columns.
 * A tag that an image has twice counts once, and is told as a `skip` event. A row without a file name breaks the rules.
 *
 * Memory does not grow with the rows, but for the tags of one image.
 *
 * @throws FormatError (`format`) with the line, under the policy `"throw"`.
 */
export function read(paths: string | readonly string[], options: ReadOptions = {}): Source<AnnotationFile> {
  return source(async function* (context) {
    const attempt = createAttempt(options.onInvalid, context)
    let image: TaggedImage | undefined
    for await (const row of rowsOfFiles(paths, options, context)) {
      const { file, place, cells } = row
      if (row.isFirst && isHeader(cells)) continue
      const item = attempt(() => itemOf(row))
      if (item === undefined) continue
      if (image === undefined || !isSame(image, file, item)) {
        if (image !== undefined) yield fileOf(image)
        image = { file, item, tags: new Set() }
      }
      for (const tag of cells.slice(1)) {
        if (tag === "") continue
        if (image.tags.has(tag)) {
          context.onEvent?.({ type: "skip", file, place, reason: "the image has this tag twice" })
        }
        image.tags.add(tag)
      }
    }
    if (image !== undefined) yield fileOf(image)
  })
}

interface TaggedImage {
  readonly file: string
  readonly item: Item
  readonly tags: Set<string>
}

function isHeader([name, ...tags]: readonly string[]): boolean {
  return isNameOfNames(name) && tags.every((cell) => /^(?:tags?[ _-]?\d*)?$/i.test(cell))
}

function itemOf({ file, place, cells: [name = ""] }: FileRow): Item {
  if (name === "") throw new FormatError(file, place, "the row has no file name")
  return imageItem(name, {}, file, place)
}

function isSame(image: TaggedImage, file: string, { name, path }: Item): boolean {
  return image.item.name === name && image.item.path === path && image.file === file
}

function fileOf({ file, item, tags }: TaggedImage): AnnotationFile {
  const annotations = [...tags].map((name): TagAnnotation => ({ name, type: "tag", tag: {} }))
  return { path: file, version: "2.0", item, annotations }
}
