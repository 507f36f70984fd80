import type { ReadFormat } from "../format.ts"
import { read, type SuperAnnotateReadOptions } from "./read.ts"

/**
 * SuperAnnotate's vector JSON: one file an image, with a `classes.json` beside it. It is only read. Where it differs from
 * darwin-py: `docs/deviations-superannotate.md`.
 *
 * | SuperAnnotate | Darwin |
 * | --- | --- |
 * | `bbox` | bounding_box |
 * | `rbbox` | a polygon of its four corners |
 * | `polygon`, and what it excludes | polygon of several paths |
 * | `polyline`, `point` | line, keypoint |
 * | `ellipse`, its angle in degrees | ellipse, in radians |
 * | `cuboid` | cuboid |
 * | `template` | skeleton: points by their labels, or by their ids |
 * | `tags`, and instances of type `tag` | tag |
 * | attributes | attributes, `group:attribute` |
 *
 * Instances without a class, those of pixel projects (their masks are in pictures) and of videos are told as `skip` events.
 * Comments, groups of instances and connections of templates have no counterpart in Darwin's files.
 *
 * @example
 * await pipeline(superannotate.read("export/"), darwin.write("annotations/"))
 */
export const superannotate: ReadFormat<SuperAnnotateReadOptions> = {
  id: "superannotate",
  title: "SuperAnnotate",
  spec: "https://doc.superannotate.com/docs/vector-json",
  extensions: [".json"],
  holds: ["bounding_box", "polygon", "tag", "line", "keypoint", "ellipse", "cuboid", "skeleton"],
  readOptions: ["shapeSuffix"],
  read,
}

export type { SuperAnnotateReadOptions } from "./read.ts"
