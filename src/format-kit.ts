// What a format is made of, for those of this package and for any other: `docs/adding-a-format.md` shows it at work.

export { FormatError, OptionError } from "./errors.ts"
export { type Attempt, createAttempt } from "./formats/attempt.ts"
export { type ClassList, createClassList, unlistedClass } from "./formats/class-list.ts"
export { createDistinctNames, type DistinctNames } from "./formats/distinct-names.ts"
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
export { fullNameOf, imageItem, targetOf } from "./formats/image-name.ts"
export { type Picture, pictures } from "./formats/pictures.ts"
export { type ReadDocument, type ReadDocumentsOptions, readDocuments } from "./formats/read-documents.ts"
export { createTally, type Tallied, type Tally } from "./formats/tally.ts"
export { type AtomicFile, createAtomicFile, writeFileAtomic } from "./storage/atomic-file.ts"
export { type Document, type DocumentsOptions, documents } from "./storage/documents.ts"
export { createRecordSpool, type RecordSpool } from "./storage/record-spool.ts"
export { inContext, source } from "./stream.ts"
