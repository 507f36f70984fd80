import { FormatError } from "../errors.ts"
import { parseJson } from "../parse/json.ts"
import { decodeText } from "../parse/text.ts"
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
 * Reads one Darwin JSON 2.0 document: text, or bytes in UTF-8 with or without byte-order mark, or in UTF-16.
 *
 * Gives undefined for an object without `annotations` (it is none of Darwin's annotation files; told as a `skip`
 * event), and for a broken document under the policy `"skip"`. Each thing that is left out is one event.
 *
 * @throws FormatError (`format`) naming the file and the JSON path, or line and column of a syntax error.
 *
 * @example
 * const file = readAnnotationFile(await readFile("kerb.json"), "kerb.json")
 */
export function readAnnotationFile(
  content: Uint8Array | string,
  path: string,
  options: ReadAnnotationFileOptions = {},
): AnnotationFile | undefined {
  const { onInvalid = "throw", onEvent } = options
  const skip = (place: string, reason: string) => {
    onEvent?.({ type: "skip", file: path, place, reason })
    return undefined
  }
  const refuse = (place: string, rule: string) => {
    if (onInvalid === "throw") throw new FormatError(path, place, rule)
    return skip(place, rule)
  }
  let text: string
  let document: unknown
  try {
    text = typeof content === "string" ? content : decodeText(content, path)
    document = parseJson(text, path)
  } catch (error) {
    if (onInvalid === "throw" || !(error instanceof FormatError)) throw error
    return skip(error.place, error.rule)
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return refuse("", "expected an object: not a Darwin document")
  }
  if (!("annotations" in document)) return skip("", "no annotations: not an annotation file")
  if ("image" in document && !("item" in document)) {
    return refuse(
      "image",
      "this is Darwin JSON 1.0, which is not read; 2.0 has an item in place of the image",
    )
  }
  try {
    return checkDocument(document, path, refuse, !largeExponent.test(text))
  } catch (error) {
    // Of the stack, which what is nested without end does not fit on.
    if (error instanceof RangeError) return refuse("", tooDeep)
    throw error
  }
}

const tooDeep = "its values are nested too deeply"

// A number that no double can hold has an exponent of three digits, if it is not written out in 309 digits. Some texts
// look the same: then the numbers themselves are looked at.
const largeExponent = /\d[eE]\+?\d{3,}\s*[,\]}]/

/**
 * The text of an AnnotationFile as Darwin JSON, equal as a document to what it was read from: unknown keys included,
 * numbers to the precision of a double.
 *
 * @throws FormatError (`format`) for values that are nested too deeply, some thousand times.
 *
 * @example
 * writeAnnotationFile(readAnnotationFile(bytes, "kerb.json")) // the same document
 */
export function writeAnnotationFile(file: AnnotationFile): string {
  return documentText(toDocument(file), file.path)
}

/** The text of a document. */
export function documentText(document: unknown, path: string): string {
  try {
    return JSON.stringify(document)
  } catch (error) {
    throw error instanceof RangeError ? new FormatError(path, "", tooDeep) : error
  }
}
