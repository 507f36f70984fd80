import type { ReadWriteFormat } from "../format.ts"
import { type PascalVocReadOptions, read } from "./read.ts"
import { type PascalVocWriteOptions, write } from "./write.ts"

/**
 * Pascal VOC: boxes, one XML file an image.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), pascalvoc.write("voc/", { coordinates: "devkit" }))
 */
export const pascalvoc: ReadWriteFormat<PascalVocReadOptions, PascalVocWriteOptions> = {
  id: "pascalvoc",
  title: "Pascal VOC",
  spec: "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html",
  extensions: [".xml"],
  holds: ["bounding_box"],
  becomes: { polygon: "the box around it" },
  readOptions: ["coordinates"],
  writeOptions: ["coordinates"],
  read,
  write,
}

export type { PascalVocCoordinates } from "./coordinates.ts"
export type { PascalVocReadOptions } from "./read.ts"
export type { PascalVocWriteOptions } from "./write.ts"
