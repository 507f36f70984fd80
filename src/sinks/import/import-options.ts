import type { DatasetItem } from "../../api/dataset-item.ts"
import { OptionError } from "../../errors.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { PropertyDefinition } from "../../storage/property-definitions.ts"
import type { ClassPolicy } from "./consent.ts"

/** An item that holds annotations or values of properties already. */
export interface HeldItem {
  readonly item: DatasetItem
  readonly annotations: number
}

/** How annotations are imported. */
export interface ImportOptions {
  /**
   * Adds to what items hold. An annotation whose id the item holds already is left as it is, so an import that is repeated
   * changes nothing.
   * @default false
   */
  readonly append?: boolean
  /**
   * Replaces what items hold, annotations and values of properties. A function is asked for each item that holds any, one at a
   * time. With neither this nor `append` such items are refused, and others are filled.
   * @default false
   */
  readonly overwrite?: boolean | ((held: HeldItem) => boolean | Promise<boolean>)
  /**
   * Whether a file without annotations and properties empties its item. That is a replacement: `overwrite` has to allow it.
   * @default false
   */
  readonly deleteForEmpty?: boolean
  /**
   * Whether the service is told who drew the annotations, and who reviewed them: by their addresses.
   * @default false
   */
  readonly importAnnotators?: boolean
  readonly importReviewers?: boolean
  /**
   * What happens to classes and properties that the dataset lacks.
   * @default "fail"
   */
  readonly classPolicy?: ClassPolicy
  /**
   * Items worked on at a time.
   * @default 16
   */
  readonly concurrency?: number
  /**
   * Only asks, and reports what would be done. Nothing is changed, on the service or on disk.
   * @default false
   */
  readonly dryRun?: boolean
  /**
   * Whether the first file that fails ends the run with its error.
   * @default false
   */
  readonly failFast?: boolean
  /**
   * A file in which is noted what the service has confirmed; made where it is missing. A run that is repeated after a crash
   * asks the service only for what is open. The notes are dropped when a run ends whole: the next one asks for everything anew.
   * @default none: what is open is found out by asking
   */
  readonly journal?: string
  /**
   * The definitions of properties that belong to a file, for properties that the team lacks.
   * @default none
   */
  readonly definitionsOf?: (
    file: AnnotationFile,
  ) => readonly PropertyDefinition[] | Promise<readonly PropertyDefinition[]>
  /**
   * The most bytes of one request. An item with more annotations takes several; masks and their raster layers stay together.
   * @default 32_000_000
   */
  readonly maxPayloadBytes?: number
}

/** The options with their defaults. */
export type SettledImportOptions = Required<Omit<ImportOptions, "journal">> & Pick<ImportOptions, "journal">

/**
 * Sets what is not given to its default.
 *
 * @throws OptionError (`option`) for options that contradict one another.
 */
export function settleImportOptions(options: ImportOptions): SettledImportOptions {
  const settled = {
    append: false,
    overwrite: false,
    deleteForEmpty: false,
    importAnnotators: false,
    importReviewers: false,
    classPolicy: "fail" as const,
    concurrency: 16,
    dryRun: false,
    failFast: false,
    definitionsOf: () => [],
    maxPayloadBytes: 32_000_000,
    ...options,
  }
  const { append, overwrite, deleteForEmpty, classPolicy, maxPayloadBytes } = settled
  if (append && overwrite !== false) throw new OptionError("overwrite", "cannot be combined with append")
  if (append && deleteForEmpty) throw new OptionError("deleteForEmpty", "cannot be combined with append")
  if (typeof classPolicy !== "function" && !["create", "add", "fail"].includes(classPolicy)) {
    throw new OptionError("classPolicy", 'must be "create", "add", "fail" or a function')
  }
  if (!(maxPayloadBytes >= 1)) throw new OptionError("maxPayloadBytes", "must be a number, 1 or more")
  return settled
}
