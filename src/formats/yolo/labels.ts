import { FormatError } from "../../errors.ts"
import type { ClassNames } from "./class-names.ts"

/** One line of a label file: four numbers of a box, or x and y of each point of a segment, relative to the image. */
export interface Label {
  readonly name: string
  readonly numbers: readonly number[]
  readonly confidence?: number
}

// Ultralytics takes what is this far out of the image for rounding (verify_image_label in data/utils.py).
const tolerance = 0.01

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * Reads a line that is not empty and has no blanks around it.
 *
 * @throws FormatError (`format`) for a line that is no label.
 */
export function labelLine(
  line: string,
  names: ClassNames,
  hasConfidence: boolean,
  file: string,
  place: string,
): Label {
  const fields = line.split(/\s+/)
  const numbers: number[] = []
  for (const field of fields) {
    const value = number.test(field) ? Number(field) : Number.NaN
    if (!Number.isFinite(value)) throw new FormatError(file, place, `${shown(field)} is not a finite number`)
    numbers.push(value)
  }
  const name = nameOf(numbers.shift() as number, names, file, place)
  const confidence = hasConfidence ? numbers.pop() : undefined
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1)) {
    throw new FormatError(file, place, `the confidence ${confidence} is out of 0 to 1`)
  }
  checkCount(numbers.length, hasConfidence, file, place)
  for (const value of numbers) {
    if (value >= -tolerance && value <= 1 + tolerance) continue
    throw new FormatError(file, place, `${value} is out of 0 to 1: numbers are relative to the image`)
  }
  if (numbers.length === 4 && ((numbers[2] as number) < 0 || (numbers[3] as number) < 0)) {
    throw new FormatError(file, place, "the width or height is negative")
  }
  return { name, numbers, ...(confidence !== undefined && { confidence }) }
}

function nameOf(value: number, names: ClassNames, file: string, place: string): string {
  if (!Number.isInteger(value) || value < 0) {
    throw new FormatError(file, place, `the class ${value} is not a whole number from 0 on`)
  }
  const name = names.of(value)
  if (name === undefined)
    throw new FormatError(file, place, `the class ${value} has no name: ${names.origin}`)
  return name
}

function checkCount(count: number, hasConfidence: boolean, file: string, place: string): void {
  if (count === 4 || (count >= 6 && count % 2 === 0)) return
  const hint =
    !hasConfidence && (count === 5 || (count >= 7 && count % 2 === 1))
      ? "; a confidence at the end is read with the option confidence"
      : ""
  throw new FormatError(
    file,
    place,
    `${count} numbers behind the class: a box has 4, a segment 6 or more, in pairs${hint}`,
  )
}

function shown(field: string): string {
  return JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}…` : field)
}

const otherFiles = /(?:^|\/)(?:classes|train|val|valid|validation|test|trainval|readme\b.*)\.txt$/i
const looksLikeLabel = /^\s*\d+(?:\s+[-+.\deE]+){4}/

/** Whether a text file holds labels: those that go by the names of lists have to look it, all others do. */
export function isLabelFile(name: string, lines: readonly string[]): boolean {
  if (!otherFiles.test(name)) return true
  const first = lines.find((line) => line.trim() !== "")
  return first === undefined || looksLikeLabel.test(first)
}
