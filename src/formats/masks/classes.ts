import { OptionError } from "../../errors.ts"
import { csvRow } from "../../parse/csv-write.ts"
import { byCodePoint } from "../../storage/by-code-point.ts"
import { createClassList } from "../class-list.ts"
import type { Palette } from "./palette.ts"

/** The class of what no annotation covers. */
export const background = "__background__"

/** What 16 bits can tell apart, without the background. */
export const mostClasses = 65_535

/**
 * The list of classes that was given, without the background, which may stand in it as the first.
 *
 * @throws OptionError (`option`) for names given twice, the background elsewhere, or too many.
 */
export function frozenClasses(given: readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined
  const classes = given[0]?.trim() === background ? given.slice(1) : given
  if (classes.some((name) => name.trim() === background)) {
    throw new OptionError("classes", `${background} can only be the first`)
  }
  if (classes.length > mostClasses) throw new OptionError("classes", `are more than ${mostClasses}`)
  return createClassList(classes).names()
}

/** By lower case, as darwin-py has it, and by code point where names are equal but for case. */
export function withoutCase(a: string, b: string): number {
  return byCodePoint(a.toLowerCase(), b.toLowerCase()) || byCodePoint(a, b)
}

/** The table of values: a row a class, the samples of a colour with blanks between. Its lines end as darwin-py's do. */
export function mappingOf(names: readonly string[], { channels, samples }: Palette): string {
  let text = csvRow(["class_name", "class_color"], "\r\n")
  for (const [entry, name] of [background, ...names].entries()) {
    text += csvRow([name, samples.slice(entry * channels, (entry + 1) * channels).join(" ")], "\r\n")
  }
  return text
}
