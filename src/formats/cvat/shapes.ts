import { areDisjoint } from "../../geometry/disjoint.ts"
import type { Masks } from "../../geometry/masks.ts"
import { boxFault, type Path, pathsOf } from "../../geometry/polygon.ts"
import { polygonToRle } from "../../geometry/rasterise.ts"
import type { Rle } from "../../geometry/rle.ts"
import { rleToBoxed } from "../../geometry/row-runs.ts"
import type { Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import { xmlAttribute } from "../../parse/xml-write.ts"
import { createJsonBytes } from "../shared/json-bytes.ts"

/** The image that a shape is in. */
export interface CvatImage {
  readonly size: { readonly width: number; readonly height: number } | undefined
  readonly masks: () => Masks
}

/** One element of CVAT: its name, what it says of its geometry as attributes, and the points of a skeleton inside it. */
export interface CvatShape {
  readonly element: string
  readonly geometry: string
  readonly points?: SkeletonNodes
}

/** The points of a skeleton. */
export type SkeletonNodes = Shapes["skeleton"]["nodes"]

/** A shape and the type that says what it is. */
export type Shaped = { readonly type: string; readonly id?: string | undefined } & Partial<Shapes>

/** The elements that a shape is written as (several for a polygon of several parts), or why CVAT cannot hold it. */
export function shapesOf(shaped: Shaped, image: CvatImage): readonly CvatShape[] | string {
  switch (shaped.type) {
    case "bounding_box": {
      const box = shaped.bounding_box as Box
      return boxFault(box) ?? [{ element: "box", geometry: boxGeometry(box) }]
    }
    case "polygon":
      return polygonShapes(pathsOf(shaped.polygon as Shapes["polygon"]), image)
    case "line":
      return lineShape((shaped.line as Shapes["line"]).path)
    case "keypoint":
      return [{ element: "points", geometry: pointsGeometry([shaped.keypoint as Point]) }]
    case "ellipse":
      return [{ element: "ellipse", geometry: ellipseGeometry(shaped.ellipse as Shapes["ellipse"]) }]
    case "cuboid":
      return cuboidShape(shaped.cuboid as Shapes["cuboid"])
    case "tag":
      return [{ element: "tag", geometry: "" }]
    case "skeleton":
      return skeletonShape((shaped.skeleton as Shapes["skeleton"]).nodes)
    case "mask": {
      const rle = image.masks().rle(shaped.id)
      return typeof rle === "string" ? rle : maskShape(rle)
    }
    case "unknown":
      return "its shape is not known"
    default:
      return "CVAT has no such shape"
  }
}

// Points are most of a document: their digits are written here, at a third of the cost of a text of each number.
const scratch = createJsonBytes()

/** Points as `x,y;x,y`. */
function pointsGeometry(points: readonly Point[]): string {
  scratch.length = 0
  scratch.ascii(' points="')
  for (let i = 0; i < points.length; i++) {
    const { x, y } = points[i] as Point
    if (i > 0) scratch.ascii(";")
    scratch.number(x)
    scratch.ascii(",")
    scratch.number(y)
  }
  scratch.ascii('"')
  return scratch.bytes().toString("latin1")
}

function boxGeometry({ x, y, w, h }: Box): string {
  return ` xtl="${x}" ytl="${y}" xbr="${x + w}" ybr="${y + h}"`
}

function lineShape(path: Path): readonly CvatShape[] | string {
  if (path.length < 2) return "a line needs two points"
  return [{ element: "polyline", geometry: pointsGeometry(path) }]
}

function polygonShapes(paths: readonly Path[], { size }: CvatImage): readonly CvatShape[] | string {
  // A point or a line bounds no area: nothing of the shape is lost without it.
  const parts = paths.filter(({ length }) => length >= 3)
  if (parts.length === 0) return "a polygon needs three points"
  if (parts.length === 1 || areDisjoint(parts)) {
    return parts.map((path) => ({ element: "polygon", geometry: pointsGeometry(path) }))
  }
  if (size === undefined) return "its image has no size"
  const rle = polygonToRle(parts, size.width, size.height)
  return rle === undefined ? "its image is too large for a mask" : maskShape(rle)
}

function maskShape(rle: Rle): readonly CvatShape[] | string {
  const boxed = rleToBoxed(rle)
  if (boxed === undefined) return "it covers no pixel of its image"
  const { left, top, width, height, counts } = boxed
  const geometry = ` rle="${counts.join(", ")}" left="${left}" top="${top}" width="${width}" height="${height}"`
  return [{ element: "mask", geometry }]
}

function ellipseGeometry({ angle, center, radius }: Shapes["ellipse"]): string {
  const turned = (angle * 180) / Math.PI
  const degrees = ((turned % 360) + 360) % 360
  const rotation = degrees === 0 ? "" : ` rotation="${degrees}"`
  return ` cx="${center.x}" cy="${center.y}" rx="${Math.abs(radius.x)}" ry="${Math.abs(radius.y)}"${rotation}`
}

// CVAT goes round the upright edges of a cuboid: front left, front right, back right, back left, each from the top down.
const edges = ["l1", "r1", "l2", "r2"] as const

function cuboidShape(cuboid: Shapes["cuboid"]): readonly CvatShape[] | string {
  const { front, back } = cuboid
  const isNear = [front.x + front.w, front.y + front.h, back.x + back.w, back.y + back.h].every(
    Number.isFinite,
  )
  return isNear ? [{ element: "cuboid", geometry: cuboidGeometry(cuboid) }] : "its numbers are too large"
}

function cuboidGeometry({ front, back }: Shapes["cuboid"]): string {
  const sides = [front.x, front.x + front.w, back.x + back.w, back.x]
  return edges
    .map((edge, index) => {
      const { y, h } = index < 2 ? front : back
      const [x, face] = [sides[index], edge[1]]
      return ` xt${edge[0]}${face}="${x}" yt${edge[0]}${face}="${y}" xb${edge[0]}${face}="${x}" yb${edge[0]}${face}="${y + h}"`
    })
    .join("")
}

function skeletonShape(nodes: SkeletonNodes): readonly CvatShape[] | string {
  if (nodes.length === 0) return "it has no point"
  if (new Set(nodes.map(({ name }) => name)).size < nodes.length) return "two of its points have one name"
  return [{ element: "skeleton", geometry: "", points: nodes }]
}

/** The `<points>` inside a skeleton; `flags` is what stands behind the label. */
export function skeletonText(nodes: SkeletonNodes, flags: string, isOutside = false): string {
  return nodes
    .map((node) => {
      const state = `outside="${isOutside ? 1 : 0}" occluded="${node.occluded === true ? 1 : 0}"`
      return `<points label="${xmlAttribute(node.name)}" ${flags}${state}${pointsGeometry([node])}></points>`
    })
    .join("")
}
