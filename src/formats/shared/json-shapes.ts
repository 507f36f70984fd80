import { FormatError } from "../../errors.ts"
import { boundsOf } from "../../geometry/polygon.ts"
import type { Box, Point } from "../../model/point.ts"
import { type JsonValue, numberOf, required, wrong } from "../../parse/json-value.ts"

// What formats of JSON have in common: points as `{ x, y }`, and shapes that are made of points.

/**
 * A finite number that is a member of an object: `numberOf(required(of, key))`, but the place is made up only for one that
 * is none.
 *
 * @throws FormatError (`format`) naming its JSON path.
 */
export function numberAt(of: JsonValue, key: string): number {
  const value = (of.value as Readonly<Record<string, unknown>> | null | undefined)?.[key]
  return Number.isFinite(value) ? (value as number) : numberOf(required(of, key))
}

/**
 * A point `{ x, y }` of a JSON document; other members do not matter.
 *
 * @throws FormatError (`format`) naming its JSON path.
 */
export function pointOf(of: JsonValue): Point {
  const { x, y } = (of.value ?? {}) as Partial<Point>
  if (!Number.isFinite(x) || !Number.isFinite(y)) throw wrong(of, expected)
  return { x: x as number, y: y as number }
}

/**
 * The points of a list of `{ x, y }`. Points are most of what there is in annotation files: a place is made up only for
 * one that is none.
 *
 * @throws FormatError (`format`) naming the JSON path of the list, or of the point.
 */
export function pointsOf(of: JsonValue): Point[] {
  const { value: list } = of
  if (!Array.isArray(list)) throw wrong(of, "expected a list of points")
  const points: Point[] = new Array(list.length)
  for (let i = 0; i < list.length; i++) {
    const { x, y } = (list[i] ?? {}) as Partial<Point>
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      throw new FormatError(of.file, `${of.place}[${i}]`, expected)
    }
    points[i] = { x: x as number, y: y as number }
  }
  return points
}

const expected = "expected a point { x, y } of finite numbers"

/** A polygon and its box beside it, as annotations and frames hold them. */
export interface PolygonShape {
  readonly type: "polygon"
  readonly polygon: { readonly paths: Point[][] }
  readonly bounding_box: Box
}

/**
 * A polygon of some paths, of which one has a point at least.
 *
 * @throws FormatError (`format`) at the place of what it was made of, for numbers so large that they have no box.
 */
export function polygonShape(paths: Point[][], of: JsonValue): PolygonShape {
  return { type: "polygon", polygon: { paths }, bounding_box: finite(boundsOf(paths), of) }
}

/** A box as annotations and frames hold it. */
export interface BoxShape {
  readonly type: "bounding_box"
  readonly bounding_box: Box
}

/**
 * The box between two opposite corners, whichever they are.
 *
 * @throws FormatError (`format`) at the place of what it was made of, for numbers so large that they have no box.
 */
export function boxBetween(a: Point, b: Point, of: JsonValue): Box {
  const box = { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(b.x - a.x), h: Math.abs(b.y - a.y) }
  return finite(box, of)
}

function finite(box: Box | undefined, of: JsonValue): Box {
  if (box === undefined || ![box.x, box.y, box.w, box.h].every(Number.isFinite)) {
    throw wrong(of, "its numbers are too large")
  }
  return box
}
