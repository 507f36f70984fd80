import { FormatError } from "../../errors.ts"
import type { Point } from "../../model/point.ts"
import type { XmlElement } from "../../parse/xml.ts"

/** Where an element stands, for messages. */
export function placeOf({ line, name }: XmlElement): string {
  return `line ${line}, ${name}`
}

const number = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/

/** A finite number. */
export function finite(text: string, element: XmlElement, file: string, name: string): number {
  const value = number.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  throw new FormatError(
    file,
    placeOf(element),
    `${name} ${JSON.stringify(text.slice(0, 40))} is not a finite number`,
  )
}

/** An attribute that must be there, as a number. */
export function numberOf(element: XmlElement, name: string, file: string): number {
  const text = element.attributes[name]
  if (text === undefined) throw new FormatError(file, placeOf(element), `${name} is missing`)
  return finite(text, element, file, name)
}

/** An attribute that may be absent, as a number. */
export function optionalNumber(element: XmlElement, name: string, file: string): number | undefined {
  return element.attributes[name] === undefined ? undefined : numberOf(element, name, file)
}

/** The text of an element; undefined where there is none. */
export function textOf(element: XmlElement | undefined): string | undefined {
  const text = element?.text.trim()
  return text === "" ? undefined : text
}

/** The text of an element as a whole number of 0 or more; undefined where there is none. */
export function wholeNumber(element: XmlElement | undefined, file: string): number | undefined {
  const text = textOf(element)
  if (element === undefined || text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new FormatError(file, placeOf(element), `${JSON.stringify(text.slice(0, 40))} is not a whole number`)
}

/** The size of an image, as far as it is said. */
export function sizeOf(image: XmlElement, file: string): { width?: number; height?: number } {
  const sides = (["width", "height"] as const).flatMap((name) => {
    const text = image.attributes[name]?.trim()
    // Writers put down None where they do not know a size.
    if (text === undefined || text === "" || text === "None" || text === "0") return []
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new FormatError(
        file,
        placeOf(image),
        `${name} ${JSON.stringify(text.slice(0, 40))} is no size of an image`,
      )
    }
    return [[name, value] as const]
  })
  return Object.fromEntries(sides)
}

/** `x,y;x,y` as points; at least `least` of them. */
export function pointsOf(element: XmlElement, file: string, least: number): Point[] {
  const text = element.attributes.points
  if (text === undefined) throw new FormatError(file, placeOf(element), "points is missing")
  const points = text.split(";").map((pair) => {
    const [x, y, more] = pair.split(",")
    if (x === undefined || y === undefined || more !== undefined) {
      throw new FormatError(file, placeOf(element), "points are pairs x,y with a semicolon between them")
    }
    return { x: finite(x, element, file, "x"), y: finite(y, element, file, "y") }
  })
  if (points.length < least) {
    throw new FormatError(
      file,
      placeOf(element),
      `a ${element.name} needs ${least} points, and has ${points.length}`,
    )
  }
  return points
}

/** An attribute that is a flag: `1` or `true`. */
export function isSet(element: XmlElement, name: string): boolean {
  const value = element.attributes[name]
  return value === "1" || value === "true" || value === "True"
}
