import type { PartCounts } from "../../index.ts"
import { share, wholeNumber } from "../arguments.ts"
import { formatCount } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program } from "../run.ts"
import { summary } from "../text.ts"

/** `split`: lists for training, validation and tests of a release on disk. */
export function addSplit(program: Program, perform: Perform): void {
  program
    .command("split")
    .description("split a pulled release for training, validation and tests, as lists of annotation files")
    .argument("<dataset>", "as team/dataset, or team/dataset:release; without a release the latest on disk")
    .option("--val <share>", "for validation, from 0 to below 1 (default: 0.1)", share)
    .option("--test <share>", "for tests, from 0 to below 1 (default: 0.2)", share)
    .option("--seed <n>", "another number gives another split (default: 0)", wholeNumber(0))
    .option(
      "--datasets-dir <dir>",
      "where datasets are kept (default: that of the login, ~/.darwin/datasets)",
    )
    .addHelpText(
      "after",
      `
An item's part is told by a hash of its id: items that come or go later move no others.

Examples:
  darwin-streams split acme/street-signs:v3 --val 0.1 --test 0.1 --seed 7`,
    )
    .action((identifier, { val, test, seed, datasetsDir }) =>
      perform(async (run) => {
        const { parseIdentifier } = await import("../../index.ts")
        const report = await withClient(parseIdentifier(identifier).team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          return dataset.split({
            ...run,
            ...(val !== undefined && { val }),
            ...(test !== undefined && { test }),
            ...(seed !== undefined && { seed }),
            ...(datasetsDir !== undefined && { datasetsDirectory: datasetsDir }),
          })
        })
        const stratified = Object.entries(report.stratified).map(
          ([type, counts]) => [`by ${type}`, textOf(counts)] as const,
        )
        return {
          report: { command: "split", ...report },
          text: summary(`split ${report.release} into the lists in ${report.directory}`, [
            ["random", textOf(report.random)],
            ...stratified,
          ]),
        }
      }),
    )
}

function textOf({ train, val, test }: PartCounts): string {
  return `${formatCount(train)} train, ${formatCount(val)} val, ${formatCount(test)} test`
}
