import { isInside, type Picture, type Shape } from "./truth.ts"
import type { Line } from "./ultralytics.ts"

export type Kind = "box" | "segment"

// Places of the image that are looked at: as many across as down, on no border that anybody draws.
const samples = 61
const places = Array.from({ length: samples }, (_, i) => (i + 0.4873) / samples)

/** The points of a segment, in pixels. */
function contourOf({ numbers }: Line, { width, height }: Picture): { x: number; y: number }[] {
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    x: (numbers[2 * i] as number) * width,
    y: (numbers[2 * i + 1] as number) * height,
  }))
}

interface Bounds {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export function boundsOf(points: readonly { readonly x: number; readonly y: number }[]): Bounds {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return { left: least(xs), top: least(ys), right: most(xs), bottom: most(ys) }
}

function boxOf({ numbers }: Line, { width, height }: Picture): Bounds {
  const [x, y, w, h] = numbers as [number, number, number, number]
  return {
    left: (x - w / 2) * width,
    top: (y - h / 2) * height,
    right: (x + w / 2) * width,
    bottom: (y + h / 2) * height,
  }
}

/** Whether a line says what a shape is, within the image. */
export function matches(line: Line, shape: Shape, picture: Picture, kind: Kind): boolean {
  if (line.class !== shape.name.trim()) return false
  const { width, height } = picture
  const contour = kind === "segment" ? contourOf(line, picture) : []
  const box = kind === "segment" ? boundsOf(contour) : boxOf(line, picture)
  const whole = boundsOf(shape.paths.flat())
  // A box that V7 stores beside a polygon is rounded; an ellipse is drawn with corners.
  const slack = 0.11
  const isWhole = whole.left >= 0 && whole.top >= 0 && whole.right <= width && whole.bottom <= height
  const near = (a: number, b: number) => Math.abs(a - b) <= slack
  const sides = ["left", "top", "right", "bottom"] as const
  if (isWhole && !sides.every((side) => near(box[side], whole[side]))) return false
  const inside: { x: number; y: number }[] = []
  for (const down of places) {
    for (const across of places) {
      const [x, y] = [across * width, down * height]
      const expected = shape.contains(x, y)
      if (expected === true) inside.push({ x, y })
      if (kind === "segment" && expected !== undefined && isInside(x, y, [contour]) !== expected) return false
    }
  }
  if (inside.length === 0) return isWhole
  const seen = boundsOf(inside)
  const wide = (width + height) / samples + slack
  return sides.every((side) => {
    const beyond = side === "left" || side === "top" ? seen[side] - box[side] : box[side] - seen[side]
    return beyond > -slack && (isWhole || beyond < wide)
  })
}

/** Whether nothing of a shape can be written: no size, no area, nothing in the image. */
export function isUnwritable(shape: Shape, { width, height }: Picture, kind: Kind): boolean {
  if (!(width > 0 && height > 0)) return true
  if (kind === "segment" && shape.type === "stored box") return true
  const paths = kind === "segment" ? shape.paths.filter((path) => path.length >= 3) : shape.paths
  const { left, top, right, bottom } = boundsOf((shape.type === "mask" ? shape.paths : paths).flat())
  if (!(left < right && top < bottom)) return true
  if (right <= 0 || bottom <= 0 || left >= width || top >= height) return true
  return places.every((down) => places.every((across) => !shape.contains(across * width, down * height)))
}

/** The shape of each line, in order; throws where the lines are not those of the picture. */
export function shapesOfLines(lines: readonly Line[], picture: Picture, kind: Kind): Shape[] {
  const found: Shape[] = []
  for (const shape of picture.shapes) {
    const line = lines[found.length]
    if (line !== undefined && matches(line, shape, picture, kind)) found.push(shape)
    else if (!isUnwritable(shape, picture, kind)) {
      throw new Error(`${picture.file}: no line for ${shape.type} ${shape.name}: ${JSON.stringify(line)}`)
    }
  }
  if (found.length < lines.length) throw new Error(`${picture.file}: a line too many`)
  return found
}
