import type { AnnotationFile } from "../model/annotation-file.ts"
import { openDatasetManifest, openDatasetParts } from "../storage/dataset-directory.ts"
import type { MediaTargetsOptions } from "../storage/names.ts"
import { inContext, stage, type Transform } from "../stream.ts"
import { createGate } from "./gate.ts"
import { bringMedia, planMedia } from "./media.ts"
import type { MediaFile } from "./media-destination.ts"
import type { BringMediaOptions } from "./media-options.ts"
import { type ParallelOptions, parallel } from "./parallel.ts"

/** How `download` works. */
export interface DownloadOptions
  extends BringMediaOptions,
    MediaTargetsOptions,
    Pick<ParallelOptions<AnnotationFile>, "ordered" | "onError"> {
  /**
   * How many items, and how many files over all of them, are worked on at a time.
   * @default 16
   */
  readonly concurrency?: number
}

/** An item whose media files are on disk. */
export interface DownloadedFile {
  readonly file: AnnotationFile
  readonly media: readonly MediaFile[]
}

/**
 * Brings the media of each item below `directory`, under `images/` as a pull does, and gives the item when its files are
 * there. Files are written atomically; those that are whole on disk are not asked for.
 *
 * An item that cannot be brought whole ends the stream with its error, or is left out, as `onError` says.
 *
 * @throws OptionError (`option`) when `concurrency` is not a whole number of 1 or more.
 *
 * @example
 * const items = pipe(release.annotationFiles(), filter(hasCars), download("cars/", dataset.session))
 * for await (const { file, media } of items) train(media[0]?.path, file.annotations)
 */
export function download(
  directory: string,
  options: DownloadOptions,
): Transform<AnnotationFile, DownloadedFile> {
  const { concurrency = 16, ordered = false, onError } = options
  const gate = createGate(concurrency)
  return (input, outer) =>
    stage(outer, async function* (context) {
      const manifest = openDatasetManifest(directory)
      const destination = { directory, manifest, gate, parts: openDatasetParts(directory) }
      const bring = parallel<AnnotationFile, DownloadedFile>(
        async (file, open) => {
          const planned = planMedia(file.item, manifest, options, (place, reason) =>
            open.onEvent?.({ type: "skip", file: file.path, place, reason }),
          )
          return { file, media: await bringMedia(planned, destination, options, open) }
        },
        { concurrency, ordered, ...(onError && { onError }) },
      )
      try {
        yield* inContext(bring(inContext(input, context), context), context)
      } finally {
        manifest.close()
      }
    })
}
