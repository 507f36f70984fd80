import type { Release } from "./release.ts"

/** The releases in the order in which they were made, most recent first. */
export function newestFirst(releases: readonly Release[]): Release[] {
  return releases.toSorted((a, b) => b.exportedAt.getTime() - a.exportedAt.getTime() || b.version - a.version)
}

/**
 * The latest of releases that stand most recent first. With those not available yet it is the most recent; without, the
 * one that the service flags, and where it flags none the most recent one available.
 */
export function latestRelease(
  releases: readonly Release[],
  includeUnavailable: boolean,
): Release | undefined {
  if (includeUnavailable) return releases[0]
  return releases.find((release) => release.latest) ?? releases.find((release) => release.available)
}
