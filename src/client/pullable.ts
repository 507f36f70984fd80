import { join } from "node:path"
import type { Session } from "../api/session.ts"
import { part } from "../storage/names.ts"
import type { Context } from "../stream.ts"
import type { ArchivedRelease } from "./archive-of.ts"
import { type AwaitReleaseOptions, awaitRelease } from "./await-release.ts"

/** What of a release is needed to pull it; a Release is one. */
export interface PullableRelease extends ArchivedRelease {
  readonly latest: boolean
  readonly imageCount: number | undefined
  /** With `exportedAt` what tells it from another release of the same name, so that a pull made again has little to do. */
  readonly version?: number
  readonly exportedAt?: Date
}

/** What of a dataset is needed to pull it; a RemoteDataset is one. */
export interface PullableDataset {
  readonly team: string
  readonly slug: string
  readonly session: Session
  getRelease(
    name: string | undefined,
    options: Context & { readonly includeUnavailable: boolean },
  ): Promise<PullableRelease>
}

/** Which release is meant, and where on disk its dataset is. */
export interface PlaceOptions {
  /**
   * The release, or its name.
   * @default the one that the dataset's identifier names, else the latest
   */
  readonly release?: string | PullableRelease
  /**
   * Where datasets are kept; this one is in `<datasetsDirectory>/<team>/<dataset>`.
   * @default that of the client's configuration, `~/.darwin/datasets`
   */
  readonly datasetsDirectory?: string
}

/** The release that is meant, once it is there where it is to be waited for. */
export async function releaseOf(
  dataset: PullableDataset,
  options: PlaceOptions & AwaitReleaseOptions & Context,
): Promise<PullableRelease> {
  const { release, retry = false, signal, onEvent } = options
  const named = typeof release === "object" ? release.name : release
  // One that was handed over is looked up again only where it is waited for.
  let handed = typeof release === "object" ? release : undefined
  return awaitRelease(async (name = named) => {
    const found = handed ?? (await dataset.getRelease(name, { signal, onEvent, includeUnavailable: retry }))
    handed = undefined
    return found
  }, options)
}

/** Where a dataset is on disk. */
export function directoryOf(dataset: PullableDataset, { datasetsDirectory }: PlaceOptions): string {
  const datasets = datasetsDirectory ?? dataset.session.datasetsDirectory
  // Both names come from the service, which does not decide where on this disk is written.
  return join(datasets, part(dataset.team), part(dataset.slug))
}
