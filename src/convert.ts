import { UnsupportedError } from "./errors.ts"
import type { RunEvent } from "./events.ts"
import type { ReadOptions, WriteSummary } from "./formats/format.ts"
import { type FormatId, loadFormat } from "./formats/registry.ts"
import { pipeline } from "./pipeline.ts"
import { parse } from "./sources/parse.ts"
import type { Context } from "./stream.ts"

/** How annotations are converted. */
export interface ExportAnnotationsOptions extends ReadOptions, Context {
  /**
   * The format of the input.
   * @default "darwin"
   */
  readonly from?: FormatId
}

/** What a conversion did: the writer's summary, and what could not be read. */
export interface ExportReport extends WriteSummary {
  /** How many records of the input break its format's rules and were left out; each was told as a `skip` event. */
  readonly invalid: number
}

/**
 * Converts annotation files to another format, one file at a time from end to end.
 *
 * @throws OptionError (`option`) for an unknown format, UnsupportedError (`unsupported`) for one that cannot be written or
 *   read, FormatError (`format`) for input that breaks its rules, unless `onInvalid` is `"skip"`.
 *
 * @example
 * const report = await exportAnnotations("coco", ["annotations/"], "out/")
 * console.log(report.written, report.skipped)
 */
export async function exportAnnotations(
  format: FormatId,
  filePaths: string | readonly string[],
  outputDirectory: string,
  options: ExportAnnotationsOptions = {},
): Promise<ExportReport> {
  const { from = "darwin", signal, ...reading } = options
  const { write } = await loadFormat(format)
  if (write === undefined) throw new UnsupportedError(`${format} is read only, not written`)
  let skips = 0
  const onEvent = (event: RunEvent) => {
    if (event.type === "skip") skips++
    options.onEvent?.(event)
  }
  const summary = await pipeline(parse(from, filePaths, reading), write(outputDirectory), { signal, onEvent })
  // Reader and writer both tell what they leave out; the writer has counted its own.
  const invalid = summary.skipped.reduce((rest, { count }) => rest - count, skips)
  return { ...summary, invalid }
}
