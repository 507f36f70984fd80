/**
 * The place of an index in a text, for error messages. Both numbers begin at 1; the column counts UTF-16 units, as
 * editors do.
 *
 * @example
 * lineAndColumn("a\nbc", 3) // "line 2, column 2"
 */
export function lineAndColumn(text: string, at: number): string {
  let line = 1
  let start = 0
  for (let end = text.indexOf("\n"); end !== -1 && end < at; end = text.indexOf("\n", start)) {
    line++
    start = end + 1
  }
  return `line ${line}, column ${at - start + 1}`
}
