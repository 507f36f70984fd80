import { OptionError, UnsupportedError } from "./errors.ts"
import type { Format, ReadOptions, WriteSummary } from "./formats/format.ts"
import { type Losses, lossesOf } from "./formats/losses.ts"
import { type FormatId, loadFormat } from "./formats/registry.ts"
import type { AnnotationFile } from "./model/annotation-file.ts"
import { pipeline } from "./pipeline.ts"
import { parse } from "./sources/parse.ts"
import { type Context, inContext, source, type Transform } from "./stream.ts"

/** How annotations are converted. */
export interface ExportAnnotationsOptions extends ReadOptions, Context {
  /**
   * The format of the input.
   * @default "darwin"
   */
  readonly from?: FormatId | Format
  /** What happens between reading and writing, such as `selectSlots(["left"])` or `interpolate()`, in this order. */
  readonly transforms?: readonly Transform<AnnotationFile>[]
  /** Options of the input's format, such as `{ coordinates: "devkit" }`. */
  readonly reading?: Readonly<Record<string, unknown>>
  /** Options of the output's format, such as `{ classes: ["car", "truck"] }`. */
  readonly writing?: Readonly<Record<string, unknown>>
}

/** What a conversion did: the writer's summary, and what could not be read. */
export interface ExportReport extends WriteSummary {
  /** How much was left out before the writer, as by breaking a rule of its format; each was told as a `skip` event. */
  readonly invalid: number
}

/**
 * Converts annotation files to another format, one file at a time from end to end. Formats are ids of this package, or
 * objects of type Format. A `plan` event comes first and says what the output's format cannot hold.
 *
 * @throws OptionError (`option`) for an unknown format, or an option that a format does not take; UnsupportedError
 *   (`unsupported`) for a format that cannot be written or read; FormatError (`format`) for input that breaks its rules,
 *   unless `onInvalid` is `"skip"`.
 *
 * @example
 * const report = await exportAnnotations("coco", ["annotations/"], "out/")
 * console.log(report.written, report.skipped)
 */
export async function exportAnnotations(
  format: FormatId | Format,
  filePaths: string | readonly string[],
  outputDirectory: string,
  options: ExportAnnotationsOptions = {},
): Promise<ExportReport> {
  const { from = "darwin", signal, transforms = [], reading = {}, writing = {}, ...common } = options
  const output = await loadFormat(format)
  const input = await loadFormat(from)
  const { id, write, writeOptions = [] } = output
  if (write === undefined) throw new UnsupportedError(`${id} is read only, not written`)
  checkOptions(id, "writing", writing, writeOptions)
  checkOptions(input.id, "reading", reading, [...(input.readOptions ?? []), "maxFileBytes"])
  options.onEvent?.({ type: "plan", format: id, ...lossesOf(output, input) })
  let invalid = 0
  // What is left out before the writer, which counts its own.
  const before: Context = {
    signal,
    onEvent: (event) => {
      if (event.type === "skip") invalid++
      options.onEvent?.(event)
    },
  }
  const files = source(async function* () {
    const read = inContext(parse(input, filePaths, { ...common, ...reading }), before)
    yield* transforms.reduce<AsyncIterable<AnnotationFile>>(
      (stream, transform) => transform(stream, before),
      read,
    )
  })
  const { onEvent } = options
  const summary = await pipeline(files, write(outputDirectory, writing), { signal, onEvent })
  return { ...summary, invalid }
}

/**
 * What a conversion will lose, told before it runs and without looking at its input: the annotation types that the input's
 * format can hold and the output's cannot.
 *
 * @throws OptionError (`option`) for an unknown format.
 *
 * @example
 * const { becomes, leftOut } = await conversionLosses("pascalvoc", "coco")
 * // becomes: [{ type: "polygon", as: "the box around it" }], leftOut: ["tag", "keypoint", "skeleton"]
 */
export async function conversionLosses(
  format: FormatId | Format,
  from: FormatId | Format = "darwin",
): Promise<Losses> {
  return lossesOf(await loadFormat(format), await loadFormat(from))
}

function checkOptions(
  id: string,
  option: string,
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const choice = known.length === 0 ? "takes no options" : `takes ${known.join(", ")}`
    throw new OptionError(`${option}.${name}`, `${id} ${choice}`)
  }
}
