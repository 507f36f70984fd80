import { hash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { lengthOnDisk } from "../storage/check-file.ts"
import type { MediaDestination, MediaFile } from "./media-destination.ts"

/** A file that the manifest knows to be whole, and that is on disk as long as it says; from `source`, where one is named. */
export function presentFile(
  name: string,
  source: string | undefined,
  { directory, manifest }: MediaDestination,
): MediaFile | undefined {
  const path = join(directory, name)
  const known = manifest.known(name)
  if (known === undefined || (source !== undefined && known.source !== source)) return undefined
  if (lengthOnDisk(path) !== known.bytes) return undefined
  if (known.doubtful) {
    if (hash("sha256", readFileSync(path), "hex") !== known.digest) return undefined
    manifest.record(name, known)
  }
  return { path, bytes: known.bytes, state: "present" }
}

/**
 * To be called before a file is brought from `source` in the place of one from elsewhere, or of any where that is undefined: a run
 * that is killed before it can note the new one must not leave the note of the former, which may be of the same length.
 */
export function distrustFormer(
  name: string,
  source: string | undefined,
  { manifest }: Pick<MediaDestination, "manifest">,
): void {
  const known = manifest.known(name)
  if (known !== undefined && known.bytes >= 0 && known.source !== source) manifest.distrust(name)
}
