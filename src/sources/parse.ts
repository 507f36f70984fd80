import { UnsupportedError } from "../errors.ts"
import type { Format, ReadOptions } from "../formats/format.ts"
import { type FormatId, loadFormat } from "../formats/registry.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { inContext, type Source, source } from "../stream.ts"

/**
 * Reads annotation files of any format, one of this package by its id or any object of type Format: from files, directories and zip archives, in their order.
 *
 * @throws OptionError (`option`) for an unknown format.
 * @throws UnsupportedError (`unsupported`) for a format that is only written.
 * @throws FormatError (`format`) naming file, place and rule, unless `onInvalid` is `"skip"`.
 *
 * @example
 * for await (const file of parse("coco", "instances.json")) console.log(file.item.name, file.annotations.length)
 */
export function parse(
  format: FormatId | Format,
  paths: string | readonly string[],
  options: ReadOptions = {},
): Source<AnnotationFile> {
  return source(async function* (context) {
    const { id, read } = await loadFormat(format)
    if (read === undefined) throw new UnsupportedError(`${id} is written only, not read`)
    yield* inContext(read(paths, options), context)
  })
}
