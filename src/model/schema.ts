import { z } from "zod"
import type { AnnotationType, Shapes } from "./annotation.ts"

// The border: what a Darwin JSON 2.0 document must hold so that the model's types are true of it. Loose on purpose:
// unknown keys pass, and null stands for "absent" where real exports have been seen to do so. The results of these
// schemas are thrown away, the document itself flows on: nothing that they do not know can get lost.

const point = z.object({ x: z.number(), y: z.number() })
const box = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })

// Lists of points and run lengths are most of a file's values: a plain loop checks them at a tenth of a schema's cost.
const path = z.array(z.unknown()).check(({ value, issues }) => {
  for (let index = 0; index < value.length; index++) {
    const at = value[index] as { x?: unknown; y?: unknown } | null | undefined
    if (typeof at === "object" && at !== null && Number.isFinite(at.x) && Number.isFinite(at.y)) continue
    issues.push({ code: "custom", path: [index], message: "expected a point { x, y }", input: at })
    return
  }
})
const numbers = z.array(z.unknown()).check(({ value, issues }) => {
  for (let index = 0; index < value.length; index++) {
    if (Number.isFinite(value[index])) continue
    issues.push({ code: "custom", path: [index], message: "expected a number", input: value[index] })
    return
  }
})

/** The main shapes by the key they stand under. Where an annotation has several, the first of this order counts. */
export const shapeSchemas: { readonly [Type in AnnotationType]: z.ZodType } = {
  polygon: z
    .looseObject({ paths: z.array(path).optional(), path: path.optional() })
    .refine(({ paths, path }) => paths !== undefined || path !== undefined, "expected paths"),
  bounding_box: box,
  tag: z.object({}),
  line: z.object({ path }),
  keypoint: point,
  ellipse: z.object({ angle: z.number(), center: point, radius: point }),
  cuboid: z.object({ back: box, front: box }),
  skeleton: z.object({
    nodes: z.array(
      z.object({ name: z.string(), x: z.number(), y: z.number(), occluded: z.boolean().optional() }),
    ),
  }),
  table: z.object({
    bounding_box: box,
    cells: z.array(
      z.object({
        id: z.string().optional(),
        row: z.number(),
        col: z.number(),
        row_span: z.number().optional(),
        col_span: z.number().optional(),
        is_header: z.boolean().optional(),
        bounding_box: box,
      }),
    ),
  }),
  simple_table: z.object({ bounding_box: box, col_offsets: numbers, row_offsets: numbers }),
  string: z.object({
    sources: z.array(z.object({ id: z.string(), ranges: z.array(z.unknown()).nullish() })),
  }),
  graph: z.object({
    nodes: z.array(z.object({ id: z.string(), name: z.string() })),
    edges: z.array(z.object({ start: z.string(), end: z.string() })),
  }),
  mask: z.object({ sparse_rle: z.null().optional() }),
  raster_layer: z.object({
    dense_rle: numbers,
    mask_annotation_ids_mapping: z.record(z.string(), z.number()),
    total_pixels: z.number(),
  }),
} satisfies { [Type in keyof Shapes]: z.ZodType }

/** All main shapes, by precedence. */
export const annotationTypes: readonly AnnotationType[] = Object.keys(shapeSchemas) as AnnotationType[]

const authors = z.array(z.object({ full_name: z.string(), email: z.string() })).nullish()

const subAnnotations = {
  text: z.object({ text: z.string() }).optional(),
  attributes: z.array(z.string()).optional(),
  instance_id: z.object({ value: z.number() }).optional(),
  directional_vector: z.object({ angle: z.number(), length: z.number() }).optional(),
  inference: z
    .looseObject({
      confidence: z.number(),
      model: z.object({ id: z.string(), name: z.string(), type: z.string() }).optional(),
    })
    .optional(),
}

const common = {
  id: z.string().optional(),
  name: z.string(),
  slot_names: z.array(z.string()).optional(),
  properties: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().nullish(),
        frame_index: z.union([z.number(), z.string()], "expected a number or a string").nullish(),
      }),
    )
    .nullish(),
  annotators: authors,
  reviewers: authors,
}

/** What stands around the main shape of an annotation that belongs to an image. */
export const imageAnnotationSchema: z.ZodType = z.object({ ...common, ...subAnnotations })

const frameRange = z.tuple([z.number(), z.number()])

/** What stands around the frames of an annotation over frames; each frame is checked on its own. */
export const videoAnnotationSchema: z.ZodType = z.object({
  ...common,
  frames: z.object({}),
  sections: z.object({}).optional(),
  ranges: z.array(frameRange).optional(),
  segments: z.array(frameRange).optional(),
  hidden_areas: z.array(frameRange).optional(),
  interpolated: z.boolean().optional(),
  interpolate_algorithm: z.string().optional(),
  only_keyframes: z.boolean().optional(),
  global_sub_types: z.object({}).optional(),
})

/** One frame, without its main shape. */
export const frameSchema: z.ZodType = z.object({ ...subAnnotations, keyframe: z.boolean().optional() })

const text = z.string().nullish()
const number = z.number().nullish()

const slot = z.object({
  slot_name: z.string(),
  type: z.enum(["image", "video", "dicom", "pdf"]),
  source_files: z
    .array(z.object({ file_name: z.string(), url: text, storage_key: text, local_path: text }))
    .nullish(),
  width: number,
  height: number,
  thumbnail_url: text,
  fps: number,
  frame_count: number,
  frame_urls: z.array(z.string()).nullish(),
  segments: z.array(z.object({ url: z.string(), duration: z.number() })).nullish(),
  frame_manifests: z.array(z.object({ url: z.string() })).nullish(),
  metadata: z.object({}).nullish(),
})

/** The document around the annotations. */
export const documentSchema: z.ZodType = z.object({
  version: z.string().optional(),
  schema_ref: z.string().optional(),
  item: z.object({
    name: z.string(),
    path: z.string(),
    source_info: z
      .looseObject({
        item_id: text,
        dataset: z.object({ name: text, slug: text, dataset_management_url: text }).nullish(),
        team: z.object({ name: text, slug: text }).nullish(),
        workview_url: text,
      })
      .nullish(),
    slots: z.array(slot).nullish(),
    metadata: z.object({}).nullish(),
  }),
  annotations: z.array(z.unknown()),
  properties: z
    .array(z.object({ name: z.string(), value: text, annotators: authors, reviewers: authors }))
    .nullish(),
})
