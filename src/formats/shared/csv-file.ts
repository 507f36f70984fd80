import { join, posix } from "node:path"
import { OptionError, PathError } from "../../errors.ts"
import { csvRow } from "../../parse/csv-write.ts"
import { createAtomicFile } from "../../storage/atomic-file.ts"
import { endingOf, part } from "../../storage/names.ts"
import type { Context } from "../../stream.ts"

/** What the writers of one CSV file take. */
export interface CsvFileOptions {
  /**
   * The file's name; readers look for the ending `.csv`.
   * @default "tags.csv"
   */
  readonly fileName?: string
}

/** The name of the file, checked. */
export function csvFileName({ fileName = "tags.csv" }: CsvFileOptions): string {
  if (endingOf(fileName).toLowerCase() !== ".csv" || !isPart(fileName)) {
    throw new OptionError("fileName", `${JSON.stringify(fileName)} is no name of a .csv file`)
  }
  return fileName
}

function isPart(name: string): boolean {
  try {
    return part(name) === name
  } catch {
    return false
  }
}

/** Writes rows to a CSV file. */
export interface CsvFile {
  /** `path` is the annotation file that the row comes from, for warnings. */
  row(cells: readonly string[], path: string): Promise<void>
}

/** Makes a CSV file, row by row: it appears under its name when `work` is done, and not at all when it fails. */
export async function writeCsvFile<Result>(
  directory: string,
  name: string,
  context: Context | undefined,
  work: (file: CsvFile) => Promise<Result>,
): Promise<Result> {
  const target = await createAtomicFile(join(directory, name))
  try {
    const result = await work({
      row: async (cells, path) => {
        if (cells.some((cell) => surrogate.test(cell))) {
          context?.onEvent?.({
            type: "warning",
            message: `${path}: U+FFFD is written for half a character in ${JSON.stringify(cells[0])}`,
          })
        }
        await target.write(csvRow(cells))
      },
    })
    await target.commit()
    return result
  } finally {
    await target.discard()
  }
}

const surrogate = /\p{Surrogate}/u

/**
 * The first cell of a row: the full name of a picture or video with a slash before it, as V7 has paths. So no name can be
 * taken for that of a column.
 *
 * @throws PathError (`path`) for a name that would be read as another one.
 *
 * @example
 * nameCell("street/kerb.jpg") // "/street/kerb.jpg"
 */
export function nameCell(fullName: string): string {
  const cell = `/${fullName}`.trim()
  if (cell.endsWith("/") || posix.normalize(cell) !== cell) {
    throw new PathError(fullName, "is not the plain name of a file")
  }
  return cell
}

/** Tells the names of columns from a name of a file: `filename`, `file_name`, `full path` and the like. */
export function isNameOfNames(cell: string | undefined): boolean {
  return (
    cell !== undefined && /^(?:(?:file|image)[ _-]?(?:name|path)?|(?:full|remote)[ _-]?path)$/i.test(cell)
  )
}
