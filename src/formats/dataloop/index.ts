import type { ReadWriteFormat } from "../format.ts"
import { read } from "./read.ts"
import { write } from "./write.ts"

/**
 * Dataloop's item JSON: one file an item, with the item's path, size and annotations. Where it differs from darwin-py:
 * `docs/deviations-dataloop.md`.
 *
 * | Darwin | Dataloop | read back |
 * | --- | --- | --- |
 * | bounding_box | `box` of two corners | equal, but for the rounding of `x + w` |
 * | polygon | `segment`, a list of points for each path | equal |
 * | tag | `class` | equal |
 * | line | `polyline` | equal |
 * | keypoint | `point` | equal |
 * | ellipse | `ellipse`, its angle in degrees | equal, but for the rounding of the angle |
 * | cuboid | `cube` of eight corners | equal, but for the rounding of `x + w` |
 * | mask | `segment` along the borders of its pixels in the raster layer | a polygon of the same pixels |
 * | text, attributes, instance_id | `description`, `attributes`, `metadata.system.objectId` | equal |
 *
 * Each slot of an item and each frame of a video is written as an image. Skeletons (a `pose` needs a template of the
 * recipe), tables and what else Dataloop has no shape for are left out, counted in the summary and told as `skip` events.
 * Properties, authors, other sub-annotations and ids of annotations do not go into the file.
 *
 * Only read: a `box` with an angle, or of four corners that are not upright, as a polygon; a `binary` as the polygon along
 * the borders of its pixels; a `pose` and its points as a skeleton; attributes by key as `key:value`. The annotations of a
 * video are tracks that hold from one snapshot to the next, inside `frame` and `endFrame`: Dataloop does not say how its
 * studio moves them in between.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), dataloop.write("dataloop/"))
 * for await (const file of dataloop.read("dataloop/")) console.log(file.item.name, file.annotations.length)
 */
export const dataloop: ReadWriteFormat = {
  id: "dataloop",
  title: "Dataloop",
  spec: "https://docs.dataloop.ai/docs/item-json-format",
  extensions: [".json"],
  holds: ["bounding_box", "polygon", "tag", "line", "keypoint", "ellipse", "cuboid"],
  becomes: {
    mask: "a segment of the same pixels",
    raster_layer: "the segments of its masks",
  },
  read,
  write,
}
