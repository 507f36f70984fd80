import type { Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import { type JsonValue, member, required, textOf, wrong } from "../../parse/json-value.ts"
import {
  type BoxShape,
  numberAt,
  type PolygonShape,
  pointOf,
  pointsOf,
  polygonShape,
} from "../shared/json-shapes.ts"

/** A shape under the key that names its type, with a polygon's box beside it: what annotations and frames hold. */
export type ReadShape =
  | BoxShape
  | PolygonShape
  | { readonly type: "line"; readonly line: Shapes["line"] }
  | { readonly type: "keypoint"; readonly keypoint: Point }

/** The class of an object: `title` in legacy exports, `name` in newer ones. */
export function nameOf(object: JsonValue): string {
  const name = member(object, "title") ?? required(object, "name")
  const text = textOf(name)
  if (text.trim() === "") throw wrong(name, "expected a name, not an empty text")
  return text
}

const kinds = ["bbox", "bounding_box", "polygon", "point", "line"] as const

/**
 * The shape of an object, or why it has none here.
 *
 * @throws FormatError (`format`) naming what breaks a rule.
 */
export function shapeOf(object: JsonValue): ReadShape | string {
  let kind: (typeof kinds)[number] | undefined
  let shape: JsonValue | undefined
  for (const one of kinds) {
    const held = member(object, one)
    if (held === undefined) continue
    if (kind !== undefined) throw wrong(object, `is ${kind} and ${one} at once`)
    kind = one
    shape = held
  }
  if (member(object, "page_number") !== undefined) return "it is on a page of a document"
  if (kind === undefined || shape === undefined) return withoutShape(object)
  switch (kind) {
    case "bbox":
    case "bounding_box":
      return { type: "bounding_box", bounding_box: boxOf(shape) }
    case "polygon": {
      const path = pointsOf(shape)
      if (path.length < 3) throw wrong(shape, "a polygon needs three points")
      return polygonShape([path], shape)
    }
    case "point":
      return { type: "keypoint", keypoint: pointOf(shape) }
    case "line": {
      const path = pointsOf(shape)
      if (path.length === 0) throw wrong(shape, "a line needs a point")
      return { type: "line", line: { path } }
    }
  }
}

function withoutShape(object: JsonValue): string {
  if (["mask", "composite_mask", "instanceURI"].some((key) => member(object, key) !== undefined)) {
    return "its pixels are behind an address, which is not fetched"
  }
  const kind = member(object, "annotation_kind") ?? member(object, "kind")
  if (kind === undefined) throw wrong(object, "is none of bbox, polygon, point and line")
  return "Darwin has no such annotation"
}

function boxOf(box: JsonValue): Box {
  const extent = (key: string) => {
    const value = numberAt(box, key)
    if (value < 0) throw wrong(required(box, key), "expected an extent, not a negative number")
    return value
  }
  return { x: numberAt(box, "left"), y: numberAt(box, "top"), w: extent("width"), h: extent("height") }
}
