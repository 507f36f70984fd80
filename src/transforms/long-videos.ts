import { createHash } from "node:crypto"
import { join } from "node:path"
import { maskUrl } from "../http/mask-url.ts"
import type { Item } from "../model/annotation-file.ts"
import { claimTargets } from "../storage/claim-targets.ts"
import type { KnownList } from "../storage/manifest/lists.ts"
import type { Manifest } from "../storage/manifest/manifest.ts"
import { frameName, longVideoTargets, type MediaTargetsOptions } from "../storage/names.ts"
import { saveBytes } from "../storage/save-bytes.ts"
import { inContext, type OpenContext } from "../stream.ts"
import { findFfmpeg } from "../video/ffmpeg.ts"
import { longVideoFrames } from "../video/long-video.ts"
import type { LongVideoSlot } from "../video/long-video-slot.ts"
import { createGate } from "./gate.ts"
import type { MediaDestination, MediaFile } from "./media-destination.ts"
import type { BringMediaOptions } from "./media-options.ts"
import { distrustFormer, presentFile } from "./present-file.ts"

/** A long video whose frames are wanted. */
export interface PlannedVideo {
  readonly slot: LongVideoSlot
  /** Its folder below the dataset's directory, with `/` between folders. */
  readonly name: string
  /** The name under which a frame stands. */
  nameOf(index: number): string
  /** All its frames, where an earlier run has brought them. */
  readonly list: KnownList | undefined
}

/** The long videos of an item, each with the folder that is its own in this dataset. */
export function planVideos(item: Item, manifest: Manifest, options: MediaTargetsOptions): PlannedVideo[] {
  return longVideoTargets(item, options).map(({ slot, frame }) => {
    const [first = ""] = claimTargets(item, [{ url: "", ...frame(0) }], manifest)
    const name = first.slice(0, first.lastIndexOf("/"))
    const nameOf = (index: number) => manifest.claim(`${name}/${frameName(index)}`, frame(index).owner)
    return { slot, name, nameOf, list: manifest.knownList(name) }
  })
}

/** The names of as many frames as the item says that the video has. */
export function* announcedNames({ slot, nameOf }: PlannedVideo): Generator<string> {
  for (let index = 0; index < (slot.frame_count ?? 0); index++) yield nameOf(index)
}

// Each video has two ffmpegs, which take all the processors they find, and much memory for large pictures: over all pulls of
// this process no more than four run.
const decoders = createGate(2)

/**
 * Brings the frames of a long video, decoded by ffmpeg. Those that the manifest knows to be whole are not made again, and a
 * segment without any other is not fetched; when all were brought before, nothing is asked for.
 *
 * @throws ProgramError (`program`) where ffmpeg is missing, before anything is fetched; and all that `longVideoFrames` throws.
 */
export function bringVideo(
  video: PlannedVideo,
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile[]> {
  return decoders(() => destination.gate(() => bring(video, destination, options, context)))
}

async function bring(
  { slot, name: folder, nameOf, list }: PlannedVideo,
  destination: MediaDestination,
  options: BringMediaOptions,
  context: OpenContext,
): Promise<MediaFile[]> {
  context.signal.throwIfAborted()
  const { directory, manifest, onNeeded } = destination
  const { http, credentials, forceReplace = false, durable = false } = options
  const source = sourceOf(slot)
  if (!forceReplace && list?.source === source) {
    const present = list.files.map((name) => presentFile(name, undefined, destination))
    if (present.every((one) => one !== undefined)) return present
  }

  const ffmpeg = await findFfmpeg(options.ffmpeg, context.signal)
  const names: string[] = []
  const files: MediaFile[] = []
  const frames = longVideoFrames(
    slot,
    { http, credentials, ffmpeg },
    {
      isWanted: ({ index, number }, segmentUrl) => {
        const name = nameOf(index)
        names[index] = name
        onNeeded?.(name)
        const present = forceReplace
          ? undefined
          : presentFile(name, frameSource(segmentUrl, number), destination)
        if (present !== undefined) files[index] = present
        return present === undefined
      },
    },
  )
  for await (const { index, number, segmentUrl, png } of inContext(frames, context)) {
    const name = names[index] as string
    const path = join(directory, name)
    const source = frameSource(segmentUrl, number)
    distrustFormer(name, forceReplace ? undefined : source, destination)
    await saveBytes(path, png, { durable })
    const digest = createHash("sha256").update(png).digest("hex")
    manifest.record(name, { source, bytes: png.length, digest })
    context.onEvent?.({ type: "transfer", path, bytes: png.length })
    files[index] = { path, bytes: png.length, state: "fetched" }
  }
  manifest.recordList(folder, { source, files: names })
  return files
}

function frameSource(segmentUrl: string, number: number): string {
  return `${maskUrl(segmentUrl)}#${number}`
}

/** What tells this video from another one of the same item, without the tokens of its addresses. */
function sourceOf({ segments, frame_manifests: manifests }: LongVideoSlot): string {
  const hash = createHash("sha256")
  for (const { url } of [...(manifests ?? []), ...(segments ?? [])]) hash.update(`${maskUrl(url)}\n`)
  return `frames ${hash.digest("hex")}`
}
