import type { Annotation, ImageAnnotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import type { Point } from "../../../src/model/point.ts"

/** A file of one image, 40 by 30 pixels. */
export function fileOf(
  name: string,
  annotations: readonly Annotation[],
  path = "/",
  size: { width?: number; height?: number } = { width: 40, height: 30 },
): AnnotationFile {
  const source_files = [{ file_name: name, url: `http://127.0.0.1/${name}` }]
  const slots = [{ slot_name: "0", type: "image" as const, source_files, ...size }]
  return { path: `${name}.json`, version: "2.0", item: { name, path, slots }, annotations }
}

export function boxOf(name: string, x: number, y: number, w: number, h: number): ImageAnnotation {
  return { name, type: "bounding_box", bounding_box: { x, y, w, h } }
}

/** A polygon of paths given as flat lists of x and y. */
export function polygonOf(name: string, ...paths: readonly (readonly number[])[]): ImageAnnotation {
  return { name, type: "polygon", polygon: { paths: paths.map(pointsOf) } }
}

export function tagOf(name: string): ImageAnnotation {
  return { name, type: "tag", tag: {} }
}

export function skeletonOf(
  name: string,
  ...nodes: readonly (Point & { name: string; occluded?: boolean })[]
): ImageAnnotation {
  return { name, type: "skeleton", skeleton: { nodes } }
}

export function pointsOf(numbers: readonly number[]): Point[] {
  return numbers.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: numbers[i + 1] as number }] : []))
}

/** A square as a flat list. */
export function square(x: number, y: number, side: number): number[] {
  return [x, y, x + side, y, x + side, y + side, x, y + side]
}
