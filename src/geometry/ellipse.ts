import type { Shapes } from "../model/annotation.ts"
import type { Box, Point } from "../model/point.ts"

const tolerance = 0.1
const mostPoints = 1024

/**
 * An ellipse as a path of points on it, clockwise (y down) from the end of its first radius. The path leaves the
 * ellipse by 0.1 pixels at most, up to a radius of 21,000 pixels; it has 8 to 1,024 points.
 */
export function ellipseToPath({ angle, center, radius }: Shapes["ellipse"]): Point[] {
  const longer = Math.max(Math.abs(radius.x), Math.abs(radius.y))
  // A chord over the angle 2a leaves a circle of radius r by r (1 - cos a).
  const half = longer > tolerance ? Math.acos(1 - tolerance / longer) : Math.PI
  const count = Math.min(mostPoints, Math.max(8, Math.ceil(Math.PI / half)))
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return Array.from({ length: count }, (_, i) => {
    const turn = (2 * Math.PI * i) / count
    const x = radius.x * Math.cos(turn)
    const y = radius.y * Math.sin(turn)
    return { x: center.x + x * cos - y * sin, y: center.y + x * sin + y * cos }
  })
}

/**
 * The smallest box around an ellipse, however it is turned.
 *
 * @example
 * ellipseBounds({ center: { x: 5, y: 5 }, radius: { x: 3, y: 1 }, angle: Math.PI / 2 }) // about { x: 4, y: 2, w: 2, h: 6 }
 */
export function ellipseBounds({ angle, center, radius }: Shapes["ellipse"]): Box {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const half = {
    x: Math.hypot(radius.x * cos, radius.y * sin),
    y: Math.hypot(radius.x * sin, radius.y * cos),
  }
  return { x: center.x - half.x, y: center.y - half.y, w: 2 * half.x, h: 2 * half.y }
}
