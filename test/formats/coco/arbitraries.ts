import fc from "fast-check"
import type { ImageAnnotation, SubAnnotations } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import type { Point } from "../../../src/model/point.ts"

/** The size of every generated image. */
export const width = 60
export const height = 40
const number = fc.double({ min: -50, max: 100, noNaN: true }).map((value) => value + 0)
const extent = fc.double({ min: 0, max: 50, noNaN: true })
const point: fc.Arbitrary<Point> = fc.record({ x: number, y: number })
const className = fc.constantFrom("car", "naïve 車", 'a "b", <c>', "🚲")

const subs: fc.Arbitrary<SubAnnotations> = fc.record(
  {
    text: fc.record({ text: fc.string({ unit: "grapheme" }) }),
    attributes: fc
      .array(fc.constantFrom("red", "wet", "iscrowd"), { maxLength: 2 })
      .map((names) => [...new Set(names)]),
    instance_id: fc.record({ value: fc.nat() }),
  },
  { requiredKeys: [] },
)

const boxes = fc.record({
  name: className,
  type: fc.constant("bounding_box"),
  bounding_box: fc.record({ x: number, y: number, w: extent, h: extent }),
})
const polygons = fc.record({
  name: className,
  type: fc.constant("polygon"),
  polygon: fc.record({
    paths: fc.array(fc.array(point, { minLength: 3, maxLength: 12 }), { minLength: 1, maxLength: 1 }),
  }),
})
// Squares on a grid, some of them with a square inside.
const squares = fc.record({
  name: className,
  type: fc.constant("polygon"),
  polygon: fc
    .uniqueArray(fc.tuple(fc.nat(2), fc.nat(1), fc.boolean()), {
      minLength: 2,
      maxLength: 6,
      selector: ([x, y]) => 3 * y + x,
    })
    .map((places) => ({
      paths: places.flatMap(([x, y, hollow]) => {
        const outer = square(2 + 18 * x, 2 + 18 * y, 15.5)
        return hollow ? [outer, square(6 + 18 * x, 7 + 18 * y, 6)] : [outer]
      }),
    })),
})
const keypoints = fc.record({ name: fc.constant("spot"), type: fc.constant("keypoint"), keypoint: point })
const skeletons = fc.record({
  name: fc.constant("dog"),
  type: fc.constant("skeleton"),
  skeleton: fc.tuple(point, point, fc.boolean()).map(([head, tail, occluded]) => ({
    nodes: [
      { name: "head", ...head, occluded: false },
      { name: "tail", ...tail, occluded },
    ],
  })),
})
const shapes = fc
  .tuple(fc.oneof(boxes, polygons, squares, keypoints, skeletons), subs)
  .map(([shape, own]) => ({ ...shape, slot_names: ["0"], ...own }) as unknown as ImageAnnotation)
const tags = className.map((name): ImageAnnotation => ({ name, slot_names: ["0"], tag: {}, type: "tag" }))

const ellipses = fc
  .record({
    name: className,
    center: point,
    x: extent,
    y: extent,
    angle: fc.double({ min: -7, max: 7, noNaN: true }),
  })
  .map(
    ({ name, center, x, y, angle }): ImageAnnotation => ({
      name,
      slot_names: ["0"],
      type: "ellipse",
      ellipse: { center, radius: { x, y }, angle },
    }),
  )
// Two masks and the layer of their pixels; a mask may have none.
const layers = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 400 })), { maxLength: 40 })
  .map((runs): ImageAnnotation[] => {
    let left = width * height
    const dense_rle = runs.flatMap(([label, run]) => {
      const length = Math.min(run, left)
      left -= length
      return length === 0 ? [] : [label, length]
    })
    if (left > 0) dense_rle.push(0, left)
    const base = { slot_names: ["0"] }
    return [
      { ...base, id: "m1", name: "road", mask: {}, type: "mask" },
      { ...base, id: "m2", name: "car", mask: {}, type: "mask" },
      {
        ...base,
        name: "__raster_layer__",
        type: "raster_layer",
        raster_layer: {
          dense_rle,
          mask_annotation_ids_mapping: { m1: 1, m2: 2 },
          total_pixels: width * height,
        },
      },
    ]
  })

const part = fc.constantFrom("a", "b c", "ü", "🚗.x", "c#%41")

/** Files of one image, with whatever COCO gives back as it was. */
export const files: fc.Arbitrary<AnnotationFile> = filesOf(shapes)

/** Files of one image with shapes that become another one, too: ellipses and masks. */
export const filesOfAllShapes: fc.Arbitrary<AnnotationFile> = fc
  .tuple(filesOf(fc.oneof({ weight: 4, arbitrary: shapes }, ellipses)), layers)
  .map(([file, layer]) => ({ ...file, annotations: [...file.annotations, ...layer] }))

function filesOf(drawn: fc.Arbitrary<ImageAnnotation>): fc.Arbitrary<AnnotationFile> {
  return fc
    .record({
      name: part,
      folder: fc.array(part, { maxLength: 3 }),
      tags: fc.array(tags, { maxLength: 2 }),
      shapes: fc.array(drawn, { maxLength: 6 }),
    })
    .map(({ name, folder, tags: own, shapes: others }) => ({
      path: "in.json",
      version: "2.0",
      item: {
        name,
        path: `/${folder.join("/")}`,
        source_info: { workview_url: "http://127.0.0.1/w" },
        slots: [
          {
            slot_name: "0",
            type: "image",
            source_files: [{ file_name: name, url: "http://127.0.0.1/u" }],
            width,
            height,
          },
        ],
      },
      annotations: [...own, ...others],
    }))
}

function square(x: number, y: number, side: number): Point[] {
  return [
    { x, y },
    { x: x + side, y },
    { x: x + side, y: y + side },
    { x, y: y + side },
  ]
}
