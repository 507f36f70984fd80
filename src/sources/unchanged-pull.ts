import { existsSync, readdirSync, statSync } from "node:fs"
import { extname, join } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { hasDatasetManifest, openDatasetManifest, type ReleaseFolder } from "../storage/dataset-directory.ts"
import { folderEntries } from "../storage/folder-entries.ts"
import { linkLatest } from "../storage/latest-link.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import type { MediaTargetsOptions } from "../storage/names.ts"
import type { Context } from "../stream.ts"
import type { PullOptions } from "./pull.ts"
import type { PullReport } from "./pull-report.ts"
import { isFiltered, wantedFolder } from "./wanted-files.ts"

/** What is noted of a pull that has brought all. */
interface CompletePull {
  /** What was pulled, and by which options. */
  readonly key: string
  readonly items: number
  readonly annotations: number
  readonly media: number
  /** The names of the class lists. */
  readonly lists: readonly string[]
}

/** Notes that a pull has brought all there is; does nothing where something has failed or was left out. */
export function noteCompletePull(identity: string, report: PullReport, options: PullOptions): void {
  const key = keyOf(identity, options)
  const { items, invalid, files, annotations, directory, release } = report
  if (key === undefined || items.failed + items.filtered + invalid > 0) return
  const folder = wantedFolder(release, options)
  const note: CompletePull = {
    key,
    items: items.done + items.skipped,
    annotations,
    media: files.fetched + files.present,
    lists: listsOf(join(directory, folder.lists)),
  }
  const manifest = openDatasetManifest(directory)
  try {
    manifest.noteComplete(folder.key, JSON.stringify(note))
  } finally {
    manifest.close()
  }
}

/**
 * The report of a pull that would have nothing to do: an earlier one of the same release, a snapshot that never changes, has
 * brought all by the same options, and each of its files still has its length. Then neither the archive nor anything else is
 * asked for. Undefined where that is not so.
 *
 * `identity` tells the release from others of its name.
 */
export async function unchangedPull(
  identity: string,
  { release, directory }: Pick<PullReport, "release" | "directory">,
  latest: boolean,
  options: PullOptions & Context,
): Promise<PullReport | undefined> {
  const key = keyOf(identity, options)
  if (key === undefined || !hasDatasetManifest(directory)) return undefined
  const folder = wantedFolder(release, options)
  const manifest = openDatasetManifest(directory)
  try {
    const note = JSON.parse(manifest.completeNote(folder.key) ?? "{}") as Partial<CompletePull>
    if (note.key !== key || !(await isAllThere(directory, folder, manifest, note, options))) return undefined
    if (latest) linkLatest(directory, release)
    await tellFiles(directory, folder, manifest, options)
    const { items = 0, media = 0, annotations = 0 } = note
    return {
      release,
      directory,
      items: { done: 0, skipped: items, failed: 0, filtered: 0 },
      files: { fetched: 0, present: options.onlyAnnotations ? 0 : media, removed: 0 },
      bytes: 0,
      annotations,
      invalid: 0,
      problems: [],
    }
  } finally {
    manifest.close()
  }
}

/** Undefined where a pull always has something to do: what a function decides, for one, is not known before it is asked. */
function keyOf(identity: string, options: PullOptions): string | undefined {
  if (options.forceReplace || options.removeExtra || isFiltered(options)) return undefined
  const { useFolders = true, videoFrames = false, forceSlots = false, ignoreSlots = false } = options
  // Every option that says which files there are has to be here; the type sees to it.
  const media: Required<MediaTargetsOptions> = { useFolders, videoFrames, forceSlots, ignoreSlots }
  return JSON.stringify([identity, media, options.onlyAnnotations ?? false])
}

async function isAllThere(
  directory: string,
  folder: ReleaseFolder,
  manifest: Manifest,
  { lists = [] }: Partial<CompletePull>,
  { onlyAnnotations = false, signal }: PullOptions & Context,
): Promise<boolean> {
  if (!lists.every((name) => existsSync(join(directory, folder.lists, name)))) return false
  if (!existsSync(join(directory, folder.annotations))) return false
  const annotations = `${folder.annotations}/`
  let files = 0
  for await (const page of neededFiles(folder, manifest, signal)) {
    for (const { path, bytes } of page) {
      const isAnnotation = path.startsWith(annotations)
      if (onlyAnnotations && !isAnnotation) continue
      const stats = statSync(`${directory}/${path}`, { throwIfNoEntry: false })
      if (bytes === undefined || stats?.size !== bytes || !stats.isFile()) return false
      if (isAnnotation && !path.includes("/.v7/")) files++
    }
  }
  // One more is of an earlier content of the release, or of another tool: a pull removes it.
  return files === countJson(join(directory, folder.annotations))
}

/** Tells of every annotation file, as a pull that had to look at them does. */
async function tellFiles(
  directory: string,
  folder: ReleaseFolder,
  manifest: Manifest,
  { onEvent, signal }: Context,
): Promise<void> {
  if (onEvent === undefined) return
  for await (const page of neededFiles(folder, manifest, signal)) {
    for (const { path } of page) {
      const isItem = path.startsWith(`${folder.annotations}/`) && !path.includes("/.v7/")
      if (isItem) onEvent({ type: "file", task: "pull", path: join(directory, path) })
    }
  }
}

/** Page by page: one by one they would take as long as the look at the disk. */
async function* neededFiles(
  folder: ReleaseFolder,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReturnType<Manifest["needed"]>> {
  for (let last = ""; ; ) {
    const page = manifest.needed(folder.key, last)
    yield page
    const end = page.at(-1)
    if (end === undefined) return
    last = end.path
    // An abort is heard between two pages.
    await turn()
    signal?.throwIfAborted()
  }
}

function countJson(folder: string): number {
  let count = 0
  for (const entry of folderEntries(folder)) if (extname(entry.name) === ".json" && entry.isFile()) count++
  return count
}

function listsOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("classes_")) : []
}
