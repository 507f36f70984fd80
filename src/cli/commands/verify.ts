import type { VerifyReport } from "../../sources/index.ts"
import { wholeNumber } from "../arguments.ts"
import { exitCodes } from "../exit-codes.ts"
import { formatBytes, formatCount } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `verify`: a release on disk against the one of the service. */
export function addVerify(program: Program, perform: Perform): void {
  program
    .command("verify")
    .description(
      "compare a release on disk with the service's; exits with 0 only where all is as it should be",
    )
    .argument("<dataset>", "as team/dataset, or team/dataset:release; without a release the latest")
    .option("--repair", "fetch what is missing, changed or partial")
    .option("--quick", "compare the lengths of images and videos, not their digests")
    .option("--only-annotations", "no images and videos")
    .option("--no-folders", "as in the pull")
    .option("--video-frames", "as in the pull")
    .option("--ffmpeg <program>", "as in the pull, for a repair")
    .option("--force-slots", "as in the pull")
    .option("--ignore-slots", "as in the pull")
    .option("--concurrency <n>", "items looked at at a time (default: 8)", wholeNumber(1, 1024))
    .option(
      "--datasets-dir <dir>",
      "where datasets are kept (default: that of the login, ~/.darwin/datasets)",
    )
    .addHelpText(
      "after",
      `
missing   the release needs it, and it is not there
changed   it is there with other content than it had when it was fetched
partial   it is shorter than it should be, or was never fetched to its end
extra     no release on this disk needs it; \`pull --remove-extra\` removes it

Examples:
  darwin-streams verify acme/street-signs:v3
  darwin-streams verify acme/street-signs --repair --json`,
    )
    .action((identifier, options) =>
      perform(async (run) => {
        const { parseIdentifier } = await import("../../index.ts")
        const { concurrency, datasetsDir } = options
        const report = await withClient(parseIdentifier(identifier).team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          return dataset.verify({
            ...run,
            repair: options.repair ?? false,
            quick: options.quick ?? false,
            onlyAnnotations: options.onlyAnnotations ?? false,
            useFolders: options.folders,
            videoFrames: options.videoFrames ?? false,
            forceSlots: options.forceSlots ?? false,
            ignoreSlots: options.ignoreSlots ?? false,
            ...(options.ffmpeg !== undefined && { ffmpeg: options.ffmpeg }),
            ...(concurrency !== undefined && { concurrency }),
            ...(datasetsDir !== undefined && { datasetsDirectory: datasetsDir }),
          })
        })
        return {
          report: { command: "verify", ...report },
          text: textOf(report),
          exitCode: report.clean ? exitCodes.done : exitCodes.failed,
        }
      }),
    )
}

function textOf({ release, directory, files, bytes, repaired, clean }: VerifyReport): string {
  const { whole, ...wrong } = files
  const counts = Object.entries(wrong).filter(([, count]) => count > 0)
  return summary(`${release} in ${directory} is ${clean ? "as it should be" : "not as it should be"}`, [
    ["whole", `${formatCount(whole)} (${formatBytes(bytes)})`],
    ...counts.map(([state, count]) => [state, formatCount(count)] as const),
    ...(repaired === undefined
      ? []
      : [
          [
            "repaired",
            `${formatCount(repaired.files.fetched)} fetched, ${formatCount(repaired.items.failed)} failed`,
          ] as const,
        ]),
  ])
}
