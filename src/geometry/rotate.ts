import type { Point } from "../model/point.ts"
import type { Path } from "./polygon.ts"

/**
 * A path turned about a point by an angle in radians, clockwise on the screen (y down): how boxes that CVAT or Dataloop
 * turn become polygons. By no angle at all it is the path itself.
 *
 * @example
 * rotatePath([{ x: 2, y: 0 }], Math.PI / 2, { x: 0, y: 0 }) // [{ x: 0, y: 2 }], but for rounding
 */
export function rotatePath(path: Path, radians: number, about: Point): Path {
  if (radians === 0) return path
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  return path.map((point) => {
    const x = point.x - about.x
    const y = point.y - about.y
    return { x: about.x + x * cos - y * sin, y: about.y + x * sin + y * cos }
  })
}
