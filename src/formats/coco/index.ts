import type { Format } from "../format.ts"
import { type CocoWriteOptions, write } from "./write.ts"

/**
 * COCO instances and keypoints, one JSON file for a whole set.
 */
export const coco = {
  id: "coco",
  title: "COCO",
  spec: "https://cocodataset.org/#format-data",
  extensions: [".json"],
  holds: ["bounding_box", "polygon", "tag", "keypoint", "skeleton"],
  write,
} as const satisfies Format<never, CocoWriteOptions>

export type { CocoWriteOptions } from "./write.ts"
