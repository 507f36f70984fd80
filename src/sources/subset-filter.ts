import { OptionError } from "../errors.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import type { Transform } from "../stream.ts"
import type { ReleaseFile } from "./release-files.ts"

/**
 * Decides about one annotation file: `true` keeps it, `false` and `undefined` leave it out, an AnnotationFile is taken
 * in its place.
 */
export type SubsetFilter = (
  file: AnnotationFile,
) => boolean | AnnotationFile | undefined | Promise<boolean | AnnotationFile | undefined>

/** Gives the annotation files that a filter keeps, in the form that it gives them; all of them where there is none. */
export function keep(filter: SubsetFilter | undefined): Transform<ReleaseFile> {
  return async function* (files, context) {
    for await (const entry of files) {
      const { file, source } = entry
      const verdict: unknown = filter === undefined ? true : await filter(file)
      if (isAnnotationFile(verdict)) yield { file: verdict, source }
      // What a filter has seen it may have edited in place: then only its words count, not the bytes.
      else if (verdict === true) yield filter === undefined ? entry : { file, source }
      else if (verdict === false || verdict === undefined)
        context?.onEvent?.({ type: "filter", file: source })
      else {
        throw new OptionError(
          "subsetFilterAnnotationsFunction",
          `must give true, false, undefined or an annotation file; for ${source} it gave something else`,
        )
      }
    }
  }
}

// A function of plain JavaScript may give an annotation where it means to say that there is one.
function isAnnotationFile(verdict: unknown): verdict is AnnotationFile {
  return typeof verdict === "object" && verdict !== null && "item" in verdict && "annotations" in verdict
}
