import type { ReadWriteFormat } from "../format.ts"
import { read, type YoloReadOptions } from "./read.ts"
import { writeBoxes, writeSegments, type YoloWriteOptions } from "./write.ts"

const readOptions = ["classes", "imageDirectory", "imageSize", "imageEnding", "confidence"]
const writeOptions = ["classes", "layout"]

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
