import { FormatError } from "../errors.ts"
import type { Point } from "../model/point.ts"
import { type JsonValue, wrong } from "../parse/json-value.ts"

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
