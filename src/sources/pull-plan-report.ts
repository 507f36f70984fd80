import type { RunEvent } from "../events.ts"
import { pipeline } from "../pipeline.ts"
import type { Context, Source } from "../stream.ts"
import type { PlannedStep } from "./pull-plan.ts"

/** What a pull would do, in numbers. */
export interface PullPlan {
  readonly release: string
  /** Where the dataset stands on disk, or would stand. */
  readonly directory: string
  readonly items: {
    readonly total: number
    /** Items that the subset function leaves out. */
    readonly filtered: number
    /** Items that have no place on this disk; each was told as a `fail` event. */
    readonly failed: number
  }
  readonly annotations: PlannedFiles
  readonly media: PlannedFiles
}

/** Files of one kind in a plan. */
export interface PlannedFiles {
  readonly new: number
  readonly replace: number
  readonly keep: number
  readonly remove: number
  /** Of the files that would be brought, as far as it is known. */
  readonly bytes: number
  /** How many files would be brought whose bytes are not known. */
  readonly unknown: number
}

/** Runs a plan to its end and gives it in numbers. What would be removed is told as `remove` events. */
export async function reportPlan(
  steps: Source<PlannedStep>,
  { release, directory }: Pick<PullPlan, "release" | "directory">,
  context: Context = {},
): Promise<PullPlan> {
  const items = { total: 0, filtered: 0, failed: 0 }
  const none = { new: 0, replace: 0, keep: 0, remove: 0, bytes: 0, unknown: 0 }
  const files = { annotations: { ...none }, media: { ...none } }
  const onEvent = (event: RunEvent) => {
    if (event.type === "filter") items.filtered++
    else if (event.type === "fail") items.failed++
    else if (event.type === "file") items.total++
    context.onEvent?.(event)
  }
  const count = async (planned: AsyncIterable<PlannedStep>) => {
    for await (const { kind, step, bytes, path } of planned) {
      const counts = files[kind]
      counts[step]++
      if (step === "remove") context.onEvent?.({ type: "remove", path, dryRun: true })
      else if (step !== "keep") {
        counts.bytes += bytes ?? 0
        if (bytes === undefined) counts.unknown++
      }
    }
  }
  await pipeline(steps, count, { signal: context.signal, onEvent })
  return { release, directory, items, ...files }
}
