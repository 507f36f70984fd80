/** How the rows of a CSV file end. */
export type CsvLineEnd = "\n" | "\r\n"

/**
 * One row of a CSV file with its line end, by RFC 4180: cells are parted by commas, and those that hold a comma, a quote or
 * a line end stand in quotes, with their quotes doubled. So do cells that readers would take for something else: with
 * blanks at either end, which some of them strip; with U+FEFF first, which begins a file as a byte order mark; and an
 * empty cell that is alone, which would be a blank line.
 *
 * Cells are kept as they are: one that a spreadsheet would take for a formula, such as `=SUM(A1)`, is not changed.
 *
 * @example
 * csvRow(["a.jpg", "night", 'say "hi", twice']) // 'a.jpg,night,"say ""hi"", twice"\n'
 */
export function csvRow(cells: readonly string[], lineEnd: CsvLineEnd = "\n"): string {
  if (cells.length === 1 && cells[0] === "") return `""${lineEnd}`
  let row = ""
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as string
    if (i > 0) row += ","
    row += special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  }
  return row + lineEnd
}

const special = /[",\r\n]|^\s|\s$/
