import type { AnnotationFile, ExportReport, Transform } from "../../index.ts"
import { assignment, wholeNumber } from "../arguments.ts"
import { readClassFile } from "../class-file.ts"
import { exitCodes } from "../exit-codes.ts"
import { loadFormatArgument } from "../format-argument.ts"
import { counted, formatCount } from "../numbers.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `convert`: annotation files from one format to another. */
export function addConvert(program: Program, perform: Perform): void {
  program
    .command("convert")
    .description("convert annotation files to another format")
    .argument(
      "<format>",
      "the format to write: one that `darwin-streams formats` lists, or a module with one",
    )
    .argument("<output-dir>", "where to write to; made where it is missing")
    .argument("<inputs...>", "files, directories and zip archives")
    .option("--from <format>", "the format of the inputs, or a module with one", "darwin")
    .option("--jobs <n>", "files that are read at a time, and threads that draw masks", wholeNumber(1), 1)
    .option(
      "--classes <file>",
      "names of the classes in their order, one a line: numbers and colours follow it",
    )
    .option("--slots <names>", "the slots to take, with commas between; all others are left out", names)
    .option("--interpolate", "fill in the frames that tracks do not list, in straight lines")
    .option("--split-videos", "one annotation file a frame, and one a slot, in place of one an item")
    .option("--read-option <name=value>", "an option of the input's format; may be repeated", assignment)
    .option("--write-option <name=value>", "an option of the output's format; may be repeated", assignment)
    .option("--skip-invalid", "leave out what breaks the rules of its format, and go on, in place of failing")
    .option("--strict", "exit with 3 when anything was left out")
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams convert coco out/ release.zip
  darwin-streams convert pascalvoc out/ annotations/ --strict --write-option coordinates=devkit
  darwin-streams convert yolo out/ annotations/ --classes classes.txt
  darwin-streams convert darwin out/ instances.json --from coco
  darwin-streams convert ./my-format.js out/ release.zip`,
    )
    .action((formatArgument, outputDirectory, inputs, options) =>
      perform(async (run) => {
        const { exportAnnotations } = await import("../../index.ts")
        const { jobs, readOption, writeOption, skipInvalid = false, strict = false } = options
        const format = await loadFormatArgument("<format>", formatArgument)
        const from = await loadFormatArgument("--from", options.from)
        const classes = options.classes === undefined ? undefined : readClassFile(options.classes)
        // Names for numbers: those of the output where it has numbers, else those of the input.
        const isRead =
          classes !== undefined && !takesClasses(format.writeOptions) && takesClasses(from.readOptions)
        const report = await exportAnnotations(format, inputs, outputDirectory, {
          ...run,
          from,
          concurrency: jobs,
          onInvalid: skipInvalid ? "skip" : "throw",
          transforms: await transformsOf(options),
          reading: { ...readOption, ...(isRead && { classes }) },
          writing: {
            ...writeOption,
            ...(classes !== undefined && !isRead && { classes }),
            ...(format.writeOptions?.includes("jobs") && { jobs }),
          },
        })
        const skipped = report.invalid > 0 || report.skipped.length > 0
        return {
          report: { command: "convert", format: format.id, directory: outputDirectory, ...report },
          text: textOf(report, format.id, outputDirectory),
          exitCode: strict && skipped ? exitCodes.skips : exitCodes.done,
        }
      }),
    )
}

function takesClasses(options: readonly string[] = []): boolean {
  return options.includes("classes")
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim())
}

interface TransformFlags {
  readonly slots?: readonly string[] | undefined
  readonly interpolate?: true | undefined
  readonly splitVideos?: true | undefined
}

async function transformsOf(flags: TransformFlags): Promise<Transform<AnnotationFile>[]> {
  const { images, interpolate, selectSlots } = await import("../../transforms/index.ts")
  return [
    ...(flags.slots === undefined ? [] : [selectSlots(flags.slots)]),
    ...(flags.interpolate ? [interpolate()] : []),
    ...(flags.splitVideos ? [images()] : []),
  ]
}

function textOf(report: ExportReport, format: string, directory: string): string {
  const { images, annotations, written, skipped, invalid } = report
  return summary(`converted to ${format} in ${directory}`, [
    ["images", formatCount(images)],
    ["annotations", `${formatCount(written)} of ${formatCount(annotations)} written`],
    ...byTypeAndReason(skipped).map(
      ([what, count]) => ["left out", `${formatCount(count)} ${what}`] as const,
    ),
    ...(invalid > 0 ? [["left out", counted(invalid, "invalid record")] as const] : []),
  ])
}

/** The report counts by class as well, which may be thousands: people read it by type and reason. */
function byTypeAndReason(skipped: ExportReport["skipped"]): [what: string, count: number][] {
  const counts = new Map<string, number>()
  for (const { type, reason, count } of skipped) {
    const what = `${type}: ${reason}`
    counts.set(what, (counts.get(what) ?? 0) + count)
  }
  return [...counts]
}
