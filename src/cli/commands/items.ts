import type { DatasetItem } from "../../index.ts"
import { repeated } from "../arguments.ts"
import { withClient } from "../open-client.ts"
import type { Perform, Program } from "../run.ts"
import { oneLine } from "../text.ts"
import { addItemChanges } from "./item-changes.ts"
import { addItemMoves } from "./item-moves.ts"

/** `items`: lists the items of a dataset, and does something with some of them. */
export function addItems(program: Program, perform: Perform): void {
  const items: Program = program
    .command("items")
    .description("list the items of a dataset; archive, restore, delete and move them")
  addList(items, perform)
  addItemChanges(items, perform)
  addItemMoves(items, perform)
}

// The longest status is `processing`.
const statusWidth = 10

function addList(items: Program, perform: Perform): void {
  items
    .command("list")
    .description("list the items of a dataset as they come: all, or those that match every option")
    .argument("<dataset>", "as team/dataset")
    .option("--status <status>", "only items of this status; may be given several times", repeated(String))
    .option("--path <folder>", "only items in this folder; may be given several times", repeated(String))
    .option("--name <name>", "only items of this name; may be given several times", repeated(String))
    .addHelpText(
      "after",
      `
Examples:
  darwin-streams items list acme/street-signs --status complete --status review
  darwin-streams items list acme/street-signs --path /street --json`,
    )
    .action((identifier, { status, path, name }) =>
      perform(async (run) => {
        const { parseIdentifier, pipeline } = await import("../../index.ts")
        return withClient(parseIdentifier(identifier).team, run, async (client) => {
          const dataset = await client.getRemoteDataset(identifier, run)
          const found = dataset.items({
            ...(status !== undefined && { statuses: status }),
            ...(path !== undefined && { itemPaths: path }),
            ...(name !== undefined && { itemNames: name }),
          })
          let count = 0
          const print = async (items: AsyncIterable<DatasetItem>) => {
            for await (const item of items) {
              const fullPath = `${item.path === "/" ? "" : item.path}/${item.name}`
              const text = `${item.status.padEnd(statusWidth)}  ${oneLine(fullPath)}`
              run.say({ ...item, type: "item", fullPath }, text)
              count++
            }
          }
          await pipeline(found, print, run)
          return { report: { command: "items list", items: count }, text: count === 0 ? "no items" : "" }
        })
      }),
    )
}
