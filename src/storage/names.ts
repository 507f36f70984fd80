import { posix } from "node:path"
import { PathError } from "../errors.ts"
import type { Item, Slot, SourceFile } from "../model/annotation-file.ts"
import { isLongVideo, type LongVideoSlot } from "../video/long-video-slot.ts"
import { byCodePoint } from "./by-code-point.ts"
import { isImageName, isVideoName } from "./media-names.ts"

/** A media file of an item and where it belongs on disk. */
export interface MediaTarget {
  readonly url: string
  /** Path below the dataset's directory, with `/` between folders. */
  readonly path: string
  /** What tells it from all other files of the dataset, over releases: item, slot and place in the slot. */
  readonly owner: string
  /** The part of `path` that is a folder of this item alone, where there is one. */
  readonly ownFolder?: string
  /** Whether it is a picture whose 16-bit grey is packed into two colours, and becomes 8-bit grey on disk. */
  readonly packedGrey?: boolean
}

/** Which media files of an item are wanted, and how they are named. */
export interface MediaTargetsOptions {
  /**
   * Keeps the item's folder below `images/`.
   * @default true
   */
  readonly useFolders?: boolean
  /**
   * Takes the frames of a video as pictures in place of the video itself, where the item lists them, or the segments of a
   * long video; those are decoded by the user's ffmpeg. Medical frames that hold 16-bit grey in two colours (`RG16`) become 8-bit grey.
   * @default false
   */
  readonly videoFrames?: boolean
  /**
   * Names the files of every item as those of one with several slots: in a folder for the item, and in it one for each
   * slot. Of a frame extracted from a video it brings the video, too.
   * @default false
   */
  readonly forceSlots?: boolean
  /**
   * Takes one file of each item, the first of its first slot (slots by name), and names it as if it were the only one.
   * Wins over `forceSlots`.
   * @default false
   */
  readonly ignoreSlots?: boolean
}

/** Is told of each file that is wanted and cannot be had; `place` is its JSON path in the annotation file. */
export type OnMissing = (place: string, reason: string) => void

/**
 * The media files of an item and where each belongs: the one function that says so, for the plan, the download, the
 * removal of extra files and whoever looks for an item's picture.
 *
 * `images/<item folder>/<stem of the item's name><ending of the source file>` for an item with one source file;
 * `images/<item folder>/<item name>/<slot name>/<source file name>` for several slots or sources. Frames are named
 * `0000000.png` on, in a folder named after the item (and its slot, where it has several). An item that was extracted
 * from a video, and names the video beside its picture, counts as one with a picture alone. Source files without an address
 * are told to `onMissing`.
 *
 * @throws PathError (`path`) for a name that would leave the directory, or that not every file system takes.
 *
 * @example
 * mediaTargets(file.item, {})[0]?.path // "images/street/kerb.jpg"
 */
export function mediaTargets(
  item: Item,
  options: MediaTargetsOptions,
  onMissing: OnMissing = () => {},
): MediaTarget[] {
  const { videoFrames = false } = options
  const { folder, slots, inSlots } = layoutOf(item, options)
  const targets: MediaTarget[] = []
  const addSource = (slot: Slot, index: number, path: string, ownFolder?: string) => {
    const url = sourcesOf(slot)[index]?.url
    if (url) {
      targets.push({ url, path, owner: owner(item, slot, String(index)), ...(ownFolder && { ownFolder }) })
    } else {
      const place = `item.slots[${item.slots?.indexOf(slot)}].source_files[${index}]`
      onMissing(place, "it has no address to fetch it from")
    }
  }

  for (const slot of slots) {
    if (videoFrames && slot.type !== "image" && slot.frame_urls && slot.frame_urls.length > 0) {
      const packedGrey = slot.metadata?.colorspace === "RG16"
      slot.frame_urls.forEach((url, index) => {
        targets.push({ url, packedGrey, ...frameTarget(item, slot, index, folder, inSlots) })
      })
    } else if (videoFrames && isLongVideo(slot)) {
      // Its frames have no addresses: see `longVideoTargets`.
    } else if (inSlots) {
      const ownFolder = `${folder}${part(item.name)}`
      const own = `${ownFolder}/${part(slot.slot_name)}`
      sourcesOf(slot).forEach(({ file_name }, index) => {
        addSource(slot, index, `${own}/${part(file_name)}`, ownFolder)
      })
    } else {
      const index = pictureIndex(slot)
      const source = sourcesOf(slot)[index]
      if (source !== undefined) {
        addSource(slot, index, `${folder}${part(singleName(item.name, source.file_name))}`)
      }
    }
  }
  return targets
}

/** A long video of an item, and where each of its frames belongs. */
export interface LongVideoTarget {
  readonly slot: LongVideoSlot
  frame(index: number): Omit<MediaTarget, "url">
}

/**
 * The long videos of an item whose frames are wanted: they stand beside those that `mediaTargets` gives, under the same names
 * as frames with addresses.
 *
 * @throws PathError (`path`) as `mediaTargets` does.
 */
export function longVideoTargets(item: Item, options: MediaTargetsOptions): LongVideoTarget[] {
  if (!options.videoFrames) return []
  const { folder, slots, inSlots } = layoutOf(item, options)
  return slots
    .filter(isLongVideo)
    .map((slot) => ({ slot, frame: (index) => frameTarget(item, slot, index, folder, inSlots) }))
}

/**
 * All paths at which a tool may have put an item's media, whatever its options: with or without the folder, in slots or as
 * a single file, as video or as frames. `annotationStem` is the name of the item's annotation file without its ending.
 *
 * @throws PathError (`path`) as `mediaTargets` does.
 */
export function* possiblePaths(item: Item, annotationStem: string): Generator<string> {
  const slots = slotsByName(item)
  for (const folder of new Set(["images/", `images/${annotationFolder(item)}`])) {
    for (const [index, slot] of slots.entries()) {
      const own = `${folder}${part(item.name)}/${part(slot.slot_name)}/`
      const single = [`${folder}${part(stemOf(item.name))}/`, `${folder}${part(annotationStem)}/`]
      for (const { file_name } of sourcesOf(slot)) {
        yield `${own}${part(file_name)}`
        if (index === 0) yield `${folder}${part(singleName(item.name, file_name))}`
      }
      const frames = slot.type === "image" ? 0 : (slot.frame_urls?.length ?? slot.frame_count ?? 0)
      for (let frame = 0; frame < frames; frame++) {
        for (const place of [own, ...single]) yield `${place}${frameName(frame)}`
      }
    }
  }
}

/** What tells an item from all others of its dataset: its id, or its full path where it has none. */
export function itemOwner(item: Item): string {
  return item.source_info?.item_id ?? posix.join("/", item.path, item.name)
}

/**
 * The folder of an item as a relative path with a `/` at its end, or nothing for the root.
 *
 * @throws PathError (`path`) for a folder that would leave the directory.
 */
export function annotationFolder(item: Item): string {
  let folder = ""
  for (const name of item.path.split("/")) if (name !== "" && name !== ".") folder += `${part(name)}/`
  return folder
}

/** The name of an item's annotation file: the stem of the item's name with `.json`. */
export function annotationName(item: Item): string {
  return `${part(stemOf(item.name))}.json`
}

/** The name of a frame's picture: seven digits, from 0. */
export function frameName(index: number): string {
  return `${String(index).padStart(7, "0")}.png`
}

/** A name without its last ending: `a.b.png` gives `a.b`; a leading dot begins no ending. */
export function stemOf(name: string): string {
  return name.slice(0, name.length - endingOf(name).length)
}

/** The last ending of a name with its dot, or nothing. A dot at either end of the name, or of its last part, begins none. */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf(".")
  return dot > name.lastIndexOf("/") + 1 && dot < name.length - 1 ? name.slice(dot) : ""
}

/** The n-th of several names that would be equal: `a/b.png` gives `a/b_2.png`, `v.nii.gz` gives `v_2.nii.gz`. */
export function numberedName(path: string, number: number): string {
  const cut = path.lastIndexOf("/") + 1
  const name = path.slice(cut)
  const ending = name.endsWith(volume) ? volume : endingOf(name)
  return `${path.slice(0, path.length - ending.length)}_${number}${ending}`
}

/**
 * One part of a path made from a name that came from outside: `< > " / \ | ? *` become `_`; on Windows `:`, control
 * characters and the dots and spaces at the end as well, which it would drop.
 *
 * @throws PathError (`path`) for an empty name, one of nothing but dots and spaces, one with a NUL, with a drive letter, or
 * one that is a device on Windows.
 */
export function part(name: string): string {
  return partOn(process.platform, name)
}

/** The same for a path on a platform of any name. */
export function partOn(platform: NodeJS.Platform, name: string): string {
  if (/^[. ]*$/.test(name)) throw new PathError(name, "would leave its directory")
  if (name.includes("\0")) throw new PathError(name, "holds a NUL character")
  if (/^[A-Za-z]:/.test(name)) throw new PathError(name, "begins with a drive letter")
  if (devices.test(name)) throw new PathError(name, "is the name of a device on Windows")
  return name.replace(platform === "win32" ? unsafeOnWindows : unsafe, "_")
}

const unsafe = /[<>"/\\|?*]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafeOnWindows = /[<>"/\\|?*:\u0001-\u001f]|[. ](?=[. ]*$)/g

// With any ending, and with spaces behind.
const devices = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i

const volume = ".nii.gz"

/** The folder of an item, its slots that are wanted, and whether each has a folder of its own. */
function layoutOf(
  item: Item,
  { useFolders = true, forceSlots = false, ignoreSlots = false }: MediaTargetsOptions,
): { readonly folder: string; readonly slots: readonly Slot[]; readonly inSlots: boolean } {
  const slots = slotsByName(item)
  const inSlots = !ignoreSlots && (forceSlots || slots.length > 1 || slots.some(hasSeveralSources))
  const folder = `images/${useFolders ? annotationFolder(item) : ""}`
  return { folder, slots: inSlots ? slots : slots.slice(0, 1), inSlots }
}

function frameTarget(
  item: Item,
  slot: Slot,
  index: number,
  folder: string,
  inSlots: boolean,
): Omit<MediaTarget, "url"> {
  const ownFolder = `${folder}${part(inSlots ? item.name : stemOf(item.name))}`
  const frames = inSlots ? `${ownFolder}/${part(slot.slot_name)}` : ownFolder
  return { path: `${frames}/${frameName(index)}`, owner: owner(item, slot, `frame ${index}`), ownFolder }
}

/** Slots in the order of their names as texts: "10" comes before "2". So it is in the trees that people have. */
function slotsByName({ slots }: Item): Slot[] {
  return [...(slots ?? [])].sort((a, b) => byCodePoint(a.slot_name, b.slot_name))
}

function sourcesOf({ source_files }: Slot): readonly SourceFile[] {
  return source_files ?? []
}

function hasSeveralSources(slot: Slot): boolean {
  return sourcesOf(slot).length > 1 && !isExtractedFrame(slot)
}

/** Whether a slot holds a picture that was taken out of a video, and names the video as well. */
function isExtractedFrame(slot: Slot): boolean {
  const names = sourcesOf(slot).map(({ file_name }) => file_name)
  return names.length === 2 && names.some(isVideoName) && names.some(isImageName)
}

/** Which of a slot's source files its one file is. */
function pictureIndex(slot: Slot): number {
  return isExtractedFrame(slot) ? sourcesOf(slot).findIndex(({ file_name }) => isImageName(file_name)) : 0
}

function singleName(item: string, source: string): string {
  // The one double ending of the field.
  if (!source.endsWith(volume)) return stemOf(item) + endingOf(source)
  return item.endsWith(volume) ? item : stemOf(item) + volume
}

function owner(item: Item, slot: Slot, place: string): string {
  return `${itemOwner(item)} ${slot.slot_name} ${place}`
}
