import { z } from "zod"

import { unprocessable } from "./errors.ts"
import { isMainType, type MainType } from "./store/annotation-types.ts"

/** Frames after which a span is refused where the length of the video is not known; keeps expansion within bounds. */
const MAX_FRAMES = 1_000_000

const number = z.number()
const point = z.object({ x: number, y: number })
const box = z.object({ x: number, y: number, w: number, h: number })
const path = z.array(point).min(1)

/**
 * The shapes in the form in which they are imported and stored. They only check: what is stored is what came, with keys
 * that are not named here.
 */
const shapes = {
  bounding_box: box,
  polygon: z.object({ path, additional_paths: z.array(path).optional() }),
  tag: z.object({}),
  line: z.object({ path }),
  keypoint: point,
  ellipse: z.object({ angle: number, center: point, radius: point }),
  cuboid: z.object({ back: box, front: box }),
  skeleton: z.object({
    nodes: z.array(z.object({ name: z.string(), x: number, y: number, occluded: z.boolean().optional() })),
  }),
  mask: z.object({}),
  raster_layer: z.object({
    dense_rle: z.array(z.number().int().min(0)),
    mask_annotation_ids_mapping: z.record(z.string(), z.number().int()),
    total_pixels: z.number().int().min(0),
  }),
  string: z.object({ sources: z.array(z.unknown()) }),
  graph: z.object({ nodes: z.array(z.unknown()), edges: z.array(z.unknown()) }),
  table: z.object({ bounding_box: box, cells: z.array(z.unknown()) }),
  simple_table: z.object({
    bounding_box: box,
    col_offsets: z.array(number),
    row_offsets: z.array(number),
  }),
} satisfies Record<MainType, z.ZodType>

const subs = {
  text: z.object({ text: z.string() }),
  attributes: z.object({ attributes: z.array(z.union([z.number(), z.string()])) }),
  instance_id: z.object({ value: number }),
}

const span = z.tuple([z.number().int().min(0), z.number().int().min(0)]).rest(z.unknown())

const video = z.looseObject({
  frames: z.record(z.string().regex(/^\d+$/, "is not a frame index"), z.looseObject({})),
  segments: z.array(span).optional(),
  hidden_areas: z.array(span).optional(),
  interpolated: z.boolean().optional(),
  interpolate_algorithm: z.string().optional(),
  only_keyframes: z.boolean().optional(),
  global_sub_types: z.record(z.string(), z.unknown()).optional(),
})

/** The pixels of the masks of one slot or frame. */
export interface StoredRasterLayer {
  readonly dense_rle: readonly number[]
  readonly mask_annotation_ids_mapping: Readonly<Record<string, number>>
  readonly total_pixels: number
}

/** A shape and what stands beside it, as imported; sub-annotations of kinds not listed are kept as they came. */
export interface StoredFrame {
  readonly [key: string]: unknown
  readonly keyframe?: boolean | undefined
}

/** The data of an annotation over frames: keyframes only. */
export interface StoredVideo {
  readonly frames: Readonly<Record<string, StoredFrame>>
  readonly segments?: readonly (readonly [number, number, ...unknown[]])[] | undefined
  readonly hidden_areas?: readonly (readonly [number, number, ...unknown[]])[] | undefined
  readonly interpolated?: boolean | undefined
  readonly interpolate_algorithm?: string | undefined
  /** The annotation is given back with its keyframes alone; a frame may then change only what stands beside the shape. */
  readonly only_keyframes?: boolean | undefined
  readonly global_sub_types?: Readonly<Record<string, unknown>> | undefined
}

/** Whether stored data is over frames. */
export function isVideoData(data: StoredFrame | StoredVideo): data is StoredVideo {
  return "frames" in data
}

/**
 * Checks the data of one imported annotation against its class's shape, so that whatever is stored can be exported in
 * the strict form. Answers 422 naming `at` and the place in the data.
 */
export function checkAnnotationData(
  data: unknown,
  type: MainType,
  at: string,
  frameCount: number | null,
): void {
  if (typeof data !== "object" || data === null) throw unprocessable(at, "has no data")
  if (!("frames" in data)) {
    checkFrame(data as StoredFrame, type, at, true)
    return
  }
  const checked = parse(video, data, at)
  const entries = Object.entries(checked.frames)
  if (entries.length === 0) throw unprocessable(at, "has no frames")
  const limit = frameCount ?? MAX_FRAMES
  let geometry = false
  for (const [index, frame] of entries) {
    if (Number(index) >= limit)
      throw unprocessable(`${at}.frames.${index}`, `lies behind the last of ${limit} frames`)
    if (type in frame) geometry = true
    checkFrame(frame, type, `${at}.frames.${index}`, false)
  }
  if (!geometry) throw unprocessable(`${at}.frames`, `hold no ${type}`)
  for (const [start, end] of [...(checked.segments ?? []), ...(checked.hidden_areas ?? [])]) {
    if (end <= start) throw unprocessable(`${at}.segments`, `[${start}, ${end}] is empty`)
    if (start >= limit || (frameCount === null && end > limit)) {
      throw unprocessable(`${at}.segments`, `[${start}, ${end}] lies behind the last of ${limit} frames`)
    }
  }
}

function checkFrame(frame: StoredFrame, type: MainType, at: string, shapeNeeded: boolean): void {
  const others = Object.keys(frame).filter((key) => isMainType(key) && key !== type && key !== "bounding_box")
  if (others.length > 0) throw unprocessable(at, `holds ${others.join(", ")}, but its class is a ${type}`)
  if (type in frame) parse(shapes[type], frame[type], `${at}.${type}`)
  else if (shapeNeeded) throw unprocessable(at, `holds no ${type}, which its class is`)
  for (const [key, schema] of Object.entries(subs)) {
    if (frame[key] != null) parse(schema, frame[key], `${at}.${key}`)
  }
  if (type === "raster_layer" && frame.raster_layer !== undefined) {
    checkRasterLayer(frame.raster_layer as StoredRasterLayer, `${at}.raster_layer`)
  }
}

function checkRasterLayer(layer: StoredRasterLayer, at: string): void {
  const { dense_rle: runs, mask_annotation_ids_mapping: mapping, total_pixels: total } = layer
  if (runs.length % 2 !== 0) throw unprocessable(`${at}.dense_rle`, "must hold pairs of label and run")
  let pixels = 0
  for (let index = 1; index < runs.length; index += 2) pixels += runs[index] ?? 0
  if (runs.length > 0 && pixels !== total) {
    throw unprocessable(`${at}.dense_rle`, `covers ${pixels} pixels of ${total}`)
  }
  const labels = Object.values(mapping)
  if (labels.some((label) => label < 1) || new Set(labels).size !== labels.length) {
    throw unprocessable(`${at}.mask_annotation_ids_mapping`, "labels must be 1 or more, and different")
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw unprocessable([at, ...(issue?.path ?? [])].join("."), issue?.message ?? "is not valid")
}
