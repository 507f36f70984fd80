import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Point } from "../../../src/model/point.ts"
import { exportCase, filesBelow } from "../golden.ts"

// What Dataloop's files have to say of a golden case, worked out from its input by other means than the writer's.

/** A Darwin document as it stands in the file. */
export interface Darwin {
  readonly item: {
    readonly name: string
    readonly path: string
    readonly slots?: readonly {
      readonly slot_name: string
      readonly type: string
      readonly width?: number
      readonly height?: number
      readonly frame_count?: number
      readonly frame_urls?: readonly string[]
      readonly source_files?: readonly { readonly file_name: string }[]
    }[]
  }
  readonly annotations: readonly Raw[]
}

type Raw = { readonly [key: string]: unknown } & {
  readonly name: string
  readonly slot_names?: readonly string[]
  readonly frames?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** An annotation to be found in a file. Masks are compared by their pixels, `x y` each. */
export type Expected =
  | {
      readonly label: string
      readonly type: string
      readonly coordinates: unknown
      readonly details: unknown
    }
  | {
      readonly label: string
      readonly type: "segment"
      readonly pixels: ReadonlySet<string>
      readonly details: unknown
    }

/** The Darwin documents of an export case, in the order in which they are read. */
export function inputs(name: string): Darwin[] {
  const input = exportCase(name, "input")
  return filesBelow(input)
    .filter((file) => file.endsWith(".json") && !file.includes(".v7/"))
    .map((file) => {
      const bytes = readFileSync(join(input, file))
      const isWide = bytes[0] === 0xff && bytes[1] === 0xfe
      return JSON.parse(bytes.toString(isWide ? "utf16le" : "utf8").replace(/^\ufeff/, ""))
    })
}

/** The annotations of an image, or of a frame, that Dataloop has a shape for. */
export function expectedAnnotations(
  annotations: readonly Raw[],
  width: number | undefined,
  height: number | undefined,
): Expected[] {
  const layers = annotations.flatMap((one) =>
    one.raster_layer === undefined ? [] : [one.raster_layer as Layer],
  )
  return annotations.flatMap((one): Expected[] => {
    const base = { label: one.name, details: detailsOf(one) }
    const shape = coordinatesOf(one)
    if (shape !== undefined) return [{ ...base, ...shape }]
    if (one.mask === undefined || width === undefined || height === undefined) return []
    const pixels = pixelsOf(one.id as string, layers, width, height)
    return pixels === undefined || pixels.size === 0 ? [] : [{ ...base, type: "segment", pixels }]
  })
}

function coordinatesOf(one: Raw): { readonly type: string; readonly coordinates: unknown } | undefined {
  if (one.polygon !== undefined) {
    const { paths, path } = one.polygon as { paths?: Point[][]; path?: Point[] }
    const held = (paths ?? [path as Point[]]).filter((points) => points.length > 0)
    return held.length === 0
      ? undefined
      : { type: "segment", coordinates: held.map((points) => points.map(flat)) }
  }
  if (one.bounding_box !== undefined) {
    const { x, y, w, h } = one.bounding_box as Box
    return { type: "box", coordinates: [flat({ x, y }), flat({ x: x + w, y: y + h })] }
  }
  if (one.tag !== undefined) return { type: "class", coordinates: [] }
  if (one.line !== undefined) return { type: "polyline", coordinates: [(one.line as Line).path.map(flat)] }
  if (one.keypoint !== undefined) return { type: "point", coordinates: flat(one.keypoint as Point) }
  if (one.ellipse !== undefined) {
    const { angle, center, radius } = one.ellipse as { angle: number; center: Point; radius: Point }
    const degrees = angle / (Math.PI / 180)
    return {
      type: "ellipse",
      coordinates: { angle: degrees, center: flat(center), rx: radius.x, ry: radius.y },
    }
  }
  if (one.cuboid !== undefined) {
    const { front, back } = one.cuboid as { front: Box; back: Box }
    return { type: "cube", coordinates: { ...face("front", front), ...face("back", back), angle: 0 } }
  }
  return undefined
}

interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}
interface Line {
  readonly path: readonly Point[]
}

function flat({ x, y }: Point) {
  return { x, y, z: 0 }
}

function face(name: string, { x, y, w, h }: Box) {
  return {
    [`${name}_tl`]: flat({ x, y }),
    [`${name}_tr`]: flat({ x: x + w, y }),
    [`${name}_bl`]: flat({ x, y: y + h }),
    [`${name}_br`]: flat({ x: x + w, y: y + h }),
  }
}

function detailsOf({ attributes, text, instance_id }: Raw): unknown {
  return {
    attributes: attributes ?? [],
    ...(text !== undefined && { description: (text as { text: string }).text }),
    ...(instance_id !== undefined && { objectId: String((instance_id as { value: number }).value) }),
  }
}

interface Layer {
  readonly dense_rle: readonly number[]
  readonly mask_annotation_ids_mapping: Readonly<Record<string, number>>
}

function pixelsOf(
  id: string,
  layers: readonly Layer[],
  width: number,
  height: number,
): Set<string> | undefined {
  const holding = layers.filter((layer) => layer.mask_annotation_ids_mapping[id] !== undefined)
  const [layer] = holding
  if (layer === undefined || holding.length > 1) return undefined
  const label = layer.mask_annotation_ids_mapping[id]
  const pixels = new Set<string>()
  let at = 0
  for (let i = 0; i + 1 < layer.dense_rle.length; i += 2) {
    for (let n = 0; n < (layer.dense_rle[i + 1] as number); n++, at++) {
      if (layer.dense_rle[i] === label) pixels.add(`${at % width} ${Math.floor(at / width)}`)
    }
  }
  return at === width * height && layer.dense_rle.length % 2 === 0 ? pixels : undefined
}

/** The pixels whose middle is inside of an odd number of paths. */
export function pixelsInside(
  paths: readonly (readonly Point[])[],
  width: number,
  height: number,
): Set<string> {
  const pixels = new Set<string>()
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let crossings = 0
      for (const path of paths) {
        path.forEach((a, index) => {
          const b = path[(index + 1) % path.length] as Point
          if (a.y > y + 0.5 === b.y > y + 0.5) return
          if (a.x + ((y + 0.5 - a.y) * (b.x - a.x)) / (b.y - a.y) > x + 0.5) crossings++
        })
      }
      if (crossings % 2 === 1) pixels.add(`${x} ${y}`)
    }
  }
  return pixels
}
