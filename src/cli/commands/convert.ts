import type { FormatId } from "../../formats/index.ts"
import type { ExportReport } from "../../index.ts"
import { wholeNumber } from "../arguments.ts"
import { exitCodes } from "../exit-codes.ts"
import { counted, formatCount } from "../numbers.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `convert`: annotation files from one format to another. */
export function addConvert(program: Program, perform: Perform): void {
  program
    .command("convert")
    .description("convert annotation files to another format")
    .argument("<format>", "the format to write; `darwin-streams formats` lists them")
    .argument("<output-dir>", "where to write to; made where it is missing")
    .argument("<inputs...>", "files, directories and zip archives")
    .option("--from <format>", "the format of the inputs", "darwin")
    .option(
      "--jobs <n>",
      "how many files are read at a time; more help on a network drive",
      wholeNumber(1),
      1,
    )
    .option("--skip-invalid", "leave out what breaks the rules of its format, and go on, in place of failing")
    .option("--strict", "exit with 3 when anything was left out")
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams convert coco out/ release.zip
  darwin-streams convert pascalvoc out/ annotations/ --strict
  darwin-streams convert darwin out/ instances.json --from coco`,
    )
    .action((format, outputDirectory, inputs, { from, jobs, skipInvalid = false, strict = false }) =>
      perform(async (run) => {
        const { exportAnnotations } = await import("../../index.ts")
        const report = await exportAnnotations(format as FormatId, inputs, outputDirectory, {
          ...run,
          from: from as FormatId,
          concurrency: jobs,
          onInvalid: skipInvalid ? "skip" : "throw",
        })
        const skipped = report.invalid > 0 || report.skipped.length > 0
        return {
          report: { command: "convert", format, directory: outputDirectory, ...report },
          text: textOf(report, format, outputDirectory),
          exitCode: strict && skipped ? exitCodes.skips : exitCodes.done,
        }
      }),
    )
}

function textOf(report: ExportReport, format: string, directory: string): string {
  const { images, annotations, written, skipped, invalid } = report
  return summary(`converted to ${format} in ${directory}`, [
    ["images", formatCount(images)],
    ["annotations", `${formatCount(written)} of ${formatCount(annotations)} written`],
    ...skipped.map(
      ({ type, reason, count }) => ["left out", `${formatCount(count)} ${type}: ${reason}`] as const,
    ),
    ...(invalid > 0 ? [["left out", counted(invalid, "invalid record")] as const] : []),
  ])
}
