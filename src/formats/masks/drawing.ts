import type { FillRule } from "../../geometry/label-image.ts"
import { fillPolygon } from "../../geometry/label-image.ts"
import type { Labels } from "../../geometry/labels.ts"
import type { Path } from "../../geometry/polygon.ts"
import type { Point } from "../../model/point.ts"

/** What is to be drawn of one picture: plain numbers, which go to another thread without being copied. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly fillRule: FillRule
  /**
   * Shape after shape its label and its number of paths, then for each path the number of points and their x and y. A shape of
   * -1 paths has the number of its runs instead, and their first pixels and lengths.
   */
  readonly shapes: Float64Array
}

/** A shape of a drawing. */
export interface Shape {
  readonly label: number
  /** Paints it into labels of the drawing's size, as `label` or as another, and gives the number of pixels. */
  paint(labels: Labels, label?: number): number
}

/** Adds a polygon to the numbers of a drawing. */
export function addPaths(numbers: number[], label: number, paths: readonly Path[]): void {
  numbers.push(label, paths.length)
  for (const path of paths) {
    numbers.push(path.length)
    for (const { x, y } of path) numbers.push(x, y)
  }
}

/** Adds pixels as `rasterLayerToRuns` gives them. */
export function addRuns(numbers: number[], label: number, runs: readonly number[]): void {
  numbers.push(label, -1, runs.length / 2)
  for (const number of runs) numbers.push(number)
}

/** The shapes of a drawing in their order. */
export function* shapesOf({ width, height, fillRule, shapes }: Drawing): Generator<Shape> {
  let at = 0
  const next = () => shapes[at++] as number
  while (at < shapes.length) {
    const own = next()
    const count = next()
    if (count < 0) {
      const runs = shapes.subarray(at + 1, at + 1 + 2 * (shapes[at] as number))
      at += 1 + runs.length
      yield { label: own, paint: (labels, label = own) => paintRuns(labels, runs, label) }
      continue
    }
    const paths = Array.from({ length: count }, () =>
      Array.from({ length: next() }, (): Point => ({ x: next(), y: next() })),
    )
    yield {
      label: own,
      paint: (labels, label = own) => fillPolygon(labels, width, height, paths, label, fillRule),
    }
  }
}

function paintRuns(labels: Labels, runs: Float64Array, label: number): number {
  let painted = 0
  for (let i = 0; i < runs.length; i += 2) {
    const first = runs[i] as number
    const length = runs[i + 1] as number
    labels.fill(label, first, first + length)
    painted += length
  }
  return painted
}
