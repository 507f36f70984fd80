import type { Annotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Sink } from "../../stream.ts"
import type { WriteSummary } from "../format.ts"
import { type CsvFileOptions, csvFileName, nameCell, writeCsvFile } from "../shared/csv-file.ts"
import { fullNameOf } from "../shared/image-name.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"

/**
 * Writes one CSV file with a row for each image, those without tags among them: `/<item folder>/<item name>,tag,tag…`.
 *
 * Tags are written, blanks around them left out; all other types are counted as skipped, and so is a tag that an image
 * has a second time. Nothing else of a tag is held, such as its attributes. There is no row that names the columns, since
 * darwin-py would take it for an image. Cells are as they come: where a spreadsheet opens the file, it may take a class
 * such as `=SUM(A1)` for a formula.
 *
 * @throws OptionError (`option`) for options out of range.
 * @throws PathError (`path`) for an item whose name or folder has a part such as `..`.
 */
export function write(directory: string, options: CsvFileOptions = {}): Sink<AnnotationFile, WriteSummary> {
  const fileName = csvFileName(options)

  return (input, context) =>
    writeCsvFile(directory, fileName, context, async (csv) => {
      const tally = createTally(context)
      for await (const { file, place, path } of pictures(input, tally, context)) {
        const cells = [nameCell(fullNameOf(file.item))]
        for (let i = 0; i < file.annotations.length; i++) {
          const annotation = file.annotations[i] as Annotation
          const tag = annotation.name.trim()
          const reason = reasonAgainst(annotation, tag, cells)
          if (reason === undefined) {
            cells.push(tag)
            tally.written(annotation)
          } else tally.skipped(annotation, path, place(i), reason)
        }
        await csv.row(cells, path)
        tally.image()
      }
      return tally.summary()
    })
}

function reasonAgainst({ type }: Annotation, tag: string, cells: readonly string[]): string | undefined {
  if (type !== "tag") return "CSV tags has tags only"
  if (tag === "") return "its class has no name"
  return cells.includes(tag, 1) ? "the image has this tag already" : undefined
}
