export { collect } from "./collect.ts"
export type { PushBytes, PushFile, PushSlot } from "./push/push-file.ts"
export { type PushToOptions, pushTo } from "./push/push-to.ts"
export type { PushProblem, PushReport, PushStage } from "./push/report.ts"
