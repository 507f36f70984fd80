import type { Session } from "../api/session.ts"
import { UnsupportedError } from "../errors.ts"
import type { ReleaseArchive } from "../sources/release-entries.ts"
import type { Context } from "../stream.ts"

/** What of a release says where its archive is; a Release is one. */
export interface ArchivedRelease {
  readonly identifier: string
  readonly name: string
  readonly status: string
  readonly format: string
  readonly downloadUrl: string | undefined
  readonly dataset: {
    readonly session: Session
    getRelease(name: string, context: Context): Promise<{ readonly downloadUrl: string | undefined }>
  }
}

/**
 * The archive of a release, for reading it from the wire.
 *
 * @throws UnsupportedError (`unsupported`) when there is none yet, or its format is not Darwin JSON.
 */
export function archiveOf(release: ArchivedRelease): ReleaseArchive {
  const { http, credentials } = release.dataset.session
  if (release.downloadUrl === undefined) {
    throw new UnsupportedError(`${release.identifier} cannot be downloaded: its status is ${release.status}`)
  }
  if (release.format !== "json" && release.format !== "darwin_json_2") {
    throw new UnsupportedError(
      `${release.identifier} is in the format ${release.format}, which is not Darwin JSON`,
    )
  }
  const renew = async (context: Context) =>
    (await release.dataset.getRelease(release.name, context)).downloadUrl
  return { http, credentials, url: release.downloadUrl, name: `${release.name}.zip`, renew }
}
