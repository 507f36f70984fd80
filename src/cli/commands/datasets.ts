import { formatCount } from "../numbers.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program } from "../run.ts"
import { table } from "../text.ts"

/** `datasets`: the datasets of a team. */
export function addDatasets(program: Program, perform: Perform): void {
  program
    .command("datasets")
    .description("list the datasets of a team")
    .option("--team <slug>", "the team (default: the default team of the login)")
    .action(({ team }) =>
      perform((run) =>
        withClient(team, run, async (client) => {
          const found = await client.listRemoteDatasets({ ...run, ...(team !== undefined && { team }) })
          const datasets = found.map((dataset) => ({
            identifier: `${dataset.team}/${dataset.slug}`,
            name: dataset.name,
            id: dataset.id,
            items: dataset.itemCount,
            progress: dataset.progress,
          }))
          const rows = datasets.map(({ identifier, items, progress, id, name }) => [
            identifier,
            formatCount(items),
            `${Math.floor(progress * 100)}%`,
            String(id),
            name,
          ])
          return {
            report: { command: "datasets", datasets },
            text: rows.length === 0 ? "no datasets" : table(["DATASET", "ITEMS", "DONE", "ID", "NAME"], rows),
          }
        }),
      ),
    )
}
