import { areDisjoint } from "../../geometry/disjoint.ts"
import { ellipseToPath } from "../../geometry/ellipse.ts"
import { boundsOf, type Path, pathArea, pathsOf } from "../../geometry/polygon.ts"
import { polygonToRle } from "../../geometry/rasterise.ts"
import { encodeCounts, type Rle, rleArea, rleBounds } from "../../geometry/rle.ts"
import type { EllipseAnnotation, PolygonAnnotation } from "../../model/annotation.ts"
import type { Box } from "../../model/point.ts"
import type { JsonBytes } from "../shared/json-bytes.ts"

/** What COCO says of a shape besides its `segmentation`: the `area` in square pixels and the box around it. */
export interface Segment {
  readonly area: number
  readonly box: Box
}

/** How masks are written: as a list of counts, or in the compressed form that COCO's tools make. */
export type RleCoding = "counts" | "compressed"

const tooFewPoints = "a polygon needs three points"

/** Writes the segmentation of a polygon, or tells why COCO cannot hold it. `size` is the image's, where it is known. */
export function polygonSegment(
  out: JsonBytes,
  { polygon }: PolygonAnnotation,
  size: { readonly width: number; readonly height: number } | undefined,
  coding: RleCoding,
): Segment | string {
  const paths = pathsOf(polygon)
  const [only] = paths
  if (paths.length === 1 && only !== undefined) return pathSegment(out, only)
  // A point or a line bounds no area: nothing of the shape is lost without it.
  const parts = paths.filter((path) => path.length >= 3)
  const [first] = parts
  if (first === undefined) return tooFewPoints
  if (parts.length === 1) return pathSegment(out, first)
  return areDisjoint(parts) ? partsSegment(out, parts) : filledSegment(out, parts, size, coding)
}

/** Writes an ellipse as a polygon that leaves it by a tenth of a pixel at most (see `ellipseToPath`). */
export function ellipseSegment(out: JsonBytes, { ellipse }: EllipseAnnotation): Segment | string {
  return pathSegment(out, ellipseToPath(ellipse))
}

/** What COCO says of a box: it is all that it has. */
export function boxSegment(box: Box): Segment {
  const area = Math.abs(box.w * box.h)
  const arePlain = isPlain(box.w) && isPlain(box.h)
  return { area: arePlain ? Math.round(area * 10_000) / 10_000 : area, box }
}

/** Writes the segmentation of a mask, or tells why COCO cannot hold it. */
export function maskSegment(out: JsonBytes, rle: Rle, coding: RleCoding): Segment | string {
  const box = rleBounds(rle)
  if (box === undefined) return "it has no pixel"
  writeRle(out, rle, coding)
  return { area: rleArea(rle), box }
}

/** Writes the corners of a box as its segmentation. */
export function writeCorners(out: JsonBytes, { x, y, w, h }: Box): void {
  const corners = [
    { x, y },
    { x: x + w, y },
    { x: x + w, y: y + h },
    { x, y: y + h },
  ]
  partsSegment(out, [corners])
}

function pathSegment(out: JsonBytes, path: Path): Segment | string {
  return path.length < 3 ? tooFewPoints : partsSegment(out, [path])
}

function partsSegment(out: JsonBytes, parts: readonly Path[]): Segment | string {
  let area = 0
  let arePlain = true
  for (let i = 0; i < parts.length; i++) {
    const path = parts[i] as Path
    out.ascii(i === 0 ? "[[" : ",[")
    if (!out.points(path)) arePlain = false
    out.ascii("]")
    area += pathArea(path)
  }
  out.ascii("]")
  const box = boundsOf(parts)
  if (box === undefined) return tooFewPoints
  return arePlain ? withoutNoise(area, box) : { area, box }
}

// Of points with two decimals the sides have two and the area has five: what doubles show behind them, such as
// 30.299999999999997, comes from subtracting and adding.
function withoutNoise(area: number, { x, y, w, h }: Box): Segment {
  const box = { x, y, w: Math.round(w * 100) / 100, h: Math.round(h * 100) / 100 }
  return { area: Math.round(area * 20_000) / 20_000, box }
}

function isPlain(side: number): boolean {
  return Math.abs(side) < 10_000 && Math.round(side * 100) / 100 === side
}

// Parts with holes, or that overlap: COCO takes a list of polygons as their union, so only a mask can say it.
function filledSegment(
  out: JsonBytes,
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
  writeRle(out, rle, coding)
  return { area, box: clip(extent, width, height) }
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

function writeRle(out: JsonBytes, { width, height, counts }: Rle, coding: RleCoding): void {
  out.ascii('{"counts":')
  if (coding === "compressed") out.ascii(JSON.stringify(encodeCounts(counts)))
  else {
    for (let i = 0; i < counts.length; i++) {
      out.ascii(i === 0 ? "[" : ",")
      out.number(counts[i] as number)
    }
    out.ascii("]")
  }
  out.ascii(`,"size":[${height},${width}]}`)
}
