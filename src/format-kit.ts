// What a format is made of, for those of this package and for any other: `docs/adding-a-format.md` shows it at work.

export { FormatError, OptionError } from "./errors.ts"
export type {
  ClassCount,
  ClassOptions,
  Format,
  ReadFormat,
  ReadOptions,
  ReadWriteFormat,
  SkipCount,
  WriteFormat,
  WriteSummary,
} from "./formats/format.ts"
export { type Attempt, createAttempt } from "./formats/shared/attempt.ts"
export { type ClassList, createClassList, unlistedClass } from "./formats/shared/class-list.ts"
export { createDistinctNames, type DistinctNames } from "./formats/shared/distinct-names.ts"
export { fullNameOf, imageItem, targetOf } from "./formats/shared/image-name.ts"
export { type Picture, pictures } from "./formats/shared/pictures.ts"
export {
  type ReadDocument,
  type ReadDocumentsOptions,
  readDocuments,
} from "./formats/shared/read-documents.ts"
export { createTally, type Tallied, type Tally } from "./formats/shared/tally.ts"
export { type AtomicFile, createAtomicFile, writeFileAtomic } from "./storage/atomic-file.ts"
export { type Document, type DocumentsOptions, documents } from "./storage/documents.ts"
export { createRecordSpool, type RecordSpool } from "./storage/record-spool.ts"
export { inContext, source } from "./stream.ts"
