import { confirm } from "../confirm.ts"
import { workOnItems } from "../item-work.ts"
import { counted } from "../numbers.ts"
import type { Perform, Program } from "../run.ts"
import { oneLine } from "../text.ts"
import { UsageError } from "../told-error.ts"

/** How items are named on the command line. */
export const itemsArgument = "full paths such as /street/kerb.jpg, or names that only one item has"

/** Flags of all commands that change items. */
export const itemFlags = {
  dryRun: ["--dry-run", "only tell what would be done"],
  skipProblems: [
    "--skip-problems",
    "leave out items that are not there or stand in the way, instead of refusing all",
  ],
} as const

/** `items archive`, `items restore` and `items delete`. */
export function addItemChanges(items: Program, perform: Perform): void {
  items
    .command("archive")
    .description("archive items: they stay, and releases made later leave them out")
    .argument("<dataset>", "as team/dataset")
    .argument("<items...>", itemsArgument)
    .option(...itemFlags.dryRun)
    .option(...itemFlags.skipProblems)
    .action((identifier, paths, options) =>
      perform((run) =>
        workOnItems(identifier, options, run, {
          command: "archive",
          verb: "archive",
          past: "archived",
          operate: (dataset, how) => dataset.archive(paths, how),
        }),
      ),
    )

  items
    .command("restore")
    .description("bring archived items back")
    .argument("<dataset>", "as team/dataset")
    .argument("<items...>", itemsArgument)
    .option(...itemFlags.dryRun)
    .option(...itemFlags.skipProblems)
    .action((identifier, paths, options) =>
      perform((run) =>
        workOnItems(identifier, options, run, {
          command: "restore",
          verb: "restore",
          past: "restored",
          operate: (dataset, how) => dataset.restore(paths, how),
        }),
      ),
    )

  items
    .command("delete")
    .description("delete items and their annotations for good; asks first")
    .argument("<dataset>", "as team/dataset")
    .argument("<items...>", itemsArgument)
    .option(...itemFlags.dryRun)
    .option(...itemFlags.skipProblems)
    .option("--yes", "do not ask; needed where there is no terminal to ask on")
    .action((identifier, paths, options) =>
      perform(async (run) => {
        const { yes = false, dryRun = false } = options
        if (!yes && !dryRun && !process.stdin.isTTY) {
          throw new UsageError("to delete items without a terminal to ask on, give --yes")
        }
        return workOnItems(identifier, options, run, {
          command: "delete",
          verb: "delete",
          past: "deleted",
          operate: (dataset, how) => dataset.delete(paths, how),
          ...(!yes && {
            agree: ({ changed }, { identifier }) => {
              const [first] = changed
              const which = changed.length === 1 ? "" : "one of them "
              const question = `delete ${counted(changed.length, "item")} of ${identifier} for good, ${which}${oneLine(first?.fullPath ?? "")}?`
              return confirm(question, run.signal)
            },
          }),
        })
      }),
    )
}
