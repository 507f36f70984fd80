import { rmSync } from "node:fs"
import { extname, join } from "node:path"
import type { ReleaseFolder } from "./dataset-directory.ts"
import { folderNames } from "./folder-entries.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { metadataEntry } from "./property-definitions.ts"

/**
 * Removes the annotation files that an earlier pull of the same release left and this one no longer has, also those that
 * were never noted: a pull that was killed, or another tool, has left them.
 */
export function removeStale(directory: string, manifest: Manifest, folder: ReleaseFolder): void {
  for (const path of manifest.unusedBy(folder.key, `${folder.annotations}/`)) {
    rmSync(join(directory, path), { force: true })
    manifest.forgetFile(path)
  }
  for (const path of staleFiles(directory, manifest, folder)) rmSync(join(directory, path), { force: true })
}

/**
 * The annotation files on disk that are not the release's, as paths below the dataset's directory, by code point; they may be
 * removed meanwhile. For use after the manifest's `endRelease`.
 */
export function* staleFiles(directory: string, manifest: Manifest, folder: ReleaseFolder): Generator<string> {
  const names = folderNames(
    join(directory, folder.annotations),
    (entry) => entry.isFile() && isStale(manifest, folder, entry.name),
  )
  for (const name of names) yield `${folder.annotations}/${name}`
}

/** Whether a file below `annotations` belongs to the release as it was before, and not as it is now. */
export function isStale(manifest: Manifest, folder: ReleaseFolder, name: string): boolean {
  const path = `${folder.annotations}/${name}`
  const ours = name === metadataEntry || (extname(name) === ".json" && !name.includes("/"))
  return ours && !manifest.isUsed(path)
}
