import { CsvError, parse } from "csv-parse/sync"
import { FormatError } from "../errors.ts"
import { type CsvLine, createCsvLines } from "./csv-lines.ts"
import { createTextDecoder } from "./text.ts"
import { toUtf8 } from "./utf8-stream.ts"

/** A row of a CSV file. */
export interface CsvRow {
  /** The line it begins on, from 1. */
  readonly line: number
  /** Its cells without the blanks around them; an error where its quotes are wrong. */
  readonly cells: readonly string[] | FormatError
}

/** The limits of a CSV file. */
export interface CsvLimits {
  /**
   * The most characters that one row may have: they are in memory at once.
   * @default 1048576
   */
  readonly maxRowCharacters?: number
}

/**
 * The rows of a CSV file by RFC 4180, in UTF-8 or UTF-16, with or without a byte order mark. Rows may have different
 * numbers of cells, and end by LF, CRLF or CR. Blanks around cells are left out, in quotes as well; rows of nothing but
 * blanks and commas are none. Memory does not grow with the file.
 *
 * @throws FormatError (`format`) with the line, for a row longer than the limit and a quote that is never closed; with the
 * byte, for what is no text. Nothing can be read after these.
 *
 * @example
 * for await (const { line, cells } of csvRows(createReadStream("tags.csv"), "tags.csv")) console.log(line, cells)
 */
export async function* csvRows(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  limits: CsvLimits = {},
): AsyncGenerator<CsvRow, void, undefined> {
  const lines = createCsvLines(file, limits.maxRowCharacters ?? 1 << 20)
  const decoder = createTextDecoder("utf-8", file, 0)
  for await (const bytes of toUtf8(input, file)) yield* rowsOf(lines.push(decoder.decode(bytes)), file)
  decoder.end()
  yield* rowsOf(lines.end(), file)
}

function* rowsOf(lines: readonly CsvLine[], file: string): Generator<CsvRow> {
  const quoted = readQuoted(
    lines.filter(({ isQuoted }) => isQuoted),
    file,
  )
  let next = 0
  for (const { line, text, isQuoted } of lines) {
    const cells = isQuoted ? (quoted[next++] as CsvRow["cells"]) : text.split(",")
    if (cells instanceof FormatError) yield { line, cells }
    else {
      for (let i = 0; i < cells.length; i++) (cells as string[])[i] = (cells[i] as string).trim()
      if (cells.some((cell) => cell !== "")) yield { line, cells }
    }
  }
}

// A call of csv-parse costs as much as a thousand characters that it reads, so rows are given to it together; only where
// one is wrong each has to be tried by itself. Rows without a quote are not its business: splitting is ten times as fast.
function readQuoted(lines: readonly CsvLine[], file: string): CsvRow["cells"][] {
  if (lines.length === 0) return []
  try {
    const rows = parseRows(lines.map(({ text }) => text).join("\n"))
    if (rows.length === lines.length) return rows
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    if (lines.length === 1) {
      const { line } = lines[0] as CsvLine
      return [new FormatError(file, `line ${line}`, rules[error.code] ?? wrongQuotes, { cause: error })]
    }
  }
  return lines.flatMap((line) => readQuoted([line], file))
}

function parseRows(text: string): string[][] {
  return parse(text, { record_delimiter: "\n", relax_column_count: true, trim: true, max_record_size: 0 })
}

const wrongQuotes = "its quotes are wrong"

const rules: Readonly<Partial<Record<string, string>>> = {
  INVALID_OPENING_QUOTE: "a quote stands in a cell that does not begin with one",
  CSV_INVALID_CLOSING_QUOTE: "something follows a closing quote",
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: "something follows a closing quote",
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
}
