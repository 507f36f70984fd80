import type { ItemOperationOptions, ItemOperationReport, RemoteDataset } from "../index.ts"
import { exitCodes } from "./exit-codes.ts"
import { counted } from "./numbers.ts"
import { withClient } from "./open-client.ts"
import type { Outcome, Run } from "./run.ts"
import { oneLine, summary } from "./text.ts"

/** An operation on items as commands speak of it. */
export interface ItemWork {
  /** After `items`. */
  readonly command: string
  /** As in `would archive /a.png`. */
  readonly verb: string
  /** As in `archived 3 items`. */
  readonly past: string
  /** What stands after the items, such as `to /street`. */
  readonly where?: string
  readonly operate: (dataset: RemoteDataset, options: ItemOperationOptions) => Promise<ItemOperationReport>
  /** Agrees to it or not, once it is known what would be done; not asked in a dry run, nor about nothing. */
  readonly agree?: (plan: ItemOperationReport, dataset: RemoteDataset) => Promise<boolean>
}

/** What all operations on items can be told. */
export interface ItemWorkOptions {
  readonly dryRun?: true | undefined
  readonly skipProblems?: true | undefined
}

/** Runs an operation on items of a dataset, and sums up. */
export async function workOnItems(
  identifier: string,
  options: ItemWorkOptions,
  run: Run,
  work: ItemWork,
): Promise<Outcome> {
  const { parseIdentifier } = await import("../index.ts")
  const { dryRun = false, skipProblems = false } = options
  const { command, agree, operate } = work
  return withClient(parseIdentifier(identifier).team, run, async (client) => {
    const dataset = await client.getRemoteDataset(identifier, run)
    const { signal } = run
    const how = { skipProblems, plainNames: true, signal }
    if (agree !== undefined && !dryRun) {
      const plan = await operate(dataset, { ...how, dryRun: true })
      if (plan.changed.length > 0 && !(await agree(plan, dataset))) {
        return {
          report: { command: `items ${command}`, dryRun, changed: 0, unchanged: 0, refused: 0, skipped: 0 },
          text: `not confirmed: nothing was ${work.past}`,
          exitCode: exitCodes.failed,
        }
      }
    }
    const report = await operate(dataset, { ...how, dryRun, onEvent: run.onEvent })
    if (dryRun) {
      for (const { id, fullPath } of report.changed) {
        run.say(
          { type: "item", id, fullPath },
          ["would", work.verb, oneLine(fullPath), work.where].join(" ").trimEnd(),
        )
      }
    }
    return {
      report: {
        command: `items ${command}`,
        dryRun,
        changed: report.changed.length,
        unchanged: report.unchanged.length,
        refused: report.refused.length,
        skipped: report.skipped.length,
      },
      text: textOf(report, work),
      exitCode: report.refused.length > 0 ? exitCodes.failed : exitCodes.done,
    }
  })
}

function textOf(
  { dryRun, changed, unchanged, refused, skipped }: ItemOperationReport,
  work: ItemWork,
): string {
  const items = counted(changed.length, "item")
  const done = dryRun ? ["would", work.verb, items, work.where] : [work.past, items, work.where]
  const pairs: [string, number][] = [
    ["as wanted before", unchanged.length],
    ["left out", skipped.length],
    ["refused by the service", refused.length],
  ]
  return summary(
    done.filter((part) => part !== undefined).join(" "),
    pairs.filter(([, count]) => count > 0).map(([name, count]) => [name, counted(count, "item")] as const),
  )
}
