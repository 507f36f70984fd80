import { FormatError } from "../../errors.ts"
import { rleToPaths } from "../../geometry/contours.ts"
import { boundsOf } from "../../geometry/polygon.ts"
import { rotatePath } from "../../geometry/rotate.ts"
import { boxedToRle } from "../../geometry/row-runs.ts"
import type { AnnotationType, ImageAnnotation, Shapes } from "../../model/annotation.ts"
import type { Item } from "../../model/annotation-file.ts"
import type { Box, Point } from "../../model/point.ts"
import type { XmlElement } from "../../parse/xml.ts"
import type { Attempt } from "../shared/attempt.ts"
import { subAnnotationsOf } from "./attributes.ts"
import { finite, isSet, numberOf, optionalNumber, placeOf, pointsOf } from "./read-values.ts"

/** A main shape under the key of its type, with that type. */
export type ReadShape = Partial<Shapes> & { readonly type: AnnotationType; readonly bounding_box?: Box }

/** The annotations of an `<image>`, in its order; what is none is told by `skip`. */
export function imageAnnotations(
  image: XmlElement,
  item: Item,
  file: string,
  attempt: Attempt,
  skip: (element: XmlElement, reason: string) => void,
): ImageAnnotation[] {
  const { width, height } = item.slots?.[0] ?? {}
  const size = typeof width === "number" && typeof height === "number" ? { width, height } : undefined
  return image.children.flatMap((element) => {
    const made = attempt(() => {
      const shapes = shapesOf(element, size, file)
      if (typeof shapes === "string") return shapes
      const base = { name: labelOf(element, file), slot_names: ["0"], ...subsOf(element) }
      return shapes.map((shape) => ({ ...base, ...shape }) as ImageAnnotation)
    })
    if (typeof made === "string") skip(element, made)
    return made === undefined || typeof made === "string" ? [] : made
  })
}

/** The class of a shape or track. */
export function labelOf(element: XmlElement, file: string): string {
  const label = element.attributes.label?.trim()
  if (label === undefined || label === "") throw new FormatError(file, placeOf(element), "label is missing")
  return label
}

/** What stands beside a shape. */
export function subsOf(element: XmlElement): object {
  const attributes = element.children
    .filter(({ name }) => name === "attribute")
    .map(({ attributes: { name = "" }, text }) => ({ name, value: text }))
  return subAnnotationsOf(attributes, isSet(element, "occluded"))
}

/**
 * The shapes of an element (several for `<points>` of several points), or why it is none.
 *
 * @throws FormatError (`format`) for one that breaks the rules.
 */
export function shapesOf(
  element: XmlElement,
  size: { readonly width: number; readonly height: number } | undefined,
  file: string,
): ReadShape[] | string {
  switch (element.name) {
    case "box":
      return [boxOf(element, file)]
    case "polygon":
      return [polygon([pointsOf(element, file, 3)])]
    case "polyline":
      return [{ type: "line", line: { path: pointsOf(element, file, 2) } }]
    case "points":
      return pointsOf(element, file, 1).map((keypoint) => ({ type: "keypoint", keypoint }))
    case "ellipse":
      return [ellipseOf(element, file)]
    case "cuboid":
      return [cuboidOf(element, file)]
    case "skeleton":
      return skeletonOf(element, file)
    case "mask":
      return maskOf(element, size, file)
    case "tag":
      return [{ type: "tag", tag: {} }]
    default:
      return `${element.name}: no such shape is read`
  }
}

function polygon(paths: readonly (readonly Point[])[]): ReadShape {
  const box = boundsOf(paths)
  return { type: "polygon", polygon: { paths }, ...(box !== undefined && { bounding_box: box }) }
}

function boxOf(element: XmlElement, file: string): ReadShape {
  const [left, top, right, bottom] = ["xtl", "ytl", "xbr", "ybr"].map((name) =>
    numberOf(element, name, file),
  ) as [number, number, number, number]
  if (right < left || bottom < top) {
    throw new FormatError(file, placeOf(element), "its corners are the wrong way round")
  }
  const box = { x: left, y: top, w: right - left, h: bottom - top }
  const degrees = optionalNumber(element, "rotation", file) ?? 0
  if (degrees === 0) return { type: "bounding_box", bounding_box: box }
  const corners = [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ]
  const center = { x: left + box.w / 2, y: top + box.h / 2 }
  return polygon([rotatePath(corners, radians(degrees), center)])
}

function ellipseOf(element: XmlElement, file: string): ReadShape {
  const value = (name: string) => numberOf(element, name, file)
  const degrees = optionalNumber(element, "rotation", file) ?? 0
  return {
    type: "ellipse",
    ellipse: {
      angle: radians(degrees),
      center: { x: value("cx"), y: value("cy") },
      radius: { x: value("rx"), y: value("ry") },
    },
  }
}

// Half turns and less, either way.
function radians(degrees: number): number {
  const within = degrees % 360
  return ((within > 180 ? within - 360 : within) * Math.PI) / 180
}

/** The two upright faces: CVAT has the corners of the first from the left, and of the second from the right. */
function cuboidOf(element: XmlElement, file: string): ReadShape {
  const face = (number: 1 | 2): Box => {
    const all = (side: string) =>
      ["tl", "bl", "tr", "br"].map((corner) => numberOf(element, `${side}${corner}${number}`, file))
    const [xs, ys] = [all("x"), all("y")]
    const [x, y] = [Math.min(...xs), Math.min(...ys)]
    return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y }
  }
  return { type: "cuboid", cuboid: { front: face(1), back: face(2) } }
}

/** The points of a skeleton that are not outside. */
function skeletonOf(element: XmlElement, file: string): ReadShape[] | string {
  const nodes = element.children
    .filter((one) => one.name === "points" && !isSet(one, "outside"))
    .map((one) => {
      const [point] = pointsOf(one, file, 1) as [Point]
      return { name: labelOf(one, file), ...point, occluded: isSet(one, "occluded") }
    })
  return nodes.length === 0
    ? "none of its points is in the image"
    : [{ type: "skeleton", skeleton: { nodes } }]
}

function maskOf(
  element: XmlElement,
  size: { readonly width: number; readonly height: number } | undefined,
  file: string,
): ReadShape[] | string {
  const fault = (rule: string) => new FormatError(file, placeOf(element), rule)
  const whole = (name: string) => {
    const value = numberOf(element, name, file)
    if (Number.isSafeInteger(value)) return value
    throw fault(`${name} ${value} is not a whole number`)
  }
  const text = element.attributes.rle
  if (text === undefined) throw fault("rle is missing")
  const counts = text.split(",").map((count) => finite(count, element, file, "a run"))
  const box = {
    left: whole("left"),
    top: whole("top"),
    width: whole("width"),
    height: whole("height"),
    counts,
  }
  if (box.left < 0 || box.top < 0 || box.width < 1 || box.height < 1)
    throw fault("it has no place in an image")
  const image = size ?? { width: box.left + box.width, height: box.top + box.height }
  const rle = boxedToRle(box, image.width, image.height)
  if (rle === undefined) throw fault("its runs do not add up to its size")
  const paths = rleToPaths(rle)
  return paths.length === 0 ? "it has no pixel in its image" : [polygon(paths)]
}
