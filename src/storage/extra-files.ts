import { type Dirent, existsSync, rmdirSync, rmSync } from "node:fs"
import { extname, join, parse } from "node:path"
import { readAnnotationFile } from "../model/read.ts"
import type { Context } from "../stream.ts"
import { documents } from "./documents.ts"
import { folderEntries, folderNames } from "./folder-entries.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { possiblePaths } from "./names.ts"

// What the field calls images and videos; anything else below images/ is the user's own.
const mediaEndings = new Set(
  ".png .jpeg .jpg .jfif .tif .tiff .qtiff .bmp .svs .webp .avi .bpm .dcm .mov .mp4 .mkv .hevc .pdf .nii .ndpi .rvg".split(
    " ",
  ),
)

/**
 * Removes the media files that no release on this disk names, and folders that are empty then. Each is told as a
 * `remove` event. Gives the number of files.
 *
 * Releases that were pulled by other means are read first, so that their files stay.
 *
 * @throws FormatError (`format`), PathError (`path`) where such a release has a file that does not tell what it needs;
 * nothing is removed then.
 */
export async function removeExtra(
  directory: string,
  manifest: Manifest,
  options: { readonly dryRun: boolean; readonly kept?: string },
  context: Context,
): Promise<number> {
  let removed = 0
  for await (const path of extraMedia(directory, manifest, options.kept)) {
    context.onEvent?.({ type: "remove", path: join(directory, path), dryRun: options.dryRun })
    removed++
    if (options.dryRun) continue
    rmSync(join(directory, path))
    manifest.forgetFile(path)
  }
  if (!options.dryRun) removeEmptyFolders(join(directory, "images"))
  return removed
}

/**
 * The media files that no release on this disk names, nor `kept`, as paths below the dataset's directory. The one that was
 * given last may be removed.
 *
 * @throws FormatError (`format`), PathError (`path`) as `removeExtra` does, before any is given.
 */
export async function* extraMedia(
  directory: string,
  manifest: Manifest,
  kept?: string,
): AsyncGenerator<string> {
  await noteForeignReleases(directory, manifest, kept)
  yield* unusedMedia(directory, manifest, "images")
}

function* unusedMedia(directory: string, manifest: Manifest, below: string): Generator<string> {
  const folder = join(directory, below)
  // Gathered first: whoever takes them removes them.
  const isUnused = (entry: Dirent) =>
    !entry.isDirectory() && isMedia(entry.name) && !manifest.isUsed(`${below}/${entry.name}`)
  for (const name of folderNames(folder, isUnused)) yield `${below}/${name}`
  for (const name of foldersIn(folder)) yield* unusedMedia(directory, manifest, `${below}/${name}`)
}

function removeEmptyFolders(folder: string): void {
  for (const name of foldersIn(folder)) {
    const path = join(folder, name)
    removeEmptyFolders(path)
    if (isEmpty(path)) rmdirSync(path)
  }
}

function foldersIn(folder: string): Generator<string, void, undefined> {
  return folderNames(folder, (entry) => entry.isDirectory())
}

function isEmpty(folder: string): boolean {
  for (const _ of folderEntries(folder)) return false
  return true
}

function isMedia(name: string): boolean {
  const lower = name.toLowerCase()
  return mediaEndings.has(extname(lower)) || lower.endsWith(".nii.gz")
}

// No release has this name. What others have pulled is noted under it anew each time, for they may change it.
const foreign = ""

async function noteForeignReleases(directory: string, manifest: Manifest, kept?: string): Promise<void> {
  const own = new Set<string>()
  for (const key of manifest.releases()) {
    if (key === kept || existsSync(join(directory, "releases", key))) own.add(key)
    else manifest.forgetRelease(key)
  }
  manifest.forgetRelease(foreign)
  for (const key of annotationFolders(join(directory, "releases"), "")) {
    if (own.has(key)) continue
    const folder = join(directory, "releases", key, "annotations")
    for await (const { path, bytes } of documents(folder, { extensions: [".json"] })) {
      const content = await bytes()
      // A file that is broken as a whole ends the run: what it names is not known, and must not be removed.
      const file =
        readAnnotationFile(content, path, { onInvalid: "skip" }) ?? readAnnotationFile(content, path)
      if (file === undefined) continue
      for (const possible of possiblePaths(file.item, parse(path).name)) manifest.use(foreign, possible)
    }
  }
}

/** The folders below `releases/` that hold annotations: those of releases, and of subsets at any depth inside them. */
function* annotationFolders(releases: string, below: string): Generator<string> {
  const folder = join(releases, below)
  for (const entry of folderEntries(folder)) {
    // The folders that `annotations` is a link to, or will be.
    if (below !== "" && entry.name.startsWith(".annotations-")) continue
    if (entry.name === "annotations" && below !== "" && existsSync(join(folder, entry.name))) yield below
    else if (entry.isDirectory())
      yield* annotationFolders(releases, below === "" ? entry.name : `${below}/${entry.name}`)
  }
}
