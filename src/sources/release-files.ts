import type { ReadOptions } from "../formats/format.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { readAnnotationFile } from "../model/read.ts"
import type { ZipEntry } from "../parse/zip.ts"
import { pipe } from "../pipeline.ts"
import { metadataEntry } from "../storage/property-definitions.ts"
import type { Source, Transform } from "../stream.ts"
import { map } from "../transforms/map.ts"
import { isAnnotationEntry, type ReleaseArchive, releaseEntries } from "./release-entries.ts"

/** An annotation file and, while nobody has changed it, the bytes that it came in. */
export interface ReleaseFile {
  readonly file: AnnotationFile
  /** The path it was read from: what tells two files of one item apart. */
  readonly source: string
  readonly bytes?: Uint8Array
}

/** How the entries of a release are read. */
export interface ReadReleaseFilesOptions extends Pick<ReadOptions, "onInvalid"> {
  /** Is given the definitions of classes and properties, when they come by. */
  readonly onMetadata?: (bytes: Uint8Array) => void
}

/**
 * The annotation files of a release, each as soon as its own bytes have arrived: the second half of the archive need not
 * have been sent when the first file is there.
 *
 * @throws FormatError (`format`) for a file that breaks the rules, unless `onInvalid` is `"skip"`; and all that
 *   `releaseEntries` throws.
 *
 * @example
 * for await (const file of annotationFiles({ http, url, name: "v1.zip" })) console.log(file.item.name)
 */
export function annotationFiles(
  archive: ReleaseArchive,
  options: Pick<ReadOptions, "onInvalid"> = {},
): Source<AnnotationFile> {
  return pipe(
    releaseEntries(archive),
    readReleaseFiles(archive.name, options),
    map(({ file }) => file),
  )
}

/** Reads the annotation files among a release's entries. `archive` is the first part of their paths. */
export function readReleaseFiles(
  archive: string,
  { onInvalid = "throw", onMetadata }: ReadReleaseFilesOptions,
): Transform<ZipEntry, ReleaseFile> {
  return async function* (entries, { onEvent } = {}) {
    const options = { onInvalid, ...(onEvent && { onEvent }) }
    for await (const entry of entries) {
      if (entry.name === metadataEntry) onMetadata?.(entry.bytes)
      else if (isAnnotationEntry(entry)) {
        const source = `${archive}/${entry.name}`
        const file = readAnnotationFile(entry.bytes, source, options)
        if (file !== undefined) yield { file, source, bytes: entry.bytes }
      }
    }
  }
}
