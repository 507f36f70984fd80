import { areDisjoint } from "../../geometry/disjoint.ts"
import { ellipseToPath } from "../../geometry/ellipse.ts"
import { boundsOf, type Path, pathArea, pathsOf } from "../../geometry/polygon.ts"
import { polygonToRle } from "../../geometry/rasterise.ts"
import { encodeCounts, type Rle, rleArea, rleBounds } from "../../geometry/rle.ts"
import type { EllipseAnnotation, PolygonAnnotation } from "../../model/annotation.ts"
import type { Box } from "../../model/point.ts"

/** What COCO says of a shape: `segmentation` as JSON, `area` in square pixels and the box around it. */
export interface Segment {
  readonly segmentation: string
  readonly area: number
  readonly box: Box
}

/** How masks are written: as a list of counts, or in the compressed form that COCO's tools make. */
export type RleCoding = "counts" | "compressed"

const tooFewPoints = "a polygon needs three points"

/** A polygon or why COCO cannot hold it. `size` is the image's, where it is known. */
export function polygonSegment(
  { polygon }: PolygonAnnotation,
  size: { readonly width: number; readonly height: number } | undefined,
  coding: RleCoding,
): Segment | string {
  const paths = pathsOf(polygon)
  const [only] = paths
  if (paths.length === 1 && only !== undefined) return pathSegment(only)
  // A point or a line bounds no area: nothing of the shape is lost without it.
  const parts = paths.filter((path) => path.length >= 3)
  const [first] = parts
  if (first === undefined) return tooFewPoints
  if (parts.length === 1) return pathSegment(first)
  return areDisjoint(parts) ? partsSegment(parts) : filledSegment(parts, size, coding)
}

/** An ellipse as a polygon that leaves it by a tenth of a pixel at most (see `ellipseToPath`). */
export function ellipseSegment({ ellipse }: EllipseAnnotation): Segment | string {
  return pathSegment(ellipseToPath(ellipse))
}

/** A mask or why COCO cannot hold it. */
export function maskSegment(rle: Rle, coding: RleCoding): Segment | string {
  const box = rleBounds(rle)
  if (box === undefined) return "it has no pixel"
  return { segmentation: rleText(rle, coding), area: rleArea(rle), box }
}

function pathSegment(path: Path): Segment | string {
  return path.length < 3 ? tooFewPoints : partsSegment([path])
}

function partsSegment(parts: readonly Path[]): Segment | string {
  let text = ""
  let area = 0
  for (const path of parts) {
    let numbers = ""
    for (const { x, y } of path) numbers += numbers === "" ? `${x},${y}` : `,${x},${y}`
    text += text === "" ? `[${numbers}]` : `,[${numbers}]`
    area += pathArea(path)
  }
  const box = boundsOf(parts)
  return box === undefined ? tooFewPoints : { segmentation: `[${text}]`, area, box }
}

// Parts with holes, or that overlap: COCO takes a list of polygons as their union, so only a mask can say it.
function filledSegment(
  parts: readonly Path[],
  size: { readonly width: number; readonly height: number } | undefined,
  coding: RleCoding,
): Segment | string {
  const extent = boundsOf(parts)
  if (extent === undefined) return tooFewPoints
  const width = size?.width ?? Math.max(1, Math.ceil(extent.x + extent.w))
  const height = size?.height ?? Math.max(1, Math.ceil(extent.y + extent.h))
  const rle = polygonToRle(parts, width, height)
  if (rle === undefined) return "its image is too large for a mask"
  const area = rleArea(rle)
  if (area === 0) return "it covers no pixel of its image"
  return { segmentation: rleText(rle, coding), area, box: clip(extent, width, height) }
}

function clip({ x, y, w, h }: Box, width: number, height: number): Box {
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  // Where nothing is cut the extent stays as it was computed, without the noise of adding and subtracting.
  return {
    x: left,
    y: top,
    w: left === x && x + w <= width ? w : Math.min(x + w, width) - left,
    h: top === y && y + h <= height ? h : Math.min(y + h, height) - top,
  }
}

function rleText({ width, height, counts }: Rle, coding: RleCoding): string {
  const text = coding === "compressed" ? JSON.stringify(encodeCounts(counts)) : `[${counts.join(",")}]`
  return `{"counts":${text},"size":[${height},${width}]}`
}
