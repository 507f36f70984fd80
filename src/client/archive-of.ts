import type { Session } from "../api/session.ts"
import { UnsupportedError } from "../errors.ts"
import type { ZipLimits } from "../parse/zip.ts"
import type { ReleaseArchive } from "../sources/release-entries.ts"
import type { Context } from "../stream.ts"

/** What of a release says where its archive is; a Release is one. */
export interface ArchivedRelease {
  readonly identifier: string
  readonly name: string
  readonly status: string
  readonly format: string
  readonly error?: string | undefined
  readonly downloadUrl: string | undefined
  readonly dataset: {
    readonly session: Session
    getRelease(name: string, context: Context): Promise<{ readonly downloadUrl: string | undefined }>
  }
}

/**
 * The archive of a release, for reading it from the wire, within the limits given.
 *
 * @throws UnsupportedError (`unsupported`) when there is none yet, or its format is not Darwin JSON.
 */
export function archiveOf(release: ArchivedRelease, limits: ZipLimits = {}): ReleaseArchive {
  const { http, credentials } = release.dataset.session
  checkFormat(release)
  if (release.downloadUrl === undefined)
    throw new UnsupportedError(`${release.identifier} ${whyNot(release)}`)
  const renew = async (context: Context) =>
    (await release.dataset.getRelease(release.name, context)).downloadUrl
  return { ...limits, http, credentials, url: release.downloadUrl, name: `${release.name}.zip`, renew }
}

/**
 * Refuses a release that is not Darwin JSON. It will not become that by waiting for it either.
 *
 * @throws UnsupportedError (`unsupported`).
 */
export function checkFormat({ identifier, format }: Pick<ArchivedRelease, "identifier" | "format">): void {
  if (format === "json" || format === "darwin_json_2") return
  throw new UnsupportedError(`${identifier} is in the format ${format}, which is not Darwin JSON`)
}

function whyNot({ status, error }: ArchivedRelease): string {
  if (status === "pending") return "cannot be downloaded yet: it is still being made"
  if (status === "failed")
    return `cannot be downloaded: the service failed to make it${error ? `: ${error}` : ""}`
  return `cannot be downloaded: its status is ${status}`
}
