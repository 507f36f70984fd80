import { rleToPaths } from "../../geometry/contours.ts"
import type { Masks } from "../../geometry/masks.ts"
import { type Path, pathsOf } from "../../geometry/polygon.ts"
import type { Annotation, AnnotationType, Shapes } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import type { JsonBytes } from "../shared/json-bytes.ts"

/** What Dataloop calls the shapes that it has. */
export const dataloopTypes: Readonly<Partial<Record<AnnotationType, string>>> = {
  bounding_box: "box",
  polygon: "segment",
  mask: "segment",
  tag: "class",
  line: "polyline",
  keypoint: "point",
  ellipse: "ellipse",
  cuboid: "cube",
}

/** Writes the value of `coordinates`, or gives the reason why Dataloop cannot hold it; what is written is void then. */
export function writeCoordinates(
  out: JsonBytes,
  annotation: Annotation,
  masks: () => Masks,
): string | undefined {
  switch (annotation.type) {
    case "bounding_box":
      return writeBox(out, annotation.bounding_box)
    case "polygon":
      return writePaths(out, pathsOf(annotation.polygon))
    case "mask": {
      const rle = masks().rle(annotation.id)
      if (typeof rle === "string") return rle
      const paths = rleToPaths(rle)
      return paths.length === 0 ? "it has no pixel" : writePaths(out, paths)
    }
    case "tag":
      out.ascii("[]")
      return undefined
    case "line":
      return writePaths(out, [annotation.line.path])
    case "keypoint":
      return writePoint(out, annotation.keypoint.x, annotation.keypoint.y) ? undefined : tooLarge
    case "ellipse":
      return writeEllipse(out, annotation.ellipse)
    case "cuboid":
      return writeCube(out, annotation.cuboid)
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

function writeBox(out: JsonBytes, { x, y, w, h }: Box): string | undefined {
  out.ascii("[")
  if (!writePoint(out, x, y)) return tooLarge
  out.ascii(",")
  if (!writePoint(out, x + w, y + h)) return tooLarge
  out.ascii("]")
  return undefined
}

/** Paths without points are left out: nothing of the shape is lost. */
function writePaths(out: JsonBytes, paths: readonly Path[]): string | undefined {
  let isEmpty = true
  for (const path of paths) {
    if (path.length === 0) continue
    out.ascii(isEmpty ? "[[" : ",[")
    isEmpty = false
    if (!path.every(isFinitePoint)) return tooLarge
    out.pointObjects(path, zeroDepth)
    out.ascii("]")
  }
  if (isEmpty) return "it has no point"
  out.ascii("]")
  return undefined
}

function writeEllipse(out: JsonBytes, { angle, center, radius }: Shapes["ellipse"]): string | undefined {
  const degrees = (angle * 180) / Math.PI
  const [x, y] = [Math.abs(radius.x), Math.abs(radius.y)]
  if (!Number.isFinite(degrees) || !Number.isFinite(x) || !Number.isFinite(y)) return tooLarge
  out.ascii('{"angle":')
  out.number(degrees)
  out.ascii(',"center":')
  if (!writePoint(out, center.x, center.y)) return tooLarge
  out.ascii(',"rx":')
  out.number(x)
  out.ascii(',"ry":')
  out.number(y)
  out.ascii("}")
  return undefined
}

function writeCube(out: JsonBytes, { front, back }: Shapes["cuboid"]): string | undefined {
  out.ascii("{")
  if (!writeFace(out, "front", front) || !writeFace(out, "back", back)) return tooLarge
  out.ascii('"angle":0}')
  return undefined
}

function writeFace(out: JsonBytes, name: string, { x, y, w, h }: Box): boolean {
  for (const [corner, atX, atY] of [
    ["tl", x, y],
    ["tr", x + w, y],
    ["br", x + w, y + h],
    ["bl", x, y + h],
  ] as const) {
    out.ascii(`"${name}_${corner}":`)
    if (!writePoint(out, atX, atY)) return false
    out.ascii(",")
  }
  return true
}

/** Writes a point; gives false where it has a number that JSON cannot hold. */
function writePoint(out: JsonBytes, x: number, y: number): boolean {
  const point = { x, y }
  if (!isFinitePoint(point)) return false
  out.pointObjects([point], zeroDepth)
  return true
}

const zeroDepth = ',"z":0'

function isFinitePoint({ x, y }: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y)
}
