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
  /**
   * The most bytes that one file may have, in formats of one file an image: such files are read whole, and take a few times
   * as much memory. A larger one breaks the format's rules, and is not read.
   * @default 268435456 (256 MiB)
   */
  readonly maxFileBytes?: number
}

/** What the writers that number or draw classes take. */
export interface ClassOptions {
  /**
   * The names of the classes in their order. It freezes their numbers and colours, so that subsets, splits and reruns
   * agree; annotations of other classes are left out. Without it, the classes that occur are sorted by code point.
   */
  readonly classes?: readonly string[]
}

/**
 * An annotation format: plain data about it, and how it is read and written. A format that only reads has no `write`, one
 * that is only written no `read`.
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
  /** The annotation types that survive: written and read back they are the same. */
  readonly holds: readonly AnnotationType[]
  /** What other types are written as, such as `{ polygon: "the box around it" }`; those in neither are left out. */
  readonly becomes?: Readonly<Partial<Record<AnnotationType, string>>>
  /** The names of the options of `read` and `write`, but for those of ReadOptions. */
  readonly readOptions?: readonly string[]
  readonly writeOptions?: readonly string[]
  readonly read?: (paths: string | readonly string[], options?: Reading) => Source<AnnotationFile>
  readonly write?: (directory: string, options?: Writing) => Sink<AnnotationFile, WriteSummary>
}

/** A format that is both read and written. */
export type ReadWriteFormat<
  Reading extends ReadOptions = ReadOptions,
  Writing extends object = Record<never, never>,
> = Format<Reading, Writing> & Required<Pick<Format<Reading, Writing>, "read" | "write">>

/** A format that is only written. */
export type WriteFormat<Writing extends object = Record<never, never>> = Omit<
  Format<ReadOptions, Writing>,
  "read"
> &
  Required<Pick<Format<ReadOptions, Writing>, "write">>

/** A format that is only read. */
export type ReadFormat<Reading extends ReadOptions = ReadOptions> = Omit<Format<Reading>, "write"> &
  Required<Pick<Format<Reading>, "read">>

/**
 * What a writer did. Nothing is lost in between: `annotations`, counted as they came in, equals `written` plus all counts
 * in `skipped`; a writer of which that is not true fails (ConservationError).
 */
export interface WriteSummary {
  /** Images written; each slot of an item and each frame of a video counts as one, unless the format has videos. */
  readonly images: number
  /** Annotations that came in; those of a video once for each frame, unless the format has videos. */
  readonly annotations: number
  readonly written: number
  /** What was written and left out of each class and type, in the order in which they first came. */
  readonly classes: readonly ClassCount[]
  readonly skipped: readonly SkipCount[]
}

/** How many annotations of one class and type were written, and left out. */
export interface ClassCount {
  readonly class: string
  readonly type: string
  readonly written: number
  readonly skipped: number
}

/** How many annotations of one class and type were left out for one reason. */
export interface SkipCount {
  readonly class: string
  readonly type: string
  readonly reason: string
  readonly count: number
}
