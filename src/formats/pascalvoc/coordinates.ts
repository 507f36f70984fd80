import { OptionError } from "../../errors.ts"
import type { Box } from "../../model/point.ts"

/**
 * How the corners of a `bndbox` are to be understood.
 *
 * - `"zero-based"`: edges in pixels from the image's top left corner, as darwin-py and most tools have it. A box over the
 *   first ten columns has `xmin` 0 and `xmax` 10.
 * - `"devkit"`: the first and the last pixel of the box, counted from 1, as the Pascal VOC devkit has it. The same box has
 *   `xmin` 1 and `xmax` 10.
 */
export type PascalVocCoordinates = "zero-based" | "devkit"

/** The option, checked. */
export function coordinatesOption(value: PascalVocCoordinates = "zero-based"): PascalVocCoordinates {
  if (value !== "zero-based" && value !== "devkit") {
    throw new OptionError("coordinates", 'must be "zero-based" or "devkit"')
  }
  return value
}

/** The corners of a `bndbox`, as they are written. */
export interface Corners {
  readonly xmin: number
  readonly ymin: number
  readonly xmax: number
  readonly ymax: number
}

/** The width and height of a picture, as far as they are known. */
export interface Size {
  readonly width: number | undefined
  readonly height: number | undefined
}

/**
 * The whole-numbered corners of a box; halves go to the even number, as in darwin-py. In the devkit's way they are clipped
 * to the picture, and `undefined` where nothing of the box is in it.
 */
export function toCorners(box: Box, coordinates: PascalVocCoordinates, size: Size): Corners | undefined {
  const left = roundHalfToEven(box.x)
  const top = roundHalfToEven(box.y)
  const right = roundHalfToEven(box.x + box.w)
  const bottom = roundHalfToEven(box.y + box.h)
  if (coordinates === "zero-based") return { xmin: left, ymin: top, xmax: right, ymax: bottom }

  const across = pixels(left, right, size.width)
  const down = pixels(top, bottom, size.height)
  if (across === undefined || down === undefined) return undefined
  return { xmin: across[0], ymin: down[0], xmax: across[1], ymax: down[1] }
}

/** The first and the last pixel, from 1, between two edges; a span that rounding left empty has its one pixel. */
function pixels(from: number, to: number, count = Number.POSITIVE_INFINITY): [number, number] | undefined {
  const first = Math.max(from + 1, 1)
  const last = Math.min(Math.max(to, from + 1), count)
  return first <= last ? [first, last] : undefined
}

/** The box of some corners. */
export function toBox({ xmin, ymin, xmax, ymax }: Corners, coordinates: PascalVocCoordinates): Box {
  const first = coordinates === "devkit" ? 1 : 0
  return { x: xmin - first, y: ymin - first, w: xmax - xmin + first, h: ymax - ymin + first }
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1
}
