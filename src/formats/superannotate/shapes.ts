import { boundsOf } from "../../geometry/polygon.ts"
import type { Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import {
  elementsOf,
  type JsonValue,
  member,
  numberOf,
  required,
  textOf,
  wrong,
} from "../../parse/json-value.ts"
import { pointOf } from "../json-points.ts"

/** A shape under the key that names its type, with a polygon's box beside it. */
export type ReadShape =
  | { readonly type: "bounding_box"; readonly bounding_box: Box }
  | { readonly type: "polygon"; readonly polygon: { readonly paths: Point[][] }; readonly bounding_box: Box }
  | { readonly type: "tag"; readonly tag: Record<string, never> }
  | { readonly type: "line"; readonly line: Shapes["line"] }
  | { readonly type: "keypoint"; readonly keypoint: Point }
  | { readonly type: "ellipse"; readonly ellipse: Shapes["ellipse"] }
  | { readonly type: "cuboid"; readonly cuboid: Shapes["cuboid"] }
  | { readonly type: "skeleton"; readonly skeleton: Shapes["skeleton"] }

/**
 * The Darwin shape of an instance by its `type`, or why Darwin has none.
 *
 * @throws FormatError (`format`) naming what breaks a rule.
 */
export function shapeOf(type: string, instance: JsonValue): ReadShape | string {
  switch (type) {
    case "bbox":
      return { type: "bounding_box", bounding_box: boxOf(required(instance, "points")) }
    case "rbbox": {
      const points = required(instance, "points")
      return polygon(["1", "2", "3", "4"].map((corner) => cornerOf(points, corner)))
    }
    case "polygon":
      return polygonOf(instance)
    case "polyline": {
      const path = pathOf(required(instance, "points"))
      if (path.length === 0) throw wrong(required(instance, "points"), "a polyline needs a point")
      return { type: "line", line: { path } }
    }
    case "point":
      return { type: "keypoint", keypoint: { x: number(instance, "x"), y: number(instance, "y") } }
    case "ellipse":
      return { type: "ellipse", ellipse: ellipseOf(instance) }
    case "cuboid":
      return { type: "cuboid", cuboid: cuboidOf(required(instance, "points")) }
    case "template":
      return { type: "skeleton", skeleton: { nodes: nodesOf(instance) } }
    case "tag":
      return { type: "tag", tag: {} }
    default:
      return "Darwin has no such annotation"
  }
}

function number(of: JsonValue, key: string): number {
  return numberOf(required(of, key))
}

function cornerOf(points: JsonValue, corner: string): Point {
  return { x: number(points, `x${corner}`), y: number(points, `y${corner}`) }
}

/** Two opposite corners, whichever they are. */
function boxOf(points: JsonValue): Box {
  return between(cornerOf(points, "1"), cornerOf(points, "2"))
}

function between(a: Point, b: Point): Box {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(b.x - a.x), h: Math.abs(b.y - a.y) }
}

function polygon(...paths: Point[][]): ReadShape {
  return { type: "polygon", polygon: { paths }, bounding_box: boundsOf(paths) as Box }
}

/** The outline, and the paths of what is cut out of it. */
function polygonOf(instance: JsonValue): ReadShape {
  const holes = member(instance, "exclude")
  const lists = [required(instance, "points"), ...(holes === undefined ? [] : elementsOf(holes))]
  return polygon(
    ...lists.map((list) => {
      const path = pathOf(list)
      if (path.length < 3) throw wrong(list, "a polygon needs three points")
      return path
    }),
  )
}

/** The points of a list of numbers, x and y in turn. */
function pathOf(of: JsonValue): Point[] {
  const { value: list } = of
  if (!Array.isArray(list)) throw wrong(of, "expected a list of numbers")
  for (let i = 0; i < list.length; i++) {
    if (!Number.isFinite(list[i]))
      throw wrong({ ...of, place: `${of.place}[${i}]` }, "expected a finite number")
  }
  if (list.length % 2 !== 0) throw wrong(of, "expected pairs of x and y")
  const points: Point[] = []
  for (let i = 0; i < list.length; i += 2) points.push({ x: list[i], y: list[i + 1] })
  return points
}

// SuperAnnotate counts the angle in degrees.
function ellipseOf(instance: JsonValue): Shapes["ellipse"] {
  const radius = (key: string) => {
    const value = number(instance, key)
    if (value < 0) throw wrong(required(instance, key), "expected a radius, not a negative number")
    return value
  }
  return {
    angle: (number(instance, "angle") * Math.PI) / 180,
    center: { x: number(instance, "cx"), y: number(instance, "cy") },
    radius: { x: radius("rx"), y: radius("ry") },
  }
}

/** `f1` and `f2` are opposite corners of the front, `r1` and `r2` of the rear. */
function cuboidOf(points: JsonValue): Shapes["cuboid"] {
  const corner = (key: string) => pointOf(required(points, key))
  return { back: between(corner("r1"), corner("r2")), front: between(corner("f1"), corner("f2")) }
}

/** The points of a template. Each is called by its label where it has one (by its place in the list), else by its id. */
function nodesOf(instance: JsonValue): Shapes["skeleton"]["nodes"] {
  const points = required(instance, "points")
  const labels = member(instance, "pointLabels")
  const nodes = elementsOf(points).map((point, index) => {
    const label = labels && member(labels, String(index))
    const name = label === undefined ? String(number(point, "id")) : textOf(label)
    return { name, ...pointOf(point) }
  })
  if (nodes.length === 0) throw wrong(points, "a template needs a point")
  return nodes
}
