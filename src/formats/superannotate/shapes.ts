import type { Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import { elementsOf, type JsonValue, member, required, textOf, wrong } from "../../parse/json-value.ts"
import {
  type BoxShape,
  boxBetween,
  numberAt,
  type PolygonShape,
  pointOf,
  polygonShape,
} from "../shared/json-shapes.ts"

/** A shape under the key that names its type, with a polygon's box beside it. */
export type ReadShape =
  | BoxShape
  | PolygonShape
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
      return polygonShape([["1", "2", "3", "4"].map((corner) => cornerOf(points, corner))], points)
    }
    case "polygon":
      return polygonOf(instance)
    case "polyline": {
      const path = pathOf(required(instance, "points"))
      if (path.length === 0) throw wrong(required(instance, "points"), "a polyline needs a point")
      return { type: "line", line: { path } }
    }
    case "point":
      return { type: "keypoint", keypoint: { x: numberAt(instance, "x"), y: numberAt(instance, "y") } }
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

function cornerOf(points: JsonValue, corner: string): Point {
  return { x: numberAt(points, `x${corner}`), y: numberAt(points, `y${corner}`) }
}

/** Two opposite corners, whichever they are. */
function boxOf(points: JsonValue): Box {
  return boxBetween(cornerOf(points, "1"), cornerOf(points, "2"), points)
}

/** The outline, and the paths of what is cut out of it. */
function polygonOf(instance: JsonValue): ReadShape {
  const holes = member(instance, "exclude")
  const lists = [required(instance, "points"), ...(holes === undefined ? [] : elementsOf(holes))]
  const paths = lists.map((list) => {
    const path = pathOf(list)
    if (path.length < 3) throw wrong(list, "a polygon needs three points")
    return path
  })
  return polygonShape(paths, instance)
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
    const value = numberAt(instance, key)
    if (value < 0) throw wrong(required(instance, key), "expected a radius, not a negative number")
    return value
  }
  return {
    angle: (numberAt(instance, "angle") * Math.PI) / 180,
    center: { x: numberAt(instance, "cx"), y: numberAt(instance, "cy") },
    radius: { x: radius("rx"), y: radius("ry") },
  }
}

/** `f1` and `f2` are opposite corners of the front, `r1` and `r2` of the rear. */
function cuboidOf(points: JsonValue): Shapes["cuboid"] {
  const corner = (key: string) => pointOf(required(points, key))
  return {
    back: boxBetween(corner("r1"), corner("r2"), points),
    front: boxBetween(corner("f1"), corner("f2"), points),
  }
}

/** The points of a template. Each is called by its label where it has one (by its place in the list), else by its id. */
function nodesOf(instance: JsonValue): Shapes["skeleton"]["nodes"] {
  const points = required(instance, "points")
  const labels = member(instance, "pointLabels")
  const nodes = elementsOf(points).map((point, index) => {
    const label = labels && member(labels, String(index))
    const name = label === undefined ? String(numberAt(point, "id")) : textOf(label)
    return { name, ...pointOf(point) }
  })
  if (nodes.length === 0) throw wrong(points, "a template needs a point")
  return nodes
}
