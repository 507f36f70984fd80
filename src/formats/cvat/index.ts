import type { ReadWriteFormat } from "../format.ts"
import { type CvatReadOptions, read } from "./read.ts"
import { type CvatWriteOptions, write } from "./write.ts"

/**
 * CVAT 1.1, for images and for videos: `output.xml` with all images, and `<folder>/<stem>.xml` with the tracks of each
 * video. Where it differs from darwin-py: `docs/deviations-cvat.md`.
 *
 * | Darwin | CVAT | read back |
 * | --- | --- | --- |
 * | bounding_box | `<box>` | equal, but for the rounding of `xbr - xtl` |
 * | polygon of one path | `<polygon>` | equal |
 * | polygon of parts apart from one another | a `<polygon>` each, of one `group_id` | a polygon each |
 * | polygon with holes or overlaps | `<mask>` by the rule of pycocotools (even-odd) | the same pixels |
 * | mask | `<mask>` | a polygon of the same pixels |
 * | line, keypoint, ellipse, cuboid, tag | `<polyline>`, `<points>`, `<ellipse>`, `<cuboid>`, `<tag>` | equal |
 * | skeleton | `<skeleton>` of `<points>` | equal |
 * | attributes | checkboxes that are `true` (`occluded` as CVAT's own flag) | equal, `occluded` first |
 * | text, instance_id | the attributes `__text` and `__instance_id` | equal |
 * | track | `<track>`, closed by `outside` where a range or what is hidden begins and ends | its frames and ranges |
 *
 * Angles are radians in Darwin and degrees from 0 to 360 in CVAT. Tags of videos, and string, graph and table shapes, have
 * no place in CVAT: they are left out, counted in the summary and told as `skip` events. Properties, authors, other
 * sub-annotations and ids do not go into CVAT.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), cvat.write("out/"))
 * for await (const file of cvat.read("out/")) console.log(file.item.name, file.annotations.length)
 */
export const cvat: ReadWriteFormat<CvatReadOptions, CvatWriteOptions> = {
  id: "cvat",
  title: "CVAT",
  spec: "https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/",
  extensions: [".xml"],
  holds: ["bounding_box", "polygon", "tag", "line", "keypoint", "ellipse", "cuboid", "skeleton"],
  becomes: {
    mask: "a mask, read back as a polygon of the same pixels",
    raster_layer: "its masks",
  },
  writeOptions: ["classes", "videos"],
  read,
  write,
}

export type { CvatReadOptions } from "./read.ts"
export type { CvatVideos, CvatWriteOptions } from "./write.ts"
