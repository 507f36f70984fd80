import { OptionError } from "../errors.ts"
import type { ZipEntry } from "../parse/zip.ts"
import { pipe } from "../pipeline.ts"
import { type ReleaseFolder, releaseFolder } from "../storage/dataset-directory.ts"
import { inContext, type Source, source } from "../stream.ts"
import { type ReleaseArchive, releaseEntries } from "./release-entries.ts"
import { type ReleaseFile, readReleaseFiles } from "./release-files.ts"
import { keep, type SubsetFilter } from "./subset-filter.ts"
import { type DirectoryVisitor, visitedEntries } from "./visited-entries.ts"

/** Which annotation files of a release are wanted, and where they go. */
export interface WantedFilesOptions {
  /** Picks or changes annotation files, one at a time, before any of their media is asked for. */
  readonly subsetFilterAnnotationsFunction?: SubsetFilter
  /** The Python SDK's form of the filter: gets a directory with all annotation files and removes or edits them. */
  readonly subsetFilterDirectory?: DirectoryVisitor
  /**
   * The folder inside the release's for the annotation files of a subset.
   * @default "subset" where a filter is given, else none
   */
  readonly subsetFolderName?: string
}

/**
 * The folder of the files that are wanted of a release.
 *
 * @throws OptionError (`option`) when both forms of the filter are given.
 * @throws PathError (`path`) when the name of the release or the subset cannot be a folder's.
 */
export function wantedFolder(release: string, options: WantedFilesOptions): ReleaseFolder {
  const { subsetFilterAnnotationsFunction: filter, subsetFilterDirectory: visit } = options
  if (filter !== undefined && visit !== undefined) {
    throw new OptionError("subsetFilterDirectory", "cannot be combined with subsetFilterAnnotationsFunction")
  }
  return releaseFolder(release, options.subsetFolderName ?? (isFiltered(options) ? "subset" : undefined))
}

/** Whether a function decides about the annotation files. */
export function isFiltered(options: WantedFilesOptions): boolean {
  return options.subsetFilterAnnotationsFunction !== undefined || options.subsetFilterDirectory !== undefined
}

/** The annotation files that are wanted of a release, while its archive arrives. What is invalid in them is left out and told. */
export function wantedFiles(
  archive: ReleaseArchive,
  { subsetFilterAnnotationsFunction: filter, subsetFilterDirectory: visit }: WantedFilesOptions,
  onMetadata: (bytes: Uint8Array) => void,
): Source<ReleaseFile> {
  return pipe(
    visit === undefined ? releaseEntries(archive) : visited(archive, visit),
    readReleaseFiles(archive.name, { onInvalid: "skip", onMetadata }),
    keep(filter),
  )
}

function visited(archive: ReleaseArchive, visit: DirectoryVisitor): Source<ZipEntry> {
  return source((context) =>
    visitedEntries(inContext(releaseEntries(archive), context), visit, (entry, reason) =>
      context.onEvent?.({ type: "skip", file: `${archive.name}/${entry}`, reason }),
    ),
  )
}
