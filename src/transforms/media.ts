import { statSync } from "node:fs"
import { join } from "node:path"
import type { Credentials, Http } from "../http/http.ts"
import { isExpired, maskUrl } from "../http/index.ts"
import type { Item } from "../model/annotation-file.ts"
import { fetchFile } from "../storage/fetch-file.ts"
import type { Manifest } from "../storage/manifest.ts"
import { type MediaTargetsOptions, mediaTargets } from "../storage/names.ts"
import type { Parts } from "../storage/parts.ts"
import type { OpenContext } from "../stream.ts"
import type { Gate } from "./gate.ts"

/** One media file of an item on disk. */
export interface MediaFile {
  readonly path: string
  readonly bytes: number
  /** `"fetched"` by this run, or `"present"`: whole on disk before, so nothing was asked for. */
  readonly state: "fetched" | "present"
}

/** A media file that is wanted. `name` is its path below the dataset's directory, with `/` between folders. */
export interface PlannedFile extends ExpiredFile {
  readonly name: string
}

/** A file whose address may have run out. */
export interface ExpiredFile {
  readonly url: string
  /** What tells it from all other files of the dataset, over releases: item, slot and place in the slot. */
  readonly owner: string
}

/** Where media files go. */
export interface MediaDestination {
  readonly directory: string
  readonly manifest: Manifest
  /** Bounds how many files are fetched at a time, over all items. */
  readonly gate: Gate
  /** Where large files wait that could not be brought to their end. */
  readonly parts: Parts
}

/** How media files are brought. */
export interface BringMediaOptions {
  readonly http: Http
  readonly credentials?: Credentials | undefined
  /**
   * Fetches a file that is whole on disk, too, and replaces it.
   * @default false
   */
  readonly forceReplace?: boolean
  /**
   * Waits for every file until it is on the disk itself. Without it only files of more than 1 MiB are waited for; a small
   * one that was brought shortly before the machine went down is compared with its digest when it is met next, and fetched
   * again where it differs.
   * @default false
   */
  readonly durable?: boolean
  /**
   * Gives a new address of a file whose own was refused with 401 or 403, as links with a date are; undefined where there is
   * none. What had come of the file is not fetched again.
   * @default none: the refusal is the file's error
   */
  readonly renew?: (file: ExpiredFile) => Promise<string | undefined>
}

/** The media files of an item, each under the name that is its own in this dataset. */
export function planMedia(item: Item, manifest: Manifest, options: MediaTargetsOptions): PlannedFile[] {
  return mediaTargets(item, options).map(({ url, path, owner }) => ({
    url,
    owner,
    name: manifest.claim(path, owner),
  }))
}

/**
 * Brings the media files of one item into a dataset's directory. One that the manifest knows to be whole, from this source
 * and of the length on disk, is left as it is. When one fails the others are brought all the same, before it rejects.
 */
export async function bringMedia(
  planned: readonly PlannedFile[],
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile[]> {
  const work = planned.map((file) => destination.gate(() => bringFile(file, destination, options, context)))
  // All have ended before it goes on: nothing is written behind the caller's back.
  await Promise.allSettled(work)
  return Promise.all(work)
}

async function bringFile(
  file: PlannedFile,
  { directory, manifest, parts }: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile> {
  const { http, credentials, forceReplace = false, durable = false, renew } = options
  const { name, owner } = file
  const path = join(directory, name)
  const known = forceReplace ? undefined : manifest.known(name)
  for (let { url } = file; ; ) {
    context.signal.throwIfAborted()
    const source = maskUrl(url)
    if (known?.source === source && lengthOnDisk(path) === known.bytes) {
      return { path, bytes: known.bytes, state: "present" }
    }
    try {
      const resume = { parts, name, source }
      const { bytes, digest } = await fetchFile(http, url, path, { credentials, context, resume, durable })
      manifest.record(name, { source, bytes, digest })
      context.onEvent?.({ type: "transfer", path, bytes })
      return { path, bytes, state: "fetched" }
    } catch (error) {
      const fresh = isExpired(error) ? await renew?.({ owner, url }) : undefined
      if (fresh === undefined || fresh === url) throw error
      url = fresh
    }
  }
}

function lengthOnDisk(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() ? stats.size : undefined
}
