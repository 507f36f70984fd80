import { FormatError } from "../errors.ts"
import { parseJson } from "../parse/json.ts"
import type { Context } from "../stream.ts"
import type { AnnotationFile } from "./annotation-file.ts"
import { checkDocument, toDocument } from "./check.ts"

/** How `readAnnotationFile` treats what breaks the rules. */
export interface ReadAnnotationFileOptions extends Pick<Context, "onEvent"> {
  /**
   * `"throw"`: a FormatError (`format`). `"skip"`: a `skip` event, and what is broken is left out: one annotation, one
   * frame of a video annotation, or the file where its frame is broken.
   * @default "throw"
   */
  readonly onInvalid?: "throw" | "skip"
}

/**
 * Reads one Darwin JSON 2.0 document: UTF-8 with or without byte-order mark, or UTF-16.
 *
 * Gives undefined for a document without `annotations` (it is none of Darwin's annotation files; told as a `skip`
 * event), and for a broken one under the policy `"skip"`.
 *
 * @throws FormatError (`format`) naming the file and the JSON path, or line and column of a syntax error.
 *
 * @example
 * const file = readAnnotationFile(await readFile("kerb.json"), "kerb.json")
 */
export function readAnnotationFile(
  bytes: Uint8Array,
  path: string,
  options: ReadAnnotationFileOptions = {},
): AnnotationFile | undefined {
  const { onInvalid = "throw", onEvent } = options
  const skip = (place: string, reason: string) => {
    onEvent?.({ type: "skip", file: path, place, reason })
    return undefined
  }
  let document: unknown
  try {
    document = parseJson(bytes, path)
  } catch (error) {
    if (onInvalid === "throw" || !(error instanceof FormatError)) throw error
    return skip(error.place, error.rule)
  }
  if (typeof document === "object" && document !== null && !("annotations" in document)) {
    return skip("", "no annotations: not an annotation file")
  }
  return checkDocument(document as object, path, (place, rule) => {
    if (onInvalid === "throw") throw new FormatError(path, place, rule)
    skip(place, rule)
  })
}

/** The text of an AnnotationFile as Darwin JSON, equal as a document to what it was read from. */
export function writeAnnotationFile(file: AnnotationFile): string {
  return JSON.stringify(toDocument(file))
}
