import { OptionError } from "../errors.ts"
import type { Format } from "./format.ts"

/** The id of a format. */
export type FormatId =
  | "darwin"
  | "coco"
  | "cvat"
  | "dataloop"
  | "pascalvoc"
  | "instance_mask"
  | "semantic_mask"
  | "semantic_mask_grey"
  | "semantic_mask_index"
  | "csvtags"
  | "csvtagsvideo"
  | "yolo"
  | "yolo_segmented"
  | "labelbox"
  | "superannotate"

/** Every format by its id; a module is loaded when its format is first asked for. */
export const registry: { readonly [Id in FormatId]: () => Promise<Format> } = {
  darwin: async () => (await import("./darwin/index.ts")).darwin,
  coco: async () => (await import("./coco/index.ts")).coco,
  cvat: async () => (await import("./cvat/index.ts")).cvat,
  dataloop: async () => (await import("./dataloop/index.ts")).dataloop,
  pascalvoc: async () => (await import("./pascalvoc/index.ts")).pascalvoc,
  instance_mask: async () => (await import("./masks/index.ts")).instanceMask,
  semantic_mask: async () => (await import("./masks/index.ts")).semanticMask,
  semantic_mask_grey: async () => (await import("./masks/index.ts")).semanticMaskGrey,
  semantic_mask_index: async () => (await import("./masks/index.ts")).semanticMaskIndex,
  csvtags: async () => (await import("./csvtags/index.ts")).csvtags,
  csvtagsvideo: async () => (await import("./csvtagsvideo/index.ts")).csvtagsvideo,
  yolo: async () => (await import("./yolo/index.ts")).yolo,
  yolo_segmented: async () => (await import("./yolo/index.ts")).yoloSegmented,
  labelbox: async () => (await import("./labelbox/index.ts")).labelbox,
  superannotate: async () => (await import("./superannotate/index.ts")).superannotate,
}

/** All ids, in the order in which they are listed. */
export const formatIds: readonly FormatId[] = Object.keys(registry) as FormatId[]

/**
 * Loads a format by its id; one that is given as an object stands for itself.
 *
 * @throws OptionError (`option`) for an id that is none.
 *
 * @example
 * const { title, holds } = await loadFormat("coco")
 */
export async function loadFormat(format: string | Format): Promise<Format> {
  if (typeof format !== "string") return format
  if (!Object.hasOwn(registry, format)) {
    throw new OptionError("format", `${JSON.stringify(format)} is none of ${formatIds.join(", ")}`)
  }
  return registry[format as FormatId]()
}
