import { join } from "node:path"
import type { Session } from "../api/session.ts"
import { type PulledItem, type PullOptions, pull } from "../sources/pull.ts"
import { type PullReport, reportPull } from "../sources/pull-report.ts"
import { part } from "../storage/names.ts"
import { type Context, inContext, type Source, source } from "../stream.ts"
import { type ArchivedRelease, archiveOf } from "./archive-of.ts"
import { type AwaitReleaseOptions, awaitRelease } from "./await-release.ts"

/** What of a release is needed to pull it; a Release is one. */
export interface PullableRelease extends ArchivedRelease {
  readonly latest: boolean
  readonly imageCount: number | undefined
}

/** What of a dataset is needed to pull it; a RemoteDataset is one. */
interface PullableDataset {
  readonly team: string
  readonly slug: string
  readonly session: Session
  getRelease(
    name: string | undefined,
    options: Context & { readonly includeUnavailable: boolean },
  ): Promise<PullableRelease>
}

/** What of a dataset is pulled, and how. */
export interface PullDatasetOptions extends PullOptions, AwaitReleaseOptions, Context {
  /**
   * The release, or its name.
   * @default the one that the dataset's identifier names, else the latest
   */
  readonly release?: string | PullableRelease
  /**
   * Where datasets are kept; this one goes to `<datasetsDirectory>/<team>/<dataset>`.
   * @default that of the client's configuration, `~/.darwin/datasets`
   */
  readonly datasetsDirectory?: string
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
  const report = await reportPull(
    pullRelease(release, directory, options),
    { release: release.name, directory },
    options,
  )
  onEvent?.({ type: "end", task: "pull" })
  return report
}

/** The same as a stream; the release is looked up at the first `next()`. */
export function streamDataset(dataset: PullableDataset, options: PullDatasetOptions): Source<PulledItem> {
  return source(async function* (opened) {
    const context = together(opened, options)
    const release = await releaseOf(dataset, { ...options, ...context })
    yield* inContext(pullRelease(release, directoryOf(dataset, options), options), context)
  })
}

function pullRelease(
  release: PullableRelease,
  directory: string,
  options: PullDatasetOptions,
): Source<PulledItem> {
  return pull({ name: release.name, latest: release.latest, archive: archiveOf(release) }, directory, options)
}

async function releaseOf(dataset: PullableDataset, options: PullDatasetOptions): Promise<PullableRelease> {
  const { release, retry = false, signal, onEvent } = options
  const named = typeof release === "object" ? release.name : release
  const lookUp = (name = named) => dataset.getRelease(name, { signal, onEvent, includeUnavailable: retry })
  // One that was handed over is looked up again only where it is waited for.
  let handed = typeof release === "object" ? release : undefined
  return awaitRelease(async (name) => {
    const first = handed ?? (await lookUp(name))
    handed = undefined
    return first
  }, options)
}

function directoryOf(dataset: PullableDataset, options: PullDatasetOptions): string {
  const datasets = options.datasetsDirectory ?? dataset.session.datasetsDirectory
  // Both names come from the service, which does not decide where on this disk is written.
  return join(datasets, part(dataset.team), part(dataset.slug))
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
