/**
 * Text that came from outside as one line that a terminal shows and does not obey: line ends and tabs become spaces,
 * other control characters are spelled out.
 */
export function oneLine(text: string): string {
  return (
    text
      .replace(/\s*[\r\n\t\v\f\u2028\u2029]\s*/g, " ")
      // Controls, and the marks that turn the direction of writing.
      .replace(
        /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
        (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
      )
      .trim()
  )
}

/** Rows below a heading, in columns; the last one is not padded. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows.map((row) => row.map(oneLine))]
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ""))))
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === line.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** A first line, and pairs of name and value below it, in columns. */
export function summary(first: string, pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return [oneLine(first), ...pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${oneLine(value)}`)].join(
    "\n",
  )
}

function widthOf(text: string): number {
  return [...text].length
}
