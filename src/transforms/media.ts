import { join } from "node:path"
import { TransferError } from "../errors.ts"
import { isExpired, maskUrl } from "../http/index.ts"
import type { HttpReply } from "../http/reply.ts"
import type { Item } from "../model/annotation-file.ts"
import type { WholeFile } from "../storage/check-file.ts"
import { claimTargets } from "../storage/claim-targets.ts"
import { fetchFile } from "../storage/fetch-file.ts"
import { claimListed, type FileList, takeFileList } from "../storage/file-list.ts"
import { saveGreyFile } from "../storage/grey-file.ts"
import type { KnownList } from "../storage/manifest/lists.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import { type MediaTarget, type MediaTargetsOptions, mediaTargets, type OnMissing } from "../storage/names.ts"
import type { OpenContext } from "../stream.ts"
import { announcedNames, bringVideo, type PlannedVideo, planVideos } from "./long-videos.ts"
import type { MediaDestination, MediaFile } from "./media-destination.ts"
import type { BringMediaOptions } from "./media-options.ts"
import { distrustFormer, presentFile } from "./present-file.ts"

/** A media file that is wanted. `name` is its path below the dataset's directory, with `/` between folders. */
export interface PlannedFile extends Required<Pick<MediaTarget, "url" | "owner" | "packedGrey">> {
  readonly name: string
  /** What stands for it, where its address gave a list before. */
  readonly list?: KnownList | undefined
}

/** What of an item is wanted: a file, or the frames of a long video. */
export type PlannedMedia = PlannedFile | PlannedVideo

/** The media files of an item, each under the name that is its own in this dataset. */
export function planMedia(
  item: Item,
  manifest: Manifest,
  options: MediaTargetsOptions,
  onMissing: OnMissing,
): PlannedMedia[] {
  const targets = mediaTargets(item, options, onMissing)
  const names = claimTargets(item, targets, manifest)
  const files = targets.map(({ url, owner, packedGrey = false }, index): PlannedFile => {
    const name = names[index] as string
    return { url, owner, packedGrey, name, list: manifest.knownList(name) }
  })
  return [...files, ...planVideos(item, manifest, options)]
}

/** The names of the files that a plan needs, as far as it is known. */
export function* neededNames(planned: readonly PlannedMedia[]): Generator<string> {
  for (const one of planned) {
    if (one.list !== undefined) yield* one.list.files
    else if ("slot" in one) yield* announcedNames(one)
    else yield one.name
  }
}

/**
 * Brings the media files of one item into a dataset's directory. One that the manifest knows to be whole, from this source
 * and of the length on disk, is left as it is. Where an address gives a list of addresses, their files are brought, into a
 * folder named as the file would be without its ending. When one fails the others are brought all the same, before it
 * rejects.
 */
export async function bringMedia(
  planned: readonly PlannedMedia[],
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile[]> {
  const { gate } = destination
  const files = await allOf(
    planned.map(async (file) => {
      if ("slot" in file) return bringVideo(file, destination, options, context)
      const brought = await gate(() => bringFile(file, destination, options, context))
      return "urls" in brought ? bringList(file, brought, destination, options, context) : brought
    }),
  )
  return files.flat()
}

/** All have ended before it goes on: nothing is written behind the caller's back. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

/** How many new addresses of a file are tried one after the other that bring nothing of it. */
const maxRenewals = 3

async function bringFile(
  file: PlannedFile,
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile | MediaFile[] | FileList> {
  let current = file
  let kept = 0
  for (let fruitless = 0; ; fruitless++) {
    context.signal.throwIfAborted()
    let now = 0
    const onKept = (bytes: number) => {
      now = bytes
    }
    try {
      return await bringFrom(current, destination, options, context, onKept)
    } catch (error) {
      // A file that is forbidden may get new addresses for ever.
      if (now > kept) fruitless = 0
      kept = now
      const { url, owner } = current
      const isOver = !isExpired(error) || fruitless >= maxRenewals
      const fresh = isOver ? undefined : await options.renew?.({ url, owner })
      if (fresh === undefined || fresh === url) throw error
      current = { ...current, url: fresh }
    }
  }
}

async function bringFrom(
  file: PlannedFile,
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
  onKept: (bytes: number) => void,
): Promise<MediaFile | MediaFile[] | FileList> {
  const { url, name, packedGrey, list } = file
  const { directory, manifest } = destination
  const source = sourceOf(file)
  const path = join(directory, name)
  const present = options.forceReplace
    ? undefined
    : (presentFiles(file, source, destination) ?? (await movedFile(file, source, path, destination, context)))
  if (present !== undefined) return present

  distrustFormer(name, options.forceReplace ? undefined : source, destination)
  const { http, credentials, durable = false } = options
  const resume = packedGrey ? undefined : { parts: destination.parts, name, source }
  const takeReply = (reply: HttpReply): Promise<WholeFile | FileList> | undefined =>
    takeFileList(reply, path) ?? (packedGrey ? saveGreyFile(reply, path, { durable }) : undefined)
  const fetched = await fetchFile(http, url, path, {
    credentials,
    context,
    resume,
    durable,
    takeReply,
    onKept,
  })
  if ("urls" in fetched) return fetched
  if (list !== undefined) {
    manifest.recordList(name, undefined)
    destination.onNeeded?.(name)
  }
  note(name, source, fetched, destination)
  const { bytes } = fetched
  context.onEvent?.({ type: "transfer", path, bytes })
  return { path, bytes, state: "fetched" }
}

function note(name: string, source: string, file: WholeFile, { manifest, parts }: MediaDestination): void {
  manifest.record(name, { source, ...file })
  parts.forget(name)
}

/** A large file that a process which was killed has brought, and could not note. */
async function movedFile(
  { name, list }: PlannedFile,
  source: string,
  path: string,
  destination: MediaDestination,
  { signal }: OpenContext,
): Promise<MediaFile | undefined> {
  const whole = list === undefined ? await destination.parts.moved(name, source, path, signal) : undefined
  if (whole === undefined) return undefined
  note(name, source, whole, destination)
  return { path, bytes: whole.bytes, state: "present" }
}

async function bringList(
  file: PlannedFile,
  { urls }: FileList,
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile[]> {
  const { manifest, gate, onNeeded } = destination
  const names = claimListed(urls, file, manifest)
  manifest.recordList(file.name, { source: sourceOf(file), files: names })
  for (const name of names) onNeeded?.(name)
  // Whoever made the list must not decide where the key goes, not even at the API's own origin.
  // Its addresses are in no release, so none of it has newer ones.
  const keyless = { ...options, credentials: undefined, renew: undefined }
  return allOf(
    urls.map(async (url, index) => {
      const name = names[index] as string
      const one = await gate(() =>
        bringFile({ ...file, url, name, list: undefined }, destination, keyless, context),
      )
      if ("state" in one) return one
      throw new TransferError(join(destination.directory, name), "an address of a list gave a list again")
    }),
  )
}

/** Where a file comes from, as the manifest has it; what has been made grey is another file. */
export function sourceOf({ url, packedGrey }: PlannedFile): string {
  return `${maskUrl(url)}${packedGrey ? "#grey" : ""}`
}

/** The file, or those that stand for it, where they are whole on disk. */
function presentFiles(
  { name, list }: PlannedFile,
  source: string,
  destination: MediaDestination,
): MediaFile | MediaFile[] | undefined {
  if (list === undefined) return presentFile(name, source, destination)
  if (list.source !== source) return undefined
  const files = list.files.map((listed) => presentFile(listed, undefined, destination))
  return files.every((one) => one !== undefined) ? files : undefined
}
