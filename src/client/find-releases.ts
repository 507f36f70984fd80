import { listExports } from "../api/exports.ts"
import { isError } from "../errors.ts"
import type { Context } from "../stream.ts"
import { nothingOfThatName } from "./nothing-of-that-name.ts"
import { Release } from "./release.ts"
import type { RemoteDataset } from "./remote-dataset.ts"

/** Which releases are looked at. */
export interface ReleaseOptions extends Context {
  /**
   * Whether releases count that cannot be downloaded: those still being made, and failed ones.
   * @default false
   */
  readonly includeUnavailable?: boolean
}

/** The name that stands for the latest release. */
export const latest = "latest"

/** The releases of a dataset: see `RemoteDataset.getReleases`. */
export async function findReleases(dataset: RemoteDataset, options: ReleaseOptions): Promise<Release[]> {
  const { includeUnavailable = false } = options
  try {
    const records = await listExports(dataset.session, dataset.slug, options)
    const releases = newestFirst(records.map((record) => new Release(dataset, record)))
    return includeUnavailable ? releases : releases.filter((release) => release.available)
  } catch (error) {
    // The service answers so for a dataset that was never exported.
    if (isError(error, "not-found")) return []
    throw error
  }
}

/** One release of a dataset: see `RemoteDataset.getRelease`. */
export async function findRelease(
  dataset: RemoteDataset,
  name: string,
  options: ReleaseOptions,
): Promise<Release> {
  const wanted = name === latest ? (dataset.release ?? latest) : name
  const releases = await findReleases(dataset, { ...options, includeUnavailable: true })
  const found =
    releases.find((release) => release.name === wanted) ??
    (wanted === latest ? latestOf(releases, options.includeUnavailable ?? false) : undefined)
  if (found !== undefined) return found
  const what = wanted === latest ? "no release that is available" : `no release ${JSON.stringify(wanted)}`
  throw nothingOfThatName(dataset.session, `${dataset.team}/${dataset.slug} has ${what}`)
}

function newestFirst(releases: readonly Release[]): Release[] {
  return releases.toSorted((a, b) => b.exportedAt.getTime() - a.exportedAt.getTime() || b.version - a.version)
}

/**
 * The latest of releases that stand most recent first. With those not available yet it is the most recent; without, the
 * one that the service flags, and where it flags none the most recent one available.
 */
function latestOf(releases: readonly Release[], includeUnavailable: boolean): Release | undefined {
  if (includeUnavailable) return releases[0]
  return releases.find((release) => release.latest) ?? releases.find((release) => release.available)
}
