import type { ReadWriteFormat } from "../format.ts"
import { type CocoReadOptions, read } from "./read.ts"
import { type CocoWriteOptions, write } from "./write.ts"

/**
 * COCO instances and keypoints, one JSON file for a whole set.
 */
export const coco: ReadWriteFormat<CocoReadOptions, CocoWriteOptions> = {
  id: "coco",
  title: "COCO",
  spec: "https://cocodataset.org/#format-data",
  extensions: [".json"],
  holds: ["bounding_box", "polygon", "tag", "keypoint", "skeleton"],
  read,
  write,
}

export type { CocoReadOptions } from "./read.ts"
export type { CocoWriteOptions } from "./write.ts"
