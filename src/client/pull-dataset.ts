import type { ZipLimits } from "../parse/zip.ts"
import { type PulledItem, type PullOptions, pull } from "../sources/pull.ts"
import { pullPlan } from "../sources/pull-plan.ts"
import { type PullPlan, reportPlan } from "../sources/pull-plan-report.ts"
import { type PullReport, reportPull } from "../sources/pull-report.ts"
import { noteCompletePull, unchangedPull } from "../sources/unchanged-pull.ts"
import { type Context, inContext, type Source, source } from "../stream.ts"
import { archiveOf } from "./archive-of.ts"
import type { AwaitReleaseOptions } from "./await-release.ts"
import {
  directoryOf,
  type PlaceOptions,
  type PullableDataset,
  type PullableRelease,
  releaseOf,
} from "./pullable.ts"

/** What of a dataset is pulled, and how. */
export interface PullDatasetOptions extends PullOptions, PlaceOptions, AwaitReleaseOptions, Context {
  /**
   * What the release's archive may hold at most.
   * @default what each of the limits says
   */
  readonly archiveLimits?: ZipLimits
}

/** Pulls a release of a dataset to its end. */
export async function pullDataset(
  dataset: PullableDataset,
  options: PullDatasetOptions,
): Promise<PullReport> {
  const release = await releaseOf(dataset, options)
  const directory = directoryOf(dataset, options)
  const { onEvent } = options
  const total = release.imageCount
  onEvent?.({ type: "start", task: "pull", ...(total !== undefined && { total }) })
  const place = { release: release.name, directory }
  const identity = identityOf(release)
  const unchanged =
    identity === undefined ? undefined : await unchangedPull(identity, place, release.latest, options)
  const report = unchanged ?? (await reportPull(pullRelease(release, directory, options), place, options))
  if (identity !== undefined && unchanged === undefined) noteCompletePull(identity, report, options)
  onEvent?.({ type: "end", task: "pull" })
  return report
}

/** What a pull would do. */
export async function planDataset(dataset: PullableDataset, options: PullDatasetOptions): Promise<PullPlan> {
  const release = await releaseOf(dataset, options)
  const directory = directoryOf(dataset, options)
  const { onEvent } = options
  const { name, latest, imageCount: total } = release
  onEvent?.({ type: "start", task: "plan", ...(total !== undefined && { total }) })
  const archive = archiveOf(release, options.archiveLimits)
  const steps = pullPlan({ name, latest, archive }, directory, options)
  const plan = await reportPlan(steps, { release: name, directory }, options)
  onEvent?.({ type: "end", task: "plan" })
  return plan
}

/** A pull as a stream; the release is looked up at the first `next()`. */
export function streamDataset(dataset: PullableDataset, options: PullDatasetOptions): Source<PulledItem> {
  return source(async function* (opened) {
    const context = together(opened, options)
    const release = await releaseOf(dataset, { ...options, ...context })
    yield* inContext(pullRelease(release, directoryOf(dataset, options), options), context)
  })
}

/** What tells a release from all others, also from one that was made again under its name. Addresses vary in their tokens. */
function identityOf({ version, exportedAt, downloadUrl }: PullableRelease): string | undefined {
  if (version === undefined || exportedAt === undefined || downloadUrl === undefined) return undefined
  return JSON.stringify([version, exportedAt, downloadUrl.replace(/[?#].*$/s, "")])
}

function pullRelease(
  release: PullableRelease,
  directory: string,
  options: PullDatasetOptions,
): Source<PulledItem> {
  const { name, latest } = release
  return pull({ name, latest, archive: archiveOf(release, options.archiveLimits) }, directory, options)
}

// The stream runs in the context that it is opened in and in that of its options: either can abort it, both are told.
function together<Opened extends Context & { readonly signal: AbortSignal }>(opened: Opened, own: Context) {
  return {
    signal: own.signal === undefined ? opened.signal : AbortSignal.any([opened.signal, own.signal]),
    onEvent: (event: Parameters<NonNullable<Context["onEvent"]>>[0]) => {
      own.onEvent?.(event)
      opened.onEvent?.(event)
    },
  }
}
