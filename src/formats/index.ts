export { type CocoReadOptions, type CocoWriteOptions, coco } from "./coco/index.ts"
export { csvtags } from "./csvtags/index.ts"
export { csvtagsvideo } from "./csvtagsvideo/index.ts"
export { type CvatReadOptions, type CvatVideos, type CvatWriteOptions, cvat } from "./cvat/index.ts"
export { darwin } from "./darwin/index.ts"
export { dataloop } from "./dataloop/index.ts"
export type { Format, ReadOptions, ReadWriteFormat, SkipCount, WriteSummary } from "./format.ts"
export { labelbox } from "./labelbox/index.ts"
export {
  instanceMask,
  type MaskOptions,
  type SemanticMaskOptions,
  semanticMask,
  semanticMaskGrey,
  semanticMaskIndex,
} from "./masks/index.ts"
export {
  type PascalVocCoordinates,
  type PascalVocReadOptions,
  type PascalVocWriteOptions,
  pascalvoc,
} from "./pascalvoc/index.ts"
export { type FormatId, formatIds, loadFormat } from "./registry.ts"
export type { CsvFileOptions } from "./shared/csv-file.ts"
export { type SuperAnnotateReadOptions, superannotate } from "./superannotate/index.ts"
export {
  type YoloLayout,
  type YoloReadOptions,
  type YoloWriteOptions,
  yolo,
  yoloSegmented,
} from "./yolo/index.ts"
