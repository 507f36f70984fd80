import type { Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import { elementsOf, type JsonValue, numberOf, required, wrong } from "../../parse/json-value.ts"
import {
  type BoxShape,
  boxBetween,
  type PolygonShape,
  pointOf,
  pointsOf,
  polygonShape,
} from "../shared/json-shapes.ts"
import { binaryPaths } from "./binary.ts"

/** A shape under the key that names its type, with a polygon's box beside it: what annotations and frames hold. */
export type ReadShape =
  | BoxShape
  | PolygonShape
  | { readonly type: "tag"; readonly tag: Record<string, never> }
  | { readonly type: "line"; readonly line: Shapes["line"] }
  | { readonly type: "keypoint"; readonly keypoint: Point }
  | { readonly type: "ellipse"; readonly ellipse: Shapes["ellipse"] }
  | { readonly type: "cuboid"; readonly cuboid: Shapes["cuboid"] }

/**
 * The Darwin shape of some `coordinates`, or why Darwin has none.
 *
 * @throws FormatError (`format`) naming what breaks a rule.
 */
export function shapeOf(type: string, coordinates: () => JsonValue): ReadShape | string {
  switch (type) {
    case "box":
      return boxOf(coordinates())
    case "segment":
      return polygonOf(coordinates(), pathsOf)
    case "binary":
      return polygonOf(coordinates(), binaryPaths)
    case "polyline": {
      const paths = pathsOf(coordinates())
      const [path] = paths
      return paths.length === 1 && path !== undefined
        ? { type: "line", line: { path } }
        : "Darwin's lines have one path"
    }
    case "point":
      return { type: "keypoint", keypoint: pointOf(coordinates()) }
    case "ellipse":
      return ellipseOf(coordinates())
    case "cube":
      return cuboidOf(coordinates())
    case "class":
      return { type: "tag", tag: {} }
    default:
      return "Darwin has no such annotation"
  }
}

/** A box as a polygon of its corners. */
export function boxToPolygon({ x, y, w, h }: Box, of: JsonValue): PolygonShape {
  const [right, bottom] = [x + w, y + h]
  const path = [
    { x, y },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
  ]
  return polygonShape([path], of)
}

function polygonOf(coordinates: JsonValue, pathsOf: (of: JsonValue) => Point[][]): PolygonShape {
  return polygonShape(pathsOf(coordinates), coordinates)
}

/** Two opposite corners, whichever they are; with an angle behind them a rotated box; or all four corners. */
function boxOf(coordinates: JsonValue): ReadShape {
  const [first, second, third, fourth, ...more] = elementsOf(coordinates)
  if (first === undefined || second === undefined || more.length > 0) throw wrong(coordinates, corners)
  const [a, b] = [pointOf(first), pointOf(second)]
  if (third === undefined) return { type: "bounding_box", bounding_box: boxBetween(a, b, coordinates) }
  if (fourth === undefined) {
    if (typeof third.value !== "number") throw wrong(coordinates, corners)
    return rotated(boxBetween(a, b, coordinates), numberOf(third), coordinates)
  }
  const [c, d] = [pointOf(third), pointOf(fourth)]
  const isUpright =
    (a.x === b.x && b.y === c.y && c.x === d.x && d.y === a.y) ||
    (a.y === b.y && b.x === c.x && c.y === d.y && d.x === a.x)
  return isUpright
    ? { type: "bounding_box", bounding_box: boxBetween(a, c, coordinates) }
    : polygonShape([[a, b, c, d]], coordinates)
}

const corners = "expected two corners and perhaps an angle, or four corners"

/** A box turned around its middle, by degrees, clockwise as one sees it. */
function rotated(box: Box, degrees: number, of: JsonValue): ReadShape {
  if (degrees === 0) return { type: "bounding_box", bounding_box: box }
  const angle = (degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [halfWidth, halfHeight] = [box.w / 2, box.h / 2]
  const [middleX, middleY] = [box.x + halfWidth, box.y + halfHeight]
  const path = [
    [-halfWidth, -halfHeight],
    [halfWidth, -halfHeight],
    [halfWidth, halfHeight],
    [-halfWidth, halfHeight],
  ].map(([x = 0, y = 0]) => ({ x: middleX + x * cos - y * sin, y: middleY + x * sin + y * cos }))
  return polygonShape([path], of)
}

/** Paths of points. One path may stand without the list around it, as older tools write it. */
function pathsOf(coordinates: JsonValue): Point[][] {
  const elements = elementsOf(coordinates)
  const isFlat = elements.length > 0 && !Array.isArray(elements[0]?.value)
  const lists = isFlat ? [coordinates] : elements
  if (lists.length === 0) throw wrong(coordinates, "expected a path of points")
  return lists.map((list) => {
    const points = pointsOf(list)
    if (points.length === 0) throw wrong(list, "expected a path of points")
    return points
  })
}

function ellipseOf(coordinates: JsonValue): ReadShape {
  const [x, y] = [radius(coordinates, "rx"), radius(coordinates, "ry")]
  const center = pointOf(required(coordinates, "center"))
  const angle = (numberOf(required(coordinates, "angle")) * Math.PI) / 180
  return { type: "ellipse", ellipse: { angle, center, radius: { x, y } } }
}

function radius(coordinates: JsonValue, key: string): number {
  const value = required(coordinates, key)
  const number = numberOf(value)
  if (number < 0) throw wrong(value, "expected a radius, not a negative number")
  return number
}

function cuboidOf(coordinates: JsonValue): ReadShape | string {
  const front = faceOf(coordinates, "front")
  const back = faceOf(coordinates, "back")
  return front === undefined || back === undefined
    ? "Darwin's cuboids are two upright boxes"
    : { type: "cuboid", cuboid: { back, front } }
}

/** The box of a face; undefined where it is turned or askew. */
function faceOf(coordinates: JsonValue, name: string): Box | undefined {
  const corner = (place: string) => pointOf(required(coordinates, `${name}_${place}`))
  const [tl, tr, br, bl] = [corner("tl"), corner("tr"), corner("br"), corner("bl")]
  const isUpright =
    near(tl.x, bl.x) &&
    near(tr.x, br.x) &&
    near(tl.y, tr.y) &&
    near(bl.y, br.y) &&
    tl.x <= tr.x &&
    tl.y <= bl.y
  return isUpright ? boxBetween(tl, br, coordinates) : undefined
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a))
}
