import { rleToPaths } from "../../geometry/contours.ts"
import { areDisjoint } from "../../geometry/disjoint.ts"
import { boundsOf, type Path } from "../../geometry/polygon.ts"
import { polygonToRle } from "../../geometry/rasterise.ts"
import { decodeCounts, type Rle, rleOfCounts, rleUnion } from "../../geometry/rle.ts"
import type { ImageAnnotation, SkeletonAnnotation, SubAnnotations } from "../../model/annotation.ts"
import type { Box, Point } from "../../model/point.ts"
import { crowdAttribute } from "./crowd.ts"
import { type Element, fault, type ReadCategory } from "./elements.ts"
import { keypointName } from "./skeleton.ts"

/**
 * The Darwin annotations of one COCO annotation: its segmentation as a polygon, its keypoints as a skeleton or
 * keypoint, and its bounding box where it has neither of these.
 *
 * @throws FormatError (`format`) naming the member that breaks a rule.
 */
export function annotationsOf(element: Element, { name, keypoints }: ReadCategory): ImageAnnotation[] {
  const subs = subAnnotationsOf(element)
  const annotations: ImageAnnotation[] = []
  const paths = pathsOf(element)
  const box = paths && boundsOf(paths)
  // They all begin alike, and yet that is written out: V8 makes a literal that begins with a spread object much more slowly.
  if (paths !== undefined && box !== undefined) {
    annotations.push({
      name,
      slot_names: ["0"],
      ...subs,
      polygon: { paths },
      bounding_box: box,
      type: "polygon",
    })
  }
  const nodes = nodesOf(element, keypoints)
  const [first] = nodes
  if (first !== undefined && keypoints.length === 1 && first.name === keypointName) {
    annotations.push({
      name,
      slot_names: ["0"],
      ...subs,
      keypoint: { x: first.x, y: first.y },
      type: "keypoint",
    })
  } else if (first !== undefined) {
    annotations.push({ name, slot_names: ["0"], ...subs, skeleton: { nodes }, type: "skeleton" })
  }
  if (annotations.length === 0) {
    annotations.push({
      name,
      slot_names: ["0"],
      ...subs,
      bounding_box: boxOf(element),
      type: "bounding_box",
    })
  }
  return annotations
}

/** The paths of a segmentation, even-odd; undefined where there is none. */
function pathsOf(element: Element): readonly Path[] | undefined {
  if (element.paths !== undefined) return withoutOverlaps(element, element.paths)
  const { segmentation } = element.members
  if (segmentation === undefined || segmentation === null) return undefined
  if (!Array.isArray(segmentation)) return rleToPaths(rleOf(element))
  const isFlat = typeof segmentation[0] === "number"
  const lists: readonly unknown[] = isFlat ? [segmentation] : segmentation
  const paths: Path[] = []
  lists.forEach((list, index) => {
    const member = isFlat ? "segmentation" : `segmentation[${index}]`
    if (Array.isArray(list) && list.length === 0) return
    if (!isNumbers(list)) throw fault(element, member, "expected a list of numbers")
    if (list.length % 2 !== 0) throw fault(element, member, "expected pairs of x and y")
    if (list.length < 6) throw fault(element, member, "a polygon needs three points")
    paths.push(pointsOf(list))
  })
  return paths.length === 0 ? undefined : withoutOverlaps(element, paths)
}

function pointsOf(list: readonly number[]): Point[] {
  const points: Point[] = []
  for (let i = 0; i < list.length; i += 2) points.push({ x: list[i] as number, y: list[i + 1] as number })
  return points
}

function withoutOverlaps(element: Element, paths: readonly Path[]): readonly Path[] {
  return paths.length === 1 || areDisjoint(paths) ? paths : union(element, paths)
}

/** No picture is as wide or high, and a mask takes time for each of its columns. */
const maxMaskSide = 1 << 20

// COCO takes a list of polygons as their union; Darwin, even-odd, would take what two of them share for a hole. The
// union is that of the pixels, and not only of those in the image. Nothing is moved that need not be: a moved point may
// be rounded to another pixel.
function union(element: Element, paths: readonly Path[]): readonly Path[] {
  const { x, y, w, h } = boundsOf(paths) as Box
  const left = Math.min(0, Math.floor(x))
  const top = Math.min(0, Math.floor(y))
  const width = Math.ceil(x + w) - left
  const height = Math.ceil(y + h) - top
  const tooLarge = () => fault(element, "segmentation", "its parts overlap and are too large for a mask")
  if (Math.max(width, height) > maxMaskSide) throw tooLarge()
  const masks: Rle[] = []
  for (const path of paths) {
    const moved = path.map((point) => ({ x: point.x - left, y: point.y - top }))
    const mask = polygonToRle([moved], width, height)
    if (mask === undefined) throw tooLarge()
    masks.push(mask)
  }
  const outlines = rleToPaths(rleUnion(masks))
  if (outlines.length === 0) throw fault(element, "segmentation", "its parts overlap and cover no pixel")
  return outlines.map((path) => path.map((point) => ({ x: point.x + left, y: point.y + top })))
}

function rleOf(element: Element): Rle {
  const { segmentation } = element.members
  if (typeof segmentation !== "object" || segmentation === null) {
    throw fault(element, "segmentation", "expected polygons or run lengths")
  }
  const { counts, size } = segmentation as { counts?: unknown; size?: unknown }
  if (!isNumbers(size) || size.length !== 2) {
    throw fault(element, "segmentation.size", "expected height and width")
  }
  const numbers = typeof counts === "string" ? decodeCounts(counts) : counts
  if (!isNumbers(numbers)) throw fault(element, "segmentation.counts", "expected run lengths")
  const rle = rleOfCounts(numbers, size[1] as number, size[0] as number)
  if (rle === undefined)
    throw fault(element, "segmentation.counts", "the run lengths do not add up to the size")
  if (!rle.counts.some((count, index) => index % 2 === 1 && count > 0)) {
    throw fault(element, "segmentation.counts", "the mask has no pixel")
  }
  return rle
}

function boxOf(element: Element): Box {
  const { bbox } = element.members
  // Some tools nest the box in a list.
  const numbers = Array.isArray(bbox) && bbox.length === 1 ? bbox[0] : bbox
  if (!isNumbers(numbers) || numbers.length !== 4)
    throw fault(element, "bbox", "expected x, y, width and height")
  const [x, y, w, h] = numbers as [number, number, number, number]
  return { x, y, w, h }
}

type Nodes = SkeletonAnnotation["skeleton"]["nodes"]

/** The keypoints that are labelled: those of visibility 0 are not there. */
function nodesOf(element: Element, names: readonly string[]): Nodes {
  const { keypoints } = element.members
  if (keypoints === undefined || keypoints === null) return []
  if (!isNumbers(keypoints) || keypoints.length % 3 !== 0) {
    throw fault(element, "keypoints", "expected triples of x, y and visibility")
  }
  if (names.length > 0 && keypoints.length !== 3 * names.length) {
    throw fault(element, "keypoints", `expected ${names.length} triples, as its category has keypoints`)
  }
  const nodes: Nodes[number][] = []
  for (let i = 0; i < keypoints.length; i += 3) {
    const visibility = keypoints[i + 2]
    if (visibility === 0) continue
    // Without names in the category they are numbered from 1, as COCO's skeletons count.
    const name = names[i / 3] ?? String(i / 3 + 1)
    nodes.push({ name, x: keypoints[i] as number, y: keypoints[i + 1] as number, occluded: visibility === 1 })
  }
  return nodes
}

/** Undefined where there are none. */
function subAnnotationsOf(element: Element): SubAnnotations | undefined {
  const { extra, iscrowd, attributes: own } = element.members
  const { instance_id, attributes, text } = (
    typeof extra === "object" && extra !== null ? extra : {}
  ) as Record<string, unknown>
  const names = [
    ...attributeNames(element, "extra.attributes", attributes),
    ...attributeNames(element, "attributes", own),
  ]
  if (iscrowd === 1 || iscrowd === true) names.push(crowdAttribute)
  if (instance_id !== undefined && (typeof instance_id !== "number" || !Number.isFinite(instance_id))) {
    throw fault(element, "extra.instance_id", "expected a number")
  }
  if (text !== undefined && typeof text !== "string") throw fault(element, "extra.text", "expected a text")
  const hasAttributes = names.length > 0 || attributes !== undefined
  if (text === undefined && instance_id === undefined && !hasAttributes) return undefined
  return {
    ...(text !== undefined && { text: { text } }),
    ...(hasAttributes && { attributes: names }),
    ...(instance_id !== undefined && { instance_id: { value: instance_id } }),
  }
}

/**
 * Names from a list, or from an object: its keys that are true, and `key:value` for other values than false and null.
 */
function attributeNames(element: Element, member: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) {
    if (value.every((name) => typeof name === "string")) return value
  } else if (typeof value === "object") {
    const entries = Object.entries(value).filter(([, one]) => one !== false && one !== null)
    if (entries.every(([, one]) => typeof one !== "object")) {
      return entries.map(([key, one]) => (one === true ? key : `${key}:${one}`))
    }
  }
  throw fault(element, member, "expected a list of names")
}

function isNumbers(value: unknown): value is readonly number[] {
  if (!Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (!Number.isFinite(value[i])) return false
  return true
}
