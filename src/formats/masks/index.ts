import type { AnnotationType } from "../../model/annotation.ts"
import type { WriteFormat } from "../format.ts"
import { writeInstances } from "./instance.ts"
import type { MaskOptions } from "./options.ts"
import type { MaskStyle } from "./palette.ts"
import { type SemanticMaskOptions, semanticWriter } from "./semantic.ts"

const becomes: Readonly<Partial<Record<AnnotationType, string>>> = {
  polygon: "its pixels",
  ellipse: "its pixels",
  mask: "its pixels",
  raster_layer: "the pixels of its masks",
}

const common = {
  spec: "https://darwin-py-sdk.v7labs.com/darwin.exporter.formats.html",
  extensions: [".png"],
  holds: [],
  becomes,
}

/**
 * Masks of instances: a black and white PNG file for each polygon, ellipse and mask, and a CSV table of them.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), instanceMask.write("masks/", { jobs: 2 }))
 */
export const instanceMask: WriteFormat<MaskOptions> = {
  id: "instance_mask",
  title: "Instance masks",
  ...common,
  writeOptions: ["fillRule", "jobs"],
  write: writeInstances,
}

/**
 * Masks of classes in colour: an RGB PNG file an image, each class in a hue of its own, and a CSV table of the colours.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), semanticMask.write("masks/", { classes: ["car", "truck"] }))
 */
export const semanticMask: WriteFormat<SemanticMaskOptions> = semantic(
  "semantic_mask",
  "Semantic masks in colour",
  "rgb",
)

/**
 * Masks of classes in grey: a grey PNG file an image, with greys at equal steps up to white, and a CSV table of the greys.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), semanticMaskGrey.write("masks/"))
 */
export const semanticMaskGrey: WriteFormat<SemanticMaskOptions> = semantic(
  "semantic_mask_grey",
  "Semantic masks in grey",
  "grey",
)

/**
 * Masks of classes by number: a grey PNG file an image whose pixels are the numbers of the classes from 1, and a CSV table of
 * the numbers. This is what training of segmentation takes.
 *
 * @example
 * await pipeline(darwin.read("release.zip"), semanticMaskIndex.write("masks/"))
 */
export const semanticMaskIndex: WriteFormat<SemanticMaskOptions> = semantic(
  "semantic_mask_index",
  "Semantic masks by class number",
  "index",
)

function semantic(id: string, title: string, style: MaskStyle): WriteFormat<SemanticMaskOptions> {
  return {
    id,
    title,
    ...common,
    writeOptions: ["classes", "fillRule", "jobs"],
    write: semanticWriter(style),
  }
}

export type { MaskOptions } from "./options.ts"
export type { SemanticMaskOptions } from "./semantic.ts"
