import { rleToPaths } from "../../geometry/contours.ts"
import type { Masks } from "../../geometry/masks.ts"
import { type Path, pathsOf } from "../../geometry/polygon.ts"
import type { Annotation, Shapes } from "../../model/annotation.ts"
import type { Box } from "../../model/point.ts"

/** What Dataloop calls a shape, and the JSON text of its `coordinates`. */
export interface ShapeText {
  readonly type: string
  readonly coordinates: string
}

/** The shape of an annotation as Dataloop writes it, or why it has none. */
export function shapeText(annotation: Annotation, masks: () => Masks): ShapeText | string {
  switch (annotation.type) {
    case "bounding_box":
      return boxText(annotation.bounding_box)
    case "polygon":
      return segmentText(pathsOf(annotation.polygon))
    case "mask": {
      const rle = masks().rle(annotation.id)
      if (typeof rle === "string") return rle
      const paths = rleToPaths(rle)
      return paths.length === 0 ? "it has no pixel" : segmentText(paths)
    }
    case "tag":
      return { type: "class", coordinates: "[]" }
    case "line":
      return lineText(annotation.line.path)
    case "keypoint":
      return pointShape(annotation.keypoint.x, annotation.keypoint.y)
    case "ellipse":
      return ellipseText(annotation.ellipse)
    case "cuboid":
      return cubeText(annotation.cuboid)
    case "skeleton":
      return "a pose of Dataloop needs a template of its recipe"
    case "video":
      return "an annotation over frames, of an image"
    case "unknown":
      return "its shape is not known"
    default:
      return "Dataloop has no such shape"
  }
}

const tooLarge = "its numbers are too large"

function boxText({ x, y, w, h }: Box): ShapeText | string {
  const right = x + w
  const bottom = y + h
  if (!Number.isFinite(right) || !Number.isFinite(bottom)) return tooLarge
  return { type: "box", coordinates: `[${point(x, y)},${point(right, bottom)}]` }
}

function segmentText(paths: readonly Path[]): ShapeText | string {
  let text = ""
  for (const path of paths) {
    if (path.length === 0) continue
    const points = pathText(path)
    if (points === undefined) return tooLarge
    text += text === "" ? points : `,${points}`
  }
  return text === "" ? "it has no point" : { type: "segment", coordinates: `[${text}]` }
}

function lineText(path: Path): ShapeText | string {
  if (path.length === 0) return "it has no point"
  const points = pathText(path)
  return points === undefined ? tooLarge : { type: "polyline", coordinates: `[${points}]` }
}

function pointShape(x: number, y: number): ShapeText | string {
  return areFinite(x, y) ? { type: "point", coordinates: point(x, y) } : tooLarge
}

function ellipseText({ angle, center, radius }: Shapes["ellipse"]): ShapeText | string {
  const degrees = (angle * 180) / Math.PI
  if (!areFinite(center.x, center.y) || !areFinite(radius.x, radius.y) || !Number.isFinite(degrees)) {
    return tooLarge
  }
  return {
    type: "ellipse",
    coordinates: `{"angle":${degrees},"center":${point(center.x, center.y)},"rx":${radius.x},"ry":${radius.y}}`,
  }
}

function cubeText({ front, back }: Shapes["cuboid"]): ShapeText | string {
  const near = faceText("front", front)
  const far = faceText("back", back)
  if (near === undefined || far === undefined) return tooLarge
  return { type: "cube", coordinates: `{${near},${far},"angle":0}` }
}

function faceText(name: string, { x, y, w, h }: Box): string | undefined {
  const right = x + w
  const bottom = y + h
  if (!Number.isFinite(right) || !Number.isFinite(bottom)) return undefined
  return `"${name}_tl":${point(x, y)},"${name}_tr":${point(right, y)},"${name}_br":${point(right, bottom)},"${name}_bl":${point(x, bottom)}`
}

function pathText(path: Path): string | undefined {
  let text = "["
  for (let i = 0; i < path.length; i++) {
    const { x, y } = path[i] as Path[number]
    if (!areFinite(x, y)) return undefined
    text += i === 0 ? `{"x":${x},"y":${y},"z":0}` : `,{"x":${x},"y":${y},"z":0}`
  }
  return `${text}]`
}

function point(x: number, y: number): string {
  return `{"x":${x},"y":${y},"z":0}`
}

function areFinite(x: number, y: number): boolean {
  return Number.isFinite(x) && Number.isFinite(y)
}
