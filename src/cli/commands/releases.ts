import { formatCount } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program } from "../run.ts"
import { table } from "../text.ts"

/** `releases`: the releases of a dataset. */
export function addReleases(program: Program, perform: Perform): void {
  program
    .command("releases")
    .description("list the releases of a dataset, most recent first")
    .argument("<dataset>", "as team/dataset")
    .option("--include-unavailable", "also those still being made, and those that failed")
    .action((identifier, { includeUnavailable = false }) =>
      perform(async (run) => {
        const { parseIdentifier } = await import("../../index.ts")
        return withClient(parseIdentifier(identifier).team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          const found = await dataset.getReleases({ ...run, includeUnavailable })
          const releases = found.map((release) => ({
            identifier: release.identifier,
            name: release.name,
            version: release.version,
            status: release.status,
            available: release.available,
            latest: release.latest,
            exportedAt: release.exportedAt.toISOString(),
            images: release.imageCount,
            classes: release.classCount,
            format: release.format,
          }))
          const count = (value: number | undefined) => (value === undefined ? "-" : formatCount(value))
          const rows = releases.map((release) => [
            release.identifier,
            release.latest ? `${release.status}, latest` : release.status,
            release.exportedAt.replace(/\.\d+Z$/, "Z"),
            count(release.images),
            count(release.classes),
          ])
          return {
            report: { command: "releases", releases },
            text:
              rows.length === 0
                ? "no releases"
                : table(["RELEASE", "STATUS", "EXPORTED AT", "IMAGES", "CLASSES"], rows),
          }
        })
      }),
    )
}
