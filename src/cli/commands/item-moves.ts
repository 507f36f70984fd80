import { Option } from "@commander-js/extra-typings"
import { workOnItems } from "../item-work.ts"
import type { Perform, Program } from "../run.ts"
import { itemFlags, itemsArgument } from "./item-changes.ts"

const statuses = ["new", "annotate", "review", "complete", "archived"] as const

/** `items move`, `items stage` and `items set-status`. */
export function addItemMoves(items: Program, perform: Perform): void {
  items
    .command("move")
    .description("move items to a folder of their dataset")
    .argument("<dataset>", "as team/dataset")
    .argument("<items...>", itemsArgument)
    .requiredOption("--to <folder>", "the folder, / for the root")
    .option(...itemFlags.dryRun)
    .option(...itemFlags.skipProblems)
    .addHelpText(
      "after",
      "\nExample:\n  darwin-streams items move acme/street-signs kerb.jpg --to /street/wet",
    )
    .action((identifier, paths, options) =>
      perform((run) =>
        workOnItems(identifier, options, run, {
          command: "move",
          verb: "move",
          past: "moved",
          where: `to ${options.to}`,
          operate: (dataset, how) => dataset.moveToFolder(paths, options.to, how),
        }),
      ),
    )

  items
    .command("stage")
    .description("move items to a stage of their dataset's workflow")
    .argument("<dataset>", "as team/dataset")
    .argument("<items...>", itemsArgument)
    .requiredOption("--to <stage>", "its name, its type (where only one is of that type) or its id")
    .option(...itemFlags.dryRun)
    .option(...itemFlags.skipProblems)
    .addHelpText(
      "after",
      '\nExample:\n  darwin-streams items stage acme/street-signs kerb.jpg --to "Second review"',
    )
    .action((identifier, paths, options) =>
      perform((run) =>
        workOnItems(identifier, options, run, {
          command: "stage",
          verb: "move",
          past: "moved",
          where: `to stage ${options.to}`,
          operate: (dataset, how) => dataset.moveToStage(paths, options.to, how),
        }),
      ),
    )

  items
    .command("set-status")
    .description("give items a status: moves them to the stage of that kind, or archives them")
    .argument("<dataset>", "as team/dataset")
    .argument("<items...>", itemsArgument)
    .addOption(new Option("--to <status>", "the status").choices(statuses).makeOptionMandatory())
    .option(...itemFlags.dryRun)
    .option(...itemFlags.skipProblems)
    .addHelpText(
      "after",
      "\nExample:\n  darwin-streams items set-status acme/street-signs kerb.jpg --to complete",
    )
    .action((identifier, paths, options) =>
      perform((run) =>
        workOnItems(identifier, options, run, {
          command: "set-status",
          verb: "set",
          past: "set",
          where: `to ${options.to}`,
          operate: (dataset, how) => dataset.setStatus(paths, options.to, how),
        }),
      ),
    )
}
