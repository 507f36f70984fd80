import { Option } from "@commander-js/extra-typings"
import type { PlannedFiles, PullPlan, PullReport } from "../../sources/index.ts"
import { wholeNumber } from "../arguments.ts"
import { exitCodes } from "../exit-codes.ts"
import { loadFilter } from "../filter-module.ts"
import { counted, formatBytes, formatCount, listCounts } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Outcome, Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `pull`: a release and its media onto the disk. */
export function addPull(program: Program, perform: Perform): void {
  program
    .command("pull")
    .description("pull a release: annotation files, and the images and videos they are about")
    .argument("<dataset>", "as team/dataset, or team/dataset:release; without a release the latest")
    .option("--only-annotations", "no images and videos")
    .option("--force-replace", "fetch files again that are whole on disk")
    .addOption(
      new Option(
        "--remove-extra [dry-run]",
        "remove images and videos that no release on disk names; with =dry-run only list them",
      ).choices(["dry-run"] as const),
    )
    .option(
      "--filter-module <file>",
      "an ES module: its default export gets each annotation file and keeps it or not",
    )
    .option(
      "--subset-folder-name <name>",
      'folder for the annotation files of a subset (default: "subset" with a filter)',
    )
    .option("--no-folders", "put all images into one folder")
    .option("--video-frames", "fetch the frames of videos as images in place of the videos")
    .option("--ffmpeg <program>", "decodes the frames of long videos (default: the ffmpeg on PATH)")
    .option("--force-slots", "name the files of every item as those of items with several slots")
    .option("--ignore-slots", "one file of each item, that of its first slot; wins over --force-slots")
    .option("--retry", "wait for a release that is still being made")
    .option("--retry-timeout <seconds>", "how long to wait for it (default: 600)", wholeNumber(1))
    .option("--retry-interval <seconds>", "how long until the next look at it (default: 10)", wholeNumber(1))
    .option("--concurrency <n>", "items worked on at a time (default: 16)", wholeNumber(1, 1024))
    .option(
      "--datasets-dir <dir>",
      "where datasets are kept (default: that of the login, ~/.darwin/datasets)",
    )
    .option("--dry-run", "write nothing, and tell what would be done")
    .option("--strict", "exit with 3 when anything was left out as invalid")
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams pull acme/street-signs:v3
  darwin-streams pull acme/street-signs --only-annotations --json
  darwin-streams pull acme/street-signs --filter-module with-cars.mjs

  with-cars.mjs:
    export default (file) => file.annotations.some((annotation) => annotation.name === "car")`,
    )
    .action((identifier, options) =>
      perform(async (run) => {
        const { parseIdentifier, readEnvironment } = await import("../../index.ts")
        const { team } = parseIdentifier(identifier)
        const { subsetFolderName, datasetsDir, retryTimeout, retryInterval } = options
        const concurrency = options.concurrency ?? readEnvironment().downloadConcurrency
        const filter = options.filterModule === undefined ? undefined : await loadFilter(options.filterModule)
        const pulling = {
          ...run,
          onlyAnnotations: options.onlyAnnotations ?? false,
          forceReplace: options.forceReplace ?? false,
          removeExtra: options.removeExtra ?? false,
          useFolders: options.folders,
          videoFrames: options.videoFrames ?? false,
          forceSlots: options.forceSlots ?? false,
          ignoreSlots: options.ignoreSlots ?? false,
          ...(options.ffmpeg !== undefined && { ffmpeg: options.ffmpeg }),
          retry: options.retry ?? false,
          ...(retryTimeout !== undefined && { retryTimeout }),
          ...(retryInterval !== undefined && { retryInterval }),
          ...(concurrency !== undefined && { concurrency }),
          ...(filter !== undefined && { subsetFilterAnnotationsFunction: filter }),
          ...(subsetFolderName !== undefined && { subsetFolderName }),
          ...(datasetsDir !== undefined && { datasetsDirectory: datasetsDir }),
        }
        return withClient(team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          if (options.dryRun) return planned(await dataset.planPull(pulling))
          const report = await dataset.pull(pulling)
          return {
            report: { command: "pull", ...report },
            text: textOf(report, options.removeExtra === "dry-run"),
            exitCode:
              report.items.failed > 0
                ? exitCodes.failed
                : options.strict && report.invalid > 0
                  ? exitCodes.skips
                  : exitCodes.done,
          }
        })
      }),
    )
}

function planned(plan: PullPlan): Outcome {
  const { release, directory, items, annotations, media } = plan
  const filesOf = ({ new: added, replace, keep, remove, bytes, unknown }: PlannedFiles) => {
    const known =
      unknown === 0
        ? formatBytes(bytes)
        : `${bytes > 0 ? `${formatBytes(bytes)} and ` : ""}${counted(unknown, "file")} of unknown size`
    return listCounts(
      [added + replace, `to fetch (${added + replace > 0 ? known : formatBytes(0)})`],
      [replace, "of them in place of others"],
      [keep, "on disk"],
      [remove, "to be removed"],
    )
  }
  return {
    report: { command: "pull", dryRun: true, ...plan },
    text: summary(`would pull ${release} into ${directory}`, [
      [
        "items",
        listCounts([items.total, "in all"], [items.filtered, "filtered out"], [items.failed, "failed"]),
      ],
      ["annotation files", filesOf(annotations)],
      ["images and videos", filesOf(media)],
    ]),
    exitCode: items.failed > 0 ? exitCodes.failed : exitCodes.done,
  }
}

function textOf(report: PullReport, dryRun: boolean): string {
  const { items, files, bytes, annotations, invalid } = report
  return summary(`pulled ${report.release} into ${report.directory}`, [
    [
      "items",
      listCounts(
        [items.done, "done"],
        [items.skipped, "unchanged"],
        [items.filtered, "filtered out"],
        [items.failed, "failed"],
      ),
    ],
    [
      "files",
      listCounts(
        [files.fetched, `fetched (${formatBytes(bytes)})`],
        [files.present, "on disk before"],
        [files.removed, dryRun ? "to be removed" : "removed"],
      ),
    ],
    ["annotations", formatCount(annotations)],
    ...(invalid > 0 ? [["left out", counted(invalid, "invalid record")] as const] : []),
  ])
}
