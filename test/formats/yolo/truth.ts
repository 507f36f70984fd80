import { readFileSync } from "node:fs"
import type { Point } from "../../../src/model/point.ts"
import { exportCase } from "../golden.ts"

// What should be written for a golden case, told from its documents alone: nothing here is shared with the formats.

/** The document of an export case, as far as it is looked at. */
interface Document {
  readonly item: {
    readonly name: string
    readonly path: string
    readonly slots?: readonly DocumentSlot[]
  }
  readonly annotations?: readonly Holder[]
}

interface DocumentSlot {
  readonly slot_name: string
  readonly type: string
  readonly width?: number
  readonly height?: number
  readonly frame_urls?: readonly string[]
  readonly frame_count?: number
  readonly source_files?: readonly { readonly file_name: string }[]
}

interface Holder {
  readonly id?: string
  readonly name: string
  readonly slot_names?: readonly string[]
  readonly bounding_box?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly polygon?: { readonly paths?: readonly Point[][]; readonly path?: readonly Point[] }
  readonly ellipse?: { readonly angle: number; readonly center: Point; readonly radius: Point }
  readonly mask?: object
  readonly raster_layer?: {
    readonly dense_rle: readonly number[]
    readonly mask_annotation_ids_mapping: Readonly<Record<string, number>>
  }
  readonly frames?: Readonly<Record<string, Holder>>
  readonly only_keyframes?: boolean
  readonly ranges?: readonly (readonly [number, number])[]
}

/** A picture and the shapes that should be in its label file. */
export interface Picture {
  readonly file: string
  readonly width: number
  readonly height: number
  readonly shapes: readonly Shape[]
}

export interface Shape {
  readonly name: string
  /** A stored box is that beside a polygon without a point. */
  readonly type: "bounding_box" | "stored box" | "polygon" | "ellipse" | "mask"
  readonly paths: readonly (readonly Point[])[]
  /** Whether a place of the image is inside; undefined where it is too near to a border that is only approximated. */
  readonly contains: (x: number, y: number) => boolean | undefined
}

/** The documents of a case with the names of their files, in the order in which they are read. */
export function documentsOf(name: string): { readonly file: string; readonly document: Document }[] {
  const order = readFileSync(exportCase(name, "order.txt"), "utf8").split("\n").filter(Boolean)
  return order.map((file) => {
    const bytes = readFileSync(exportCase(name, "input", file))
    const text = bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString()
    return { file, document: JSON.parse(text.replace(/^\uFEFF/, "")) }
  })
}

const ending = /\.(?:jpe?g|png|bmp|tiff?|nii\.gz|mp4|mov|avi|dcm)$/i
const safe = (name: string) => name.replace(/[<>"\\|?*]/g, "_")

/** The pictures of a document. */
export function picturesOf({ item, annotations }: Document): Picture[] {
  // What has no list of annotations is no document.
  if (annotations === undefined) return []
  const folder = [...item.path.split("/"), ...item.name.split("/").slice(0, -1)].filter((part) => part !== "")
  const base = item.name.slice(item.name.lastIndexOf("/") + 1)
  const at = (...parts: string[]) => [...folder, ...parts].map(safe).join("/")
  const slots = item.slots ?? []
  const [first] = slots
  if (first === undefined)
    return [{ file: `${at(base.replace(ending, ""))}.txt`, width: 0, height: 0, shapes: [] }]

  return slots.flatMap((slot, index) => {
    const own = annotations.filter(({ slot_names: names = [] }) => {
      if (slots.length === 1) return true
      return names.includes(slot.slot_name) || (names.length === 0 && index === 0)
    })
    const size = { width: slot.width ?? 0, height: slot.height ?? 0 }
    const isVideo = slot.type === "video" || slot.frame_urls !== undefined || own.some(({ frames }) => frames)
    if (isVideo && slot.type !== "image") {
      const last = Math.max(-1, ...own.flatMap(({ frames = {} }) => Object.keys(frames).map(Number)))
      const count = slot.frame_urls?.length || (slot.frame_count ?? last + 1)
      return Array.from({ length: count }, (_, frame) => ({
        file: `${at(base.replace(/\.[^.]*$/, ""), String(frame).padStart(7, "0"))}.txt`,
        ...size,
        shapes: shapesOf(
          own.flatMap((track) => stateOf(track, frame)),
          size,
        ),
      }))
    }
    const source = slot.source_files?.[0]?.file_name ?? ""
    const file =
      slots.length === 1 ? at(base.replace(ending, "")) : at(base, slot.slot_name, source.replace(ending, ""))
    return [{ file: `${file}.txt`, ...size, shapes: shapesOf(own, size) }]
  })
}

const shapeKeys = ["bounding_box", "polygon", "ellipse", "mask", "raster_layer", "tag", "line", "keypoint"]
const hasShape = (holder: object) => shapeKeys.some((key) => key in holder)

/** What a track is in a frame; with `only_keyframes`, inside its ranges, what it was last. */
function stateOf(track: Holder, frame: number): Holder[] {
  const { frames = {}, only_keyframes: holds = false, ranges = [] } = track
  const named = (state: Holder) => [
    { ...state, name: track.name, ...(track.id !== undefined && { id: track.id }) },
  ]
  const own = frames[frame]
  if (own !== undefined && hasShape(own)) return named(own)
  if (!holds || (own === undefined && !ranges.some(([from, to]) => from <= frame && frame < to))) return []
  for (let before = frame; before >= 0; before--) {
    const state = frames[before]
    if (state !== undefined && hasShape(state)) return named(state)
  }
  return []
}

type Size = { readonly width: number; readonly height: number }

function shapesOf(holders: readonly Holder[], size: Size): Shape[] {
  return holders.flatMap((holder) => shapeOf(holder, holders, size) ?? [])
}

function shapeOf(holder: Holder, all: readonly Holder[], size: Size): Shape | undefined {
  const { name, bounding_box: box, polygon, ellipse, mask } = holder
  const points = polygon?.path ?? polygon?.paths?.flat() ?? []
  if (polygon !== undefined && (points.length > 0 || box === undefined)) {
    const paths = polygon.paths ?? [polygon.path ?? []]
    return { name, type: "polygon", paths, contains: (x, y) => isInside(x, y, paths) }
  }
  if (box !== undefined) {
    const [left, top, right, bottom] = [box.x, box.y, box.x + box.w, box.y + box.h]
    const path = [
      { x: left, y: top },
      { x: right, y: top },
      { x: right, y: bottom },
      { x: left, y: bottom },
    ]
    return {
      name,
      type: polygon === undefined ? "bounding_box" : "stored box",
      paths: [path],
      contains: (x, y) => left < x && x < right && top < y && y < bottom,
    }
  }
  if (ellipse !== undefined) {
    const { angle, center, radius } = ellipse
    const along = (turn: number) => {
      const [x, y] = [radius.x * Math.cos(turn), radius.y * Math.sin(turn)]
      return {
        x: center.x + x * Math.cos(angle) - y * Math.sin(angle),
        y: center.y + x * Math.sin(angle) + y * Math.cos(angle),
      }
    }
    return {
      name,
      type: "ellipse",
      paths: [Array.from({ length: 100_000 }, (_, i) => along((2 * Math.PI * i) / 100_000))],
      contains: (x, y) => {
        const [dx, dy] = [x - center.x, y - center.y]
        const u = dx * Math.cos(angle) + dy * Math.sin(angle)
        const v = dy * Math.cos(angle) - dx * Math.sin(angle)
        const within = (slack: number) => {
          const [a, b] = [radius.x + slack, radius.y + slack]
          return a > 0 && b > 0 && (u / a) ** 2 + (v / b) ** 2 < 1
        }
        return within(0.2) === within(-0.2) ? within(0) : undefined
      },
    }
  }
  return mask === undefined ? undefined : maskShape(holder, all, size)
}

/** A mask that one whole raster layer holds, with at least one pixel. */
function maskShape({ name, id }: Holder, all: readonly Holder[], { width, height }: Size): Shape | undefined {
  const layers = all.flatMap(({ raster_layer: layer }) => {
    const label = layer?.mask_annotation_ids_mapping[id ?? ""]
    return layer === undefined || label === undefined ? [] : [{ runs: layer.dense_rle, label }]
  })
  const [layer] = layers
  if (layer === undefined || layers.length > 1 || layer.runs.length % 2 !== 0) return undefined
  const pixels: boolean[] = []
  for (let i = 0; i < layer.runs.length; i += 2) {
    for (let run = 0; run < Number(layer.runs[i + 1]); run++) pixels.push(layer.runs[i] === layer.label)
  }
  const set = pixels.flatMap((isSet, at) => (isSet ? [at] : []))
  if (pixels.length !== width * height || set.length === 0) return undefined
  const corners = set.flatMap((at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return [
      { x, y },
      { x: x + 1, y: y + 1 },
    ]
  })
  return {
    name,
    type: "mask",
    paths: [corners],
    contains: (x, y) => pixels[Math.floor(y) * width + Math.floor(x)] === true,
  }
}

/** Even-odd, by the edges that a ray to the right crosses. */
export function isInside(x: number, y: number, paths: readonly (readonly Point[])[]): boolean {
  let inside = false
  for (const path of paths) {
    path.forEach((from, i) => {
      const to = path[(i + 1) % path.length] as Point
      if (from.y > y === to.y > y) return
      if (x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) inside = !inside
    })
  }
  return inside
}
