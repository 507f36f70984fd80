export { collect } from "./collect.ts"
export type { ClassPolicy, MissingDefinition } from "./import/consent.ts"
export type { HeldItem, ImportOptions } from "./import/import-options.ts"
export { importTo } from "./import/import-to.ts"
export type { ImportProblem, ImportReport, ImportState } from "./import/report.ts"
export { type FilesToMerge, mergeFiles } from "./push/merge-files.ts"
export type { PushBytes, PushFile, PushSlot } from "./push/push-file.ts"
export { type PushToOptions, pushTo } from "./push/push-to.ts"
export type { PushProblem, PushReport, PushStage } from "./push/report.ts"
export {
  type SplitVideoAnnotationsOptions,
  type SplitVideoAnnotationsReport,
  splitVideoAnnotations,
} from "./split-videos.ts"
