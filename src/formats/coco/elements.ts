import { posix } from "node:path"
import { FormatError } from "../../errors.ts"
import type { Path } from "../../geometry/polygon.ts"
import type { TagAnnotation } from "../../model/annotation.ts"
import type { Item, Slot } from "../../model/annotation-file.ts"
import { canonical } from "./image-positions.ts"

/** A JSON object of a COCO file and where it stands, so that what is wrong in it can be named. */
export interface Element {
  readonly file: string
  /** Its JSON path, such as `annotations[17]`. */
  readonly place: string
  readonly members: Readonly<Record<string, unknown>>
  /** The polygons of its `segmentation`, where they have been read apart: the member is null then. */
  readonly paths?: readonly Path[]
}

/** A class of a COCO file. */
export interface ReadCategory {
  readonly name: string
  /** The names of its keypoints; empty where it has none. */
  readonly keypoints: readonly string[]
}

/** Takes a value of an array as an object. */
export function elementOf(value: unknown, file: string, place: string): Element {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FormatError(file, place, "expected an object")
  }
  return { file, place, members: value as Record<string, unknown> }
}

/** What is wrong with a member of an element. */
export function fault({ file, place }: Element, member: string, rule: string): FormatError {
  return new FormatError(file, `${place}.${member}`, rule)
}

/** An id: a number, or text. */
export function idOf(element: Element, member: string): number | string {
  const id = element.members[member]
  if (typeof id === "number" ? Number.isFinite(id) : typeof id === "string")
    return canonical(id as number | string)
  throw fault(element, member, "expected a number or a text")
}

/** Text that must be there. */
export function textOf(element: Element, member: string): string {
  const text = element.members[member]
  if (typeof text === "string" && text !== "") return text
  throw fault(element, member, "expected a text")
}

export function categoryOf(element: Element): ReadCategory {
  const name = textOf(element, "name")
  const keypoints = element.members.keypoints ?? []
  if (!Array.isArray(keypoints) || !keypoints.every((one) => typeof one === "string")) {
    throw fault(element, "keypoints", "expected a list of names")
  }
  return { name, keypoints }
}

/** The item of an image: its folder and name from `file_name`, its size, and the addresses that there are. */
export function itemOf(element: Element): Item {
  const { members } = element
  // Parts such as `..` are resolved here, within the root: they must never reach a path on disk.
  const path = posix.normalize(`/${textOf(element, "file_name")}`)
  const name = posix.basename(path)
  if (name === "" || path.endsWith("/")) throw fault(element, "file_name", "expected the name of a file")
  const width = sizeOf(element, "width")
  const height = sizeOf(element, "height")
  const url = addressOf(members.darwin_url) ?? addressOf(members.coco_url) ?? addressOf(members.flickr_url)
  const workview = addressOf(members.darwin_workview_url)
  const slot: Slot = {
    slot_name: "0",
    type: "image",
    source_files: [{ file_name: name, ...(url !== undefined && { url }) }],
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
  return {
    name,
    path: posix.dirname(path),
    ...(workview !== undefined && { source_info: { workview_url: workview } }),
    slots: [slot],
  }
}

/** The tags of an image by its `tag_ids`, the extension that darwin-py writes. */
export function tagsOf(
  element: Element,
  names: ReadonlyMap<number | string, ReadCategory>,
  refuse: (error: FormatError) => void,
): TagAnnotation[] {
  const ids = element.members.tag_ids ?? []
  if (!Array.isArray(ids)) {
    refuse(fault(element, "tag_ids", "expected a list"))
    return []
  }
  return ids.flatMap((id, index): TagAnnotation[] => {
    const name = names.get(typeof id === "string" ? canonical(id) : id)?.name
    if (name !== undefined) return [{ name, slot_names: ["0"], tag: {}, type: "tag" }]
    refuse(fault(element, `tag_ids[${index}]`, "no tag category has this id"))
    return []
  })
}

function sizeOf(element: Element, member: string): number | undefined {
  const size = element.members[member] ?? undefined
  if (size === undefined) return undefined
  if (typeof size === "number" && Number.isFinite(size) && size >= 0) return size
  throw fault(element, member, "expected a number of pixels")
}

// darwin-py fills addresses that it does not know with "n/a".
function addressOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "n/a" ? value : undefined
}
