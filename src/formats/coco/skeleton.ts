import type { KeypointAnnotation, SkeletonAnnotation } from "../../model/annotation.ts"
import type { Category } from "./ids.ts"

/** What COCO says of points: the numbers of `keypoints`, with commas, and how many of the points are there. */
export interface Keypoints {
  readonly keypoints: string
  readonly count: number
}

/** The name of the one point of a class of plain keypoints; read back, such a class gives keypoints, not skeletons. */
export const keypointName = "keypoint"

/**
 * The points of a keypoint or skeleton in the order of its category, or why COCO cannot hold them. The first
 * annotation of a class says which points the class has: the file is written in one pass, and COCO wants the same
 * ones on all. A point that is missing is `0,0,0`; an occluded one has visibility 1, others 2.
 */
export function keypointsOf(
  annotation: KeypointAnnotation | SkeletonAnnotation,
  category: Category,
): Keypoints | string {
  const nodes =
    annotation.type === "keypoint"
      ? [{ ...annotation.keypoint, name: keypointName, occluded: false }]
      : annotation.skeleton.nodes
  const byName = new Map(nodes.map((node) => [node.name, node]))
  if (byName.size < nodes.length) return "two of its points have one name"
  const names = category.keypoints ?? nodes.map(({ name }) => name)
  let text = ""
  let count = 0
  for (const name of names) {
    const node = byName.get(name)
    if (node !== undefined) count++
    text += text === "" ? "" : ","
    text += node === undefined ? "0,0,0" : `${node.x},${node.y},${node.occluded === true ? 1 : 2}`
  }
  if (count < nodes.length) return "it has points that the first annotation of its class does not have"
  category.keypoints = names
  return { keypoints: text, count }
}
