import { OptionError } from "../../errors.ts"
import { byCodePoint } from "../../storage/by-code-point.ts"

/** The classes of a run and their numbers, for formats that number them. */
export interface ClassList {
  /** The names were given, so numbers are final from the start. */
  readonly isFrozen: boolean
  /**
   * The number of a class from 0: final in a frozen list, else in the order in which classes come. Undefined for a class
   * that a frozen list does not have.
   */
  numberOf(name: string): number | undefined
  /** The names by their final numbers. */
  names(): readonly string[]
  /** The final number by the one that `numberOf` gave. */
  finalNumbers(): Uint32Array
}

/** Why an annotation is left out whose class a frozen list does not have. */
export const unlistedClass = "its class is not in the list of classes"

/**
 * A list of classes: the given one, or one that grows with each class that comes, sorted in the end: by code point, or as
 * `order` has it. Blanks around a name do not count.
 *
 * @throws OptionError (`option`) for names given twice.
 *
 * @example
 * const list = createClassList()
 * list.numberOf("truck") // 0
 * list.numberOf("car") // 1
 * list.names() // ["car", "truck"]
 * list.finalNumbers() // 1, 0
 */
export function createClassList(
  frozen?: readonly string[],
  order: (a: string, b: string) => number = byCodePoint,
): ClassList {
  const isFrozen = frozen !== undefined
  const names: string[] = []
  const numbers = new Map<string, number>()
  const add = (name: string): number => {
    numbers.set(name, names.length)
    return names.push(name) - 1
  }
  for (const given of frozen ?? []) {
    const name = given.trim()
    if (numbers.has(name)) throw new OptionError("classes", `${JSON.stringify(name)} stands twice`)
    add(name)
  }
  const sorted = () => (isFrozen ? names : names.toSorted(order))
  return {
    isFrozen,
    numberOf: (name) => {
      const known = numbers.get(name)
      if (known !== undefined) return known
      const trimmed = name.trim()
      return numbers.get(trimmed) ?? (isFrozen ? undefined : add(trimmed))
    },
    names: sorted,
    finalNumbers: () => {
      const finals = new Uint32Array(names.length)
      sorted().forEach((name, index) => {
        finals[numbers.get(name) as number] = index
      })
      return finals
    },
  }
}
