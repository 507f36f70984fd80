import { exitCodes } from "../exit-codes.ts"
import { counted, formatCount } from "../numbers.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `split-videos`: annotation files of videos into one a frame. */
export function addSplitVideos(program: Program, perform: Perform): void {
  program
    .command("split-videos")
    .description("split annotation files of videos into one a frame, in a new folder")
    .argument("<annotations-dir>", "a folder with annotation files; nothing in it is changed")
    .argument("<output-dir>", "gets annotations/ and lists/; must not exist yet, and appears as a whole")
    .option("--skip-invalid", "leave out what breaks the rules of the format, and go on, in place of failing")
    .option("--strict", "exit with 3 when anything was left out")
    .addHelpText(
      "after",
      `
Example:
  cd ~/.darwin/datasets/acme/street-signs/releases/v3
  darwin-streams split-videos annotations frames`,
    )
    .action((annotations, outputDirectory, { skipInvalid = false, strict = false }) =>
      perform(async (run) => {
        const { splitVideoAnnotations } = await import("../../index.ts")
        const report = await splitVideoAnnotations(annotations, outputDirectory, {
          ...run,
          onInvalid: skipInvalid ? "skip" : "throw",
        })
        const { videos, frames, others, skipped } = report
        return {
          report: { command: "split-videos", ...report },
          text: summary(`split into ${outputDirectory}`, [
            ["videos", `${formatCount(videos)}, with ${counted(frames, "frame")}`],
            ["annotations", formatCount(report.annotations)],
            ["copied", counted(others, "other file")],
            ...(skipped > 0 ? [["left out", counted(skipped, "record")] as const] : []),
          ]),
          exitCode: strict && skipped > 0 ? exitCodes.skips : exitCodes.done,
        }
      }),
    )
}
