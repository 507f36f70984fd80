import type { ReadWriteFormat } from "../format.ts"
import { read, type YoloReadOptions } from "./read.ts"
import { writeBoxes, writeSegments, type YoloWriteOptions } from "./write.ts"

const readOptions = ["classes", "imageDirectory", "imageSize", "imageEnding", "confidence"]
const writeOptions = ["classes", "layout"]

/**
 * YOLO boxes, as Ultralytics and Darknet train on: one text file an image, one line `class cx cy w h` a box, in parts of the
 * image's width and height. Where it differs from darwin-py: `docs/deviations-yolo.md`.
 *
 * | Darwin | YOLO | read back |
 * | --- | --- | --- |
 * | bounding_box within the image | a box | equal to a millionth of a pixel |
 * | polygon, ellipse, mask | the box around what of it is in the image | that box |
 * | a class's name | its number; the name in `data.yaml` and `darknet.labels` | equal |
 *
 * Boxes are clipped to the image, as Ultralytics leaves out files with numbers out of 0 to 1. What is outside of its image,
 * has no area there or is in an image of unknown size is left out, as are all other types; each is counted in the summary
 * and told as a `skip` event. Two boxes that are equal are written twice; Ultralytics takes them for one. Attributes, ids,
 * properties and all else that is not a box or a class do not go into YOLO.
 *
 * `data.yaml` names no split and no `path`: Ultralytics then looks for the images in the folder of that file, and for the
 * labels beside them. With `layout: "labels"` the labels are in `labels`, and the images belong into `images`: written into
 * the directory of a dataset that was pulled, all is in its place.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), yolo.write("dataset/", { layout: "labels" }))
 * for await (const file of yolo.read("dataset/")) console.log(file.item.name, file.annotations.length)
 */
export const yolo: ReadWriteFormat<YoloReadOptions, YoloWriteOptions> = {
  id: "yolo",
  title: "YOLO",
  spec: "https://docs.ultralytics.com/datasets/detect/",
  extensions: [".txt"],
  holds: ["bounding_box"],
  becomes: {
    polygon: "the box around it",
    ellipse: "the box around it",
    mask: "the box around its pixels",
    raster_layer: "the boxes of its masks",
  },
  readOptions,
  writeOptions,
  read,
  write: writeBoxes,
}

/**
 * YOLO segments, as Ultralytics trains on: like `yolo`, with one line `class x1 y1 x2 y2 …` an annotation. Where it differs
 * from darwin-py: `docs/deviations-yolo_segmented.md`.
 *
 * | Darwin | YOLO | read back |
 * | --- | --- | --- |
 * | polygon of one path | its points | equal to a millionth of a pixel |
 * | polygon of several paths | one contour: parts and holes are joined by bridges without width | its paths, in whatever order, each from another point on |
 * | bounding_box | its four corners | that polygon |
 * | ellipse | a contour, 0.1 pixels off at most | that polygon |
 * | mask | the outlines of its pixels, joined | a polygon of the same pixels |
 *
 * An annotation is one line, so that it counts as one object, as in Ultralytics' own converter from COCO. Filled even-odd,
 * which is how Ultralytics fills a contour (`cv2.fillPoly`), the joined one gives the paths' own area, and holes stay out;
 * only the line itself, one pixel wide, is painted on every contour and so on bridges, too. Contours of more than 1,000
 * points Ultralytics thins out by itself.
 *
 * Contours are clipped to the image. Paths of fewer than three points, or without area, are left out of a polygon that has
 * others.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), yoloSegmented.write("segments/", { classes: ["car", "truck"] }))
 */
export const yoloSegmented: ReadWriteFormat<YoloReadOptions, YoloWriteOptions> = {
  id: "yolo_segmented",
  title: "YOLO segments",
  spec: "https://docs.ultralytics.com/datasets/segment/",
  extensions: [".txt"],
  holds: ["polygon"],
  becomes: {
    bounding_box: "a polygon of its four corners",
    ellipse: "a polygon, 0.1 pixels off at most",
    mask: "a polygon of the same pixels",
    raster_layer: "the polygons of its masks",
  },
  readOptions,
  writeOptions,
  read,
  write: writeSegments,
}

export type { YoloLayout } from "./names-files.ts"
export type { YoloReadOptions } from "./read.ts"
export type { YoloWriteOptions } from "./write.ts"
