import { OptionError, UnsupportedError } from "../../errors.ts"
import { csvRow } from "../../parse/csv-write.ts"
import { byCodePoint } from "../../storage/by-code-point.ts"
import { createClassList, unlistedClass } from "../shared/class-list.ts"
import { lookOf, type MaskStyle, paletteOf } from "./palette.ts"
import type { Drawn } from "./sheet.ts"
import type { Look } from "./work.ts"

/** The class of what no annotation covers. */
const background = "__background__"

// What 16 bits can tell apart, without the background.
const mostClasses = 65_535

/** The classes of a run, as labels to draw with. */
export interface MaskClasses {
  /** The names were given, so that labels have their look from the start. */
  readonly isFrozen: boolean
  /** How many labels there can be so far, with 0, the background. */
  labelCount(): number
  /**
   * The label of an annotation, or why it has none.
   *
   * @throws UnsupportedError (`unsupported`) for more classes than there are labels.
   */
  labelOf(annotation: Drawn): number | string
  /** The look of the labels given so far, and `class_mapping.csv`: the value of each class. */
  finish(): { readonly look: Look; readonly mapping: string }
}

/** The classes of `frozenClasses`, or those that come, which are sorted in the end. */
export function createMaskClasses(style: MaskStyle, frozen: readonly string[] | undefined): MaskClasses {
  const classes = createClassList(frozen, withoutCase)
  let labelCount = 1 + (frozen?.length ?? 0)
  return {
    isFrozen: classes.isFrozen,
    labelCount: () => labelCount,
    labelOf: ({ name }) => {
      if (name.trim() === background) return 0
      const number = classes.numberOf(name)
      if (number === undefined) return unlistedClass
      if (number >= mostClasses) throw new UnsupportedError(`masks have at most ${mostClasses} classes`)
      labelCount = Math.max(labelCount, number + 2)
      return number + 1
    },
    finish: () => {
      const names = [background, ...classes.names()]
      const palette = paletteOf(style, names.length - 1)
      const { channels, samples } = palette
      const rows = names.map((name, entry) => [
        name,
        samples.slice(entry * channels, (entry + 1) * channels).join(" "),
      ])
      // Lines end as darwin-py's do.
      const mapping = [["class_name", "class_color"], ...rows].map((row) => csvRow(row, "\r\n")).join("")
      return { look: lookOf(palette, classes.finalNumbers()), mapping }
    },
  }
}

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
function withoutCase(a: string, b: string): number {
  return byCodePoint(a.toLowerCase(), b.toLowerCase()) || byCodePoint(a, b)
}
