import type { AnnotationType } from "../model/annotation.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import type { Sink, Source } from "../stream.ts"

/** What every reader takes. */
export interface ReadOptions {
  /**
   * What to do with a record that breaks the format's rules: `"throw"` ends the stream with a FormatError (`format`),
   * `"skip"` leaves out the record alone and tells it as a `skip` event.
   * @default "throw"
   */
  readonly onInvalid?: "throw" | "skip"
  /**
   * How many files are read at a time, in formats of one file an image. More than one helps where each file takes its time
   * to come, as from a network drive; the order stays.
   * @default 1
   */
  readonly concurrency?: number
}

/**
 * An annotation format: plain data about it, and how it is read and written. A format that only reads has no `write`.
 *
 * `read` takes files, directories and zip archives and gives one AnnotationFile an image, in the order of the input.
 * `write` takes one AnnotationFile at a time and leaves finished files in `directory`; a file appears there under its
 * final name only when it is whole.
 */
export interface Format<
  Reading extends ReadOptions = ReadOptions,
  Writing extends object = Record<never, never>,
> {
  readonly id: string
  readonly title: string
  /** Where the format is defined. */
  readonly spec: string
  /** Endings of the files it is read from, with the dot, in lower case. */
  readonly extensions: readonly string[]
  /** The annotation types that survive writing and reading back. */
  readonly holds: readonly AnnotationType[]
  readonly read?: (paths: string | readonly string[], options?: Reading) => Source<AnnotationFile>
  readonly write?: (directory: string, options?: Writing) => Sink<AnnotationFile, WriteSummary>
}

/** A format that is both read and written. */
export type ReadWriteFormat<
  Reading extends ReadOptions = ReadOptions,
  Writing extends object = Record<never, never>,
> = Required<Format<Reading, Writing>>

/**
 * What a writer did. Nothing is lost in between: `annotations` equals `written` plus all counts in `skipped`.
 */
export interface WriteSummary {
  /** Images written; each slot of an item and each frame of a video counts as one. */
  readonly images: number
  /** Annotations that came in, those of a video once for each frame. */
  readonly annotations: number
  readonly written: number
  readonly skipped: readonly SkipCount[]
}

/** How many annotations of one type were left out for one reason. */
export interface SkipCount {
  readonly type: string
  readonly reason: string
  readonly count: number
}
