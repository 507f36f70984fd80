import type { ReadFormat } from "../format.ts"
import { read } from "./read.ts"

/**
 * Labelbox's exports: NDJSON with one data row a line, as Labelbox gives them now, and the legacy JSON list that darwin-py
 * reads. Either kind of record may stand in either kind of file. It is only read. Where it differs from darwin-py:
 * `docs/deviations-labelbox.md`.
 *
 * | Labelbox | Darwin |
 * | --- | --- |
 * | `External ID`, `external_id` or else `global_key` | the item's folder and name |
 * | `bbox`, `bounding_box` | bounding_box |
 * | `polygon`, `point`, `line` | polygon, keypoint, line |
 * | an answer for the image | a tag, `question:choice`, or the question with its text |
 * | an answer for an object | an attribute, `question:choice`, or the object's text |
 * | an object in frames of a video | a track: frames counted from 0, ranges by `segments`, moved between keyframes |
 * | an answer for a video | a tag over all frames |
 *
 * Masks are not in an export, only their addresses: they are told as `skip` events and not fetched. So are objects of
 * documents and texts, cuboids, and answers for single frames of a video. Of a data row with several labels (consensus,
 * several projects) all annotations are read, and a `warning` event says so.
 *
 * @example
 * await pipeline(labelbox.read("export.ndjson"), darwin.write("annotations/"))
 */
export const labelbox: ReadFormat = {
  id: "labelbox",
  title: "Labelbox",
  spec: "https://docs.labelbox.com/reference/export-image-annotations",
  extensions: [".json", ".ndjson"],
  holds: ["bounding_box", "polygon", "tag", "line", "keypoint"],
  read,
}
