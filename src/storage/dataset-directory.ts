import { join } from "node:path"
import { type Manifest, openManifest } from "./manifest.ts"
import { part } from "./names.ts"

/**
 * Where the parts of a dataset stand on disk, relative to its directory, with `/` between folders. It is the layout of
 * the Python SDK: `images/` for all releases, `releases/<release>/{annotations,lists}`, a link `releases/latest`.
 */
export interface ReleaseFolder {
  /** What the manifest knows the release by: its name, and that of the subset behind a `/`. */
  readonly key: string
  readonly folder: string
  readonly annotations: string
  readonly lists: string
}

/**
 * The folder of a release, or of a subset of it.
 *
 * @throws PathError (`path`) for a name that would leave the directory.
 */
export function releaseFolder(release: string, subset?: string): ReleaseFolder {
  const key = subset === undefined ? part(release) : `${part(release)}/${part(subset)}`
  const folder = `releases/${key}`
  return { key, folder, annotations: `${folder}/annotations`, lists: `${folder}/lists` }
}

/** Opens the manifest of a dataset's directory. */
export function openDatasetManifest(directory: string): Manifest {
  return openManifest(join(directory, ".darwin-streams", "manifest.db"))
}
