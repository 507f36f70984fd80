import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { RunEvent } from "../events.ts"
import { createListener, type Listener } from "../listener.ts"
import type { AnnotationFile } from "../model/annotation-file.ts"
import { writeAnnotationFile } from "../model/read.ts"
import { pipe } from "../pipeline.ts"
import { type ClassLists, createClassLists } from "../storage/class-lists.ts"
import {
  markDatasetRun,
  openDatasetManifest,
  openDatasetParts,
  type ReleaseFolder,
  removeDatasetLeftovers,
} from "../storage/dataset-directory.ts"
import { isDiskFatal } from "../storage/disk-error.ts"
import { removeExtra } from "../storage/extra-files.ts"
import { linkLatest } from "../storage/latest-link.ts"
import { annotationName, type MediaTargetsOptions } from "../storage/names.ts"
import { metadataEntry } from "../storage/property-definitions.ts"
import { openReleaseView, type ReleaseView } from "../storage/release-view.ts"
import type { RunMark } from "../storage/run-mark.ts"
import { inContext, type OpenContext, type Source, source } from "../stream.ts"
import { createGate } from "../transforms/gate.ts"
import { neededNames, planMedia } from "../transforms/media.ts"
import type { MediaDestination, MediaFile } from "../transforms/media-destination.ts"
import type { BringMediaOptions } from "../transforms/media-options.ts"
import { parallel } from "../transforms/parallel.ts"
import { bringFresh, createFreshLinks, type FreshLinks } from "./fresh-links.ts"
import type { ReleaseArchive } from "./release-entries.ts"
import type { ReleaseFile } from "./release-files.ts"
import { requireFfmpeg } from "./require-ffmpeg.ts"
import { isFiltered, type WantedFilesOptions, wantedFiles, wantedFolder } from "./wanted-files.ts"

/** What is pulled, and how. */
export interface PullOptions
  extends MediaTargetsOptions,
    WantedFilesOptions,
    Pick<BringMediaOptions, "forceReplace" | "durable" | "ffmpeg"> {
  /**
   * Brings annotation files alone; no media file is asked for.
   * @default false
   */
  readonly onlyAnnotations?: boolean
  /**
   * Removes media files that no release on this disk names, when the release has come to its end; `"dry-run"` only tells
   * which. While it is not known what is needed, as of an annotation file that cannot be read, or by another pull that goes on,
   * nothing is removed, and a `warning` event says so.
   * @default false
   */
  readonly removeExtra?: boolean | "dry-run"
  /**
   * How many items are worked on at a time, and so how many files are fetched.
   * @default 16
   */
  readonly concurrency?: number
}

/** How long a pull waits before it looks again whether another has removed its extra files. */
const removingMs = 50

/** The release that is pulled. */
export interface PullRelease {
  readonly name: string
  /** Whether `releases/latest` shall point to it. */
  readonly latest: boolean
  readonly archive: ReleaseArchive
}

/** One item of a release, as soon as all its files are on disk, or it is known that they cannot be brought. */
export type PulledItem =
  | {
      /** `"done"`, or `"skipped"` when all its media was whole on disk before. */
      readonly state: "done" | "skipped"
      readonly file: AnnotationFile
      /**
       * Where its annotation file stands: in the release's `annotations` when the release is pulled for the first time or the
       * file has not changed, else in the folder that `annotations` will be a link to when the pull has ended well. It holds
       * after the pull, too.
       */
      readonly path: string
      readonly media: readonly MediaFile[]
    }
  | { readonly state: "failed"; readonly file: AnnotationFile; readonly error: unknown }

/**
 * Pulls a release into a dataset's directory, in one pass: annotation files are read from the archive while it arrives,
 * and each item's media is fetched as soon as its annotation file is there.
 *
 * Gives every item, in the order in which they are finished. Nothing is asked for before the first `next()`; at most
 * `concurrency` items are in hand, so a consumer that takes its time slows the transfers down to the socket; leaving the
 * loop stops them and leaves no partial file. An item that fails is given as such and told as a `fail` event; the run
 * goes on.
 *
 * @throws OptionError (`option`) when both forms of the filter are given, or `concurrency` is not a whole number of 1 or
 *   more; in the stream, when the filter gives what is no verdict.
 * @throws PathError (`path`) when the name of the release or the subset cannot be a folder's.
 * @throws ProgramError (`program`), in the stream and before anything is written, when `videoFrames` are wanted of a release
 *   with long videos and ffmpeg is missing. With a filter each long video fails by itself instead.
 *
 * @example
 * for await (const item of pull({ name: "v1", latest: true, archive }, "datasets/acme/street", {})) {
 *   if (item.state === "failed") console.error(item.file.path, item.error)
 *   else train(item.path, item.media)
 * }
 */
export function pull(release: PullRelease, directory: string, options: PullOptions = {}): Source<PulledItem> {
  const { concurrency = 16 } = options
  const { http, credentials } = release.archive
  const folder = wantedFolder(release.name, options)
  // Items are worked on side by side, and so are the files of one: the gate bounds both together.
  const gate = createGate(concurrency)

  return source(async function* (context) {
    // A filter may leave out the videos, and is asked once for each file: then they fail one by one.
    if (options.videoFrames && !options.onlyAnnotations && !isFiltered(options)) {
      await requireFfmpeg(release.archive, options, context)
    }
    const manifest = openDatasetManifest(directory)
    const lists = createClassLists()
    const listener = createListener(context)
    const needs = createNeeds(release.archive.name)
    const view = openReleaseView(directory, manifest, folder, options)
    const parts = openDatasetParts(directory)
    const links = createFreshLinks(release.archive, options, { ...context, onEvent: listener.onEvent })
    const onNeeded = (name: string) => manifest.use(folder.key, name)
    // Last, for nothing that fails before the pull begins must leave it.
    const mark = markDatasetRun(directory, "pulling")
    const destination = {
      directory,
      manifest,
      gate,
      parts,
      links,
      onNeeded,
      folder,
      view,
      lists,
      listener,
      needs,
    }
    const onEvent = (event: RunEvent) => {
      needs.hear(event)
      listener.onEvent(event)
    }
    try {
      // What it would take for extra may be what is needed here.
      while (mark.others("removing")) await sleep(removingMs, undefined, { signal: context.signal })
      manifest.beginRelease(folder.key)
      const items = pipe(
        wantedFiles(release.archive, options, (bytes) =>
          putFile(metadataEntry, `${release.archive.name}/${metadataEntry}`, bytes, destination),
        ),
        parallel(
          (entry: ReleaseFile, open) => pullItem(entry, destination, { http, credentials, ...options }, open),
          { concurrency, ordered: false },
        ),
      )
      yield* inContext(items, { signal: context.signal, onEvent })
      view.commit()
      parts.sweep(({ name, source }) => manifest.isUsed(name) && manifest.known(name)?.source !== source)
      lists.write(join(directory, folder.lists))
      await finish(release, destination, mark, options, context)
    } finally {
      mark.remove()
      links.close()
      view.close()
      manifest.close()
    }
  })
}

/** Where the files of one release go. */
interface ReleaseDestination extends MediaDestination {
  readonly folder: ReleaseFolder
  readonly links: FreshLinks
  readonly view: ReleaseView
  readonly lists: ClassLists
  readonly listener: Listener
  readonly needs: Needs
}

async function pullItem(
  { file, source, bytes = Buffer.from(writeAnnotationFile(file)) }: ReleaseFile,
  destination: ReleaseDestination,
  options: PullOptions & BringMediaOptions,
  context: OpenContext,
): Promise<PulledItem> {
  const { manifest, folder, links, lists, listener, needs } = destination
  let isNoted = false
  try {
    const planned = planMedia(file.item, manifest, options, (place, reason) => {
      if (options.onlyAnnotations) needs.unknown++
      else context.onEvent?.({ type: "skip", file: source, place, reason })
    })
    const path = putFile(annotationName(file.item), source, bytes, destination)
    // Noted before anything is fetched, and also where nothing is: what fails now is needed all the same.
    for (const needed of neededNames(planned)) manifest.use(folder.key, needed)
    isNoted = true
    lists.add(file)

    const media = options.onlyAnnotations
      ? []
      : await bringFresh(planned, links, destination, options, context)
    const present = media.length > 0 && media.every(({ state }) => state === "present")
    context.onEvent?.({ type: "file", task: "pull", path })
    return { state: present ? "skipped" : "done", file, path, media }
  } catch (error) {
    if (context.signal.aborted) throw error
    listener.rethrow()
    // What a full disk does not take would be fetched in vain, item by item.
    if (isDiskFatal(error)) throw error
    if (!isNoted) needs.unknown++
    context.onEvent?.({ type: "fail", file: source, error })
    return { state: "failed", file, error }
  }
}

function putFile(
  name: string,
  source: string,
  bytes: Uint8Array,
  { manifest, folder, view }: ReleaseDestination,
): string {
  const claimed = manifest.claim(`${folder.annotations}/${name}`, source)
  manifest.use(folder.key, claimed)
  return view.put(claimed, source, bytes)
}

async function finish(
  release: PullRelease,
  { directory, manifest, needs }: ReleaseDestination,
  mark: RunMark,
  options: PullOptions,
  context: OpenContext,
): Promise<void> {
  const warn = (message: string) => context.onEvent?.({ type: "warning", message })
  removeDatasetLeftovers(directory)
  if (release.latest && !linkLatest(directory, release.name)) {
    warn("releases/latest could not be made: the platform allows no link")
  }
  if (!options.removeExtra) return
  if (needs.unknown > 0) {
    warn(`extra files are kept: what ${needs.unknown} annotation files of the release need is not known`)
    return
  }
  const removing = markDatasetRun(directory, "removing")
  try {
    if (mark.others("pulling")) warn("extra files are kept: another pull into this directory goes on")
    else await removeExtra(directory, manifest, { dryRun: options.removeExtra === "dry-run" }, context)
  } finally {
    removing.remove()
  }
}

/** Of how many annotation files it is not known which media they need. */
interface Needs {
  unknown: number
  /** Counts files that are left out as a whole, and media without an address. */
  hear(event: RunEvent): void
}

function createNeeds(archive: string): Needs {
  const needs: Needs = {
    unknown: 0,
    hear: (event) => {
      if (event.type !== "skip" || !event.file.startsWith(`${archive}/`)) return
      if (!event.place?.startsWith("annotations[")) needs.unknown++
    },
  }
  return needs
}
