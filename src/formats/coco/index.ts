import type { ReadWriteFormat } from "../format.ts"
import { type CocoReadOptions, read } from "./read.ts"
import { type CocoWriteOptions, write } from "./write.ts"

/**
 * COCO instances and keypoints, one JSON file for a whole set, with the extensions of darwin-py (`tag_ids`,
 * `tag_categories`, `extra`). Where it differs from darwin-py: `docs/deviations-coco.md`.
 *
 * | Darwin | COCO | read back |
 * | --- | --- | --- |
 * | bounding_box | `bbox`, no segmentation | equal |
 * | polygon of one path, or of parts apart from one another | list of polygons | equal |
 * | polygon with holes or overlaps | run lengths by the rule of pycocotools (even-odd) | the same pixels |
 * | mask | run lengths of its pixels in the raster layer | a polygon of the same pixels |
 * | ellipse | a polygon, 0.1 pixels off at most | that polygon |
 * | keypoint, skeleton | keypoints | equal |
 * | tag | `tag_ids` of the image | equal |
 * | text, attributes, instance_id | `extra` | equal |
 * | attribute `iscrowd` | `iscrowd` 1 | equal |
 *
 * Each slot of an item and each frame of a video is an image. Other shapes, polygons of fewer than three points, masks
 * without pixels and whatever else COCO cannot hold are left out, counted in the summary and told as `skip` events.
 * Shapes that reach out of the image stay as they are; only run lengths end at its border. Properties, authors, other
 * sub-annotations and ids of annotations do not go into COCO.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), coco.write("out/"))
 * for await (const file of coco.read("out/output.json")) console.log(file.item.name, file.annotations.length)
 */
export const coco: ReadWriteFormat<CocoReadOptions, CocoWriteOptions> = {
  id: "coco",
  title: "COCO",
  spec: "https://cocodataset.org/#format-data",
  extensions: [".json"],
  holds: ["bounding_box", "polygon", "tag", "keypoint", "skeleton"],
  becomes: {
    mask: "run lengths, read back as a polygon of the same pixels",
    raster_layer: "the run lengths of its masks",
    ellipse: "a polygon",
  },
  readOptions: ["spoolDirectory", "checkFirst"],
  writeOptions: ["fileName", "date", "rle", "boxSegmentation"],
  read,
  write,
}

export type { CocoReadOptions } from "./read.ts"
export type { CocoWriteOptions } from "./write.ts"
