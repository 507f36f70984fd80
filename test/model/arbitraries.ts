import fc from "fast-check"
import type { AnnotationType } from "../../src/model/annotation.ts"

// Documents as JSON has them, and as this library's types describe them: all main shapes, sub-annotations, properties,
// authors and slots, with keys strewn in that nobody knows.

const number = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(0, 0.1, 1e-7, -3.25, 1e21),
  )
  // Minus zero has no text of its own in JSON.stringify.
  .map((value) => (value === 0 ? 0 : value))
const count = fc.nat(100_000)
const text = fc.string({ unit: "grapheme", maxLength: 12 })
const bool = fc.boolean()

/** Keys that an object of JavaScript, or this library, might treat in a special way. */
const oddKey = fc.oneof(
  fc.constantFrom(
    "type",
    "path",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "0",
    "17",
    "-1",
    "",
    "a.b",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }),
)

const anything = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)))

/** Adds unknown keys, as `__proto__` too; a key that the object has keeps its value. */
export function strewn<T extends object>(
  known: fc.Arbitrary<T>,
  taken: readonly string[] = [],
): fc.Arbitrary<T> {
  return fc.tuple(known, fc.array(fc.tuple(oddKey, anything), { maxLength: 3 })).map(([object, extra]) => {
    const made = { ...object }
    for (const [key, value] of extra) {
      if (Object.hasOwn(object, key) || taken.includes(key)) continue
      Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true })
    }
    return made
  })
}

const point = strewn(fc.record({ x: number, y: number }))
const box = strewn(fc.record({ x: number, y: number, w: number, h: number }))
const path = fc.array(point, { maxLength: 4 })
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 })

/** The main shapes by their key. */
export const shapes: Readonly<Record<AnnotationType, fc.Arbitrary<object>>> = {
  bounding_box: box,
  polygon: fc.oneof(strewn(fc.record({ paths: list(path) }), ["path"]), strewn(fc.record({ path }))),
  tag: strewn(fc.record({})),
  line: strewn(fc.record({ path })),
  keypoint: point,
  ellipse: strewn(fc.record({ angle: number, center: point, radius: point })),
  cuboid: strewn(fc.record({ back: box, front: box })),
  skeleton: strewn(
    fc.record({
      nodes: list(
        strewn(
          fc.record(
            { name: text, x: number, y: number, occluded: bool },
            { requiredKeys: ["name", "x", "y"] },
          ),
        ),
      ),
    }),
  ),
  mask: strewn(fc.record({ sparse_rle: fc.constant(null) }, { requiredKeys: [] })),
  raster_layer: strewn(
    fc.record({
      dense_rle: list(count),
      mask_annotation_ids_mapping: fc.dictionary(fc.uuid(), count, { maxKeys: 3 }),
      total_pixels: count,
    }),
  ),
  string: strewn(
    fc.record({
      sources: list(
        strewn(fc.record({ id: text, ranges: fc.option(list(count)) }, { requiredKeys: ["id"] })),
      ),
    }),
  ),
  graph: strewn(
    fc.record({
      nodes: list(strewn(fc.record({ id: text, name: text }))),
      edges: list(strewn(fc.record({ start: text, end: text }))),
    }),
  ),
  table: strewn(
    fc.record({
      bounding_box: box,
      cells: list(
        strewn(
          fc.record(
            {
              id: text,
              row: count,
              col: count,
              row_span: count,
              col_span: count,
              is_header: bool,
              bounding_box: box,
            },
            { requiredKeys: ["row", "col", "bounding_box"] },
          ),
        ),
      ),
    }),
  ),
  simple_table: strewn(
    fc.record({ bounding_box: box, col_offsets: list(number), row_offsets: list(number) }),
  ),
}

const subAnnotations = fc.record(
  {
    text: strewn(fc.record({ text })),
    attributes: list(text),
    instance_id: strewn(fc.record({ value: count })),
    directional_vector: strewn(fc.record({ angle: number, length: number })),
    inference: strewn(
      fc.record(
        { confidence: number, model: strewn(fc.record({ id: text, name: text, type: text })) },
        { requiredKeys: ["confidence"] },
      ),
    ),
    measures: anything,
  },
  { requiredKeys: [] },
)

const authors = fc.option(list(strewn(fc.record({ full_name: text, email: text }))))

const common = fc.record(
  {
    id: fc.uuid(),
    name: text,
    slot_names: list(text),
    properties: fc.option(
      list(
        strewn(
          fc.record(
            { name: text, value: fc.option(text), frame_index: fc.option(fc.oneof(count, text)) },
            { requiredKeys: ["name"] },
          ),
        ),
      ),
    ),
    annotators: authors,
    reviewers: authors,
  },
  { requiredKeys: ["name"] },
)

const types = Object.keys(shapes) as AnnotationType[]
const taken = [...types, "frames", "sections", "segments", "ranges"]

const shaped = fc
  .constantFrom(...types)
  .chain((type) =>
    fc.record<Record<string, object>>(
      { [type]: shapes[type], ...(type === "polygon" && { bounding_box: box }) },
      { requiredKeys: [type] },
    ),
  )

const merged = <A extends object, B extends object>(
  a: fc.Arbitrary<A>,
  b: fc.Arbitrary<B>,
): fc.Arbitrary<A & B> => fc.tuple(a, b).map(([one, other]) => ({ ...one, ...other }))

const still = merged(merged(common, subAnnotations), shaped)
const unknownShape = fc.constantFrom("blob", "link", "hologram").map((key) => ({ [key]: { x: [1, 2] } }))
const unknown = merged(common, unknownShape)

const frame = strewn(
  merged(
    merged(
      subAnnotations,
      fc.oneof({ weight: 4, arbitrary: shaped }, { weight: 1, arbitrary: fc.record({}) }),
    ),
    fc.record({ keyframe: bool }, { requiredKeys: [] }),
  ),
  taken,
)
const frames = fc.dictionary(fc.nat(500).map(String), frame, { maxKeys: 4 })
const ranges = list(fc.tuple(count, count))
const video = merged(
  common,
  fc.record(
    {
      frames,
      sections: frames,
      ranges,
      segments: ranges,
      hidden_areas: ranges,
      interpolated: bool,
      interpolate_algorithm: fc.constant("linear-1.1"),
      only_keyframes: bool,
      global_sub_types: fc.constant({}),
    },
    { requiredKeys: ["frames"] },
  ),
)

/** Any annotation of a valid document. */
export const annotation: fc.Arbitrary<object> = strewn(
  fc.oneof(
    { weight: 4, arbitrary: still },
    { weight: 1, arbitrary: unknown },
    { weight: 2, arbitrary: video },
  ),
  [...taken, "text", "attributes", "instance_id", "directional_vector", "inference"],
)

const slot = strewn(
  fc.record(
    {
      slot_name: text,
      type: fc.constantFrom("image", "video", "dicom", "pdf"),
      source_files: fc.option(
        list(
          strewn(
            fc.record({ file_name: text, url: fc.option(fc.webUrl()) }, { requiredKeys: ["file_name"] }),
          ),
        ),
      ),
      width: fc.option(count),
      height: fc.option(count),
      fps: fc.option(number),
      frame_count: fc.option(count),
      frame_urls: fc.option(list(fc.webUrl())),
      segments: fc.option(list(strewn(fc.record({ url: fc.webUrl(), duration: number })))),
      frame_manifests: fc.option(list(strewn(fc.record({ url: fc.webUrl() })))),
      metadata: fc.option(strewn(fc.record({}))),
    },
    { requiredKeys: ["slot_name", "type"] },
  ),
)

// `name` is among the keys that fast-check tries of its own accord.
const named = strewn(fc.record({ name: fc.option(text), slug: fc.option(text) }, { requiredKeys: [] }), [
  "name",
  "slug",
])

/** Any valid document. */
export const document: fc.Arbitrary<object> = strewn(
  fc.record(
    {
      version: fc.constantFrom("2.0", "2.1"),
      schema_ref: fc.webUrl(),
      item: strewn(
        fc.record(
          {
            name: text,
            path: text,
            source_info: fc.option(
              strewn(
                fc.record(
                  { item_id: fc.option(fc.uuid()), dataset: fc.option(named), team: fc.option(named) },
                  { requiredKeys: [] },
                ),
              ),
            ),
            slots: fc.option(list(slot)),
          },
          { requiredKeys: ["name", "path"] },
        ),
        ["slots", "metadata"],
      ),
      annotations: fc.array(annotation, { maxLength: 6 }),
      properties: fc.option(
        list(
          strewn(
            fc.record(
              { name: text, value: fc.option(text), annotators: authors, reviewers: authors },
              { requiredKeys: ["name"] },
            ),
          ),
        ),
      ),
    },
    { requiredKeys: ["item", "annotations"] },
  ),
  ["properties", "version", "schema_ref"],
)
