import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import type { PushReport } from "../../sinks/index.ts"
import { repeated, wholeNumber } from "../arguments.ts"
import { exitCodes } from "../exit-codes.ts"
import { formatBytes, formatCount, listCounts } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `push`: files into a dataset. */
export function addPush(program: Program, perform: Perform): void {
  program
    .command("push")
    .description("push images, videos, documents and volumes into a dataset")
    .argument("<dataset>", "as team/dataset")
    .argument("<files...>", "files, directories with all below them, and patterns with *, ? and **")
    .option("--path <folder>", "folder in the dataset that everything goes to", "/")
    .option("--preserve-folders", "keep the folders below a directory as folders in the dataset")
    .option("--fps <n>", 'frames per second to take from videos, or "native"', framesPerSecond)
    .option("--as-frames", "make single frames of videos")
    .option("--extract-views", "make slots of the views of volumes")
    .option("--handle-as-slices", "take the frames of volumes as slices")
    .addOption(
      new Option(
        "--item-merge-mode <mode>",
        "make one item of the files of each directory: a slot each, one DICOM series, or channels of one view",
      ).choices(["slots", "series", "channels"] as const),
    )
    .option("--exclude <file>", "a file to leave out; may be repeated", repeated(String))
    .option("--concurrency <n>", "files uploaded at a time (default: 16)", wholeNumber(1, 1024))
    .option(
      "--journal <file>",
      "notes to go on by after a run that was cut short (default: <first input>.push-journal)",
    )
    .option("--no-journal", "leave no notes")
    .option("--strict", "exit with 3 when anything was refused or left out")
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams push acme/street-signs photos/ --preserve-folders
  darwin-streams push acme/street-signs "videos/**/*.mp4" --path /night --fps 5
  darwin-streams push acme/scans scans/* --item-merge-mode series`,
    )
    .action((identifier, files, options) =>
      perform(async (run) => {
        const { parseIdentifier } = await import("../../index.ts")
        const { team } = parseIdentifier(identifier)
        // Absent it is true, as commander has it for an option that can be turned off.
        const journal = typeof options.journal === "boolean" && options.journal ? undefined : options.journal
        const report = await withClient(team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          return dataset.push(files, {
            ...run,
            path: options.path,
            preserveFolders: options.preserveFolders,
            fps: options.fps,
            asFrames: options.asFrames,
            extractViews: options.extractViews,
            handleAsSlices: options.handleAsSlices,
            itemMergeMode: options.itemMergeMode,
            filesToExclude: options.exclude,
            concurrency: options.concurrency,
            journal,
          })
        })
        const { items, skipped } = report
        return {
          report: { command: "push", ...report },
          text: textOf(report),
          exitCode:
            items.failed > 0
              ? exitCodes.failed
              : options.strict && items.blocked + skipped > 0
                ? exitCodes.skips
                : exitCodes.done,
        }
      }),
    )
}

function framesPerSecond(text: string): number | "native" {
  if (text === "native") return text
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0, or "native".')
}

function textOf({ dataset, items, files, bytes, skipped }: PushReport): string {
  return summary(`pushed into ${dataset}`, [
    [
      "items",
      listCounts(
        [items.done, "pushed"],
        [items.present, "there before"],
        [items.blocked, "refused"],
        [items.failed, "failed"],
      ),
    ],
    ["files", `${formatCount(files)} sent (${formatBytes(bytes)})`],
    ...(skipped > 0 ? [["left out", formatCount(skipped)] as const] : []),
  ])
}
