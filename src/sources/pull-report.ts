import { messageOf } from "../errors.ts"
import type { RunEvent } from "../events.ts"
import { pipeline } from "../pipeline.ts"
import type { Context, Source } from "../stream.ts"
import type { PulledItem } from "./pull.ts"

/** What became of a pull, item by item in numbers. */
export interface PullReport {
  readonly release: string
  /** Where the dataset stands on disk. */
  readonly directory: string
  readonly items: {
    readonly done: number
    /** Items whose media was whole on disk before. */
    readonly skipped: number
    readonly failed: number
    /** Items that the subset function left out. */
    readonly filtered: number
  }
  readonly files: { readonly fetched: number; readonly present: number; readonly removed: number }
  /** Bytes of the media files fetched. */
  readonly bytes: number
  /** Annotations in the files pulled. */
  readonly annotations: number
  /** How many annotations, frames or files break the format's rules; each was told as a `skip` event. */
  readonly invalid: number
  /** What failed, and what was skipped as invalid, with the reason: the first 1,000 of them. */
  readonly problems: readonly PullProblem[]
}

/** Something that did not come through. */
export interface PullProblem {
  readonly kind: "failed" | "invalid"
  readonly file: string
  readonly reason: string
}

const maxProblems = 1_000

/** Runs a pull to its end and gives the report. */
export async function reportPull(
  items: Source<PulledItem>,
  { release, directory }: Pick<PullReport, "release" | "directory">,
  context: Context = {},
): Promise<PullReport> {
  const counts = { done: 0, skipped: 0, failed: 0, filtered: 0 }
  const files = { fetched: 0, present: 0, removed: 0 }
  const problems: PullProblem[] = []
  let bytes = 0
  let annotations = 0
  let invalid = 0
  const note = (kind: PullProblem["kind"], file: string, reason: string) => {
    if (problems.length < maxProblems) problems.push({ kind, file, reason })
  }
  const onEvent = (event: RunEvent) => {
    if (event.type === "filter") counts.filtered++
    else if (event.type === "remove") files.removed++
    else if (event.type === "transfer") {
      // Counted here and not by the items: one that fails may have brought some of its files.
      files.fetched++
      bytes += event.bytes
    } else if (event.type === "fail") note("failed", event.file, messageOf(event.error))
    else if (event.type === "skip") {
      invalid++
      note(
        "invalid",
        event.file,
        event.place === undefined ? event.reason : `${event.place}: ${event.reason}`,
      )
    }
    context.onEvent?.(event)
  }
  const count = async (pulled: AsyncIterable<PulledItem>) => {
    for await (const item of pulled) {
      counts[item.state]++
      if (item.state === "failed") continue
      annotations += item.file.annotations.length
      for (const { state } of item.media) if (state === "present") files.present++
    }
  }
  await pipeline(items, count, { signal: context.signal, onEvent })
  return { release, directory, items: counts, files, bytes, annotations, invalid, problems }
}
