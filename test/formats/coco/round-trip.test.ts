import { join } from "node:path"
import fc from "fast-check"
import { expect, it } from "vitest"
import { coco } from "../../../src/formats/coco/index.ts"
import { pathsOf } from "../../../src/geometry/polygon.ts"
import type { ImageAnnotation, SubAnnotations } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import type { Point } from "../../../src/model/point.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { inDirectory } from "../golden.ts"

const [width, height] = [60, 40]
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

const part = fc.constantFrom("a", "b c", "ü", "🚗.x", "c#%41")
const files: fc.Arbitrary<AnnotationFile> = fc
  .record({
    name: part,
    folder: fc.array(part, { maxLength: 3 }),
    tags: fc.array(tags, { maxLength: 2 }),
    shapes: fc.array(shapes, { maxLength: 6 }),
  })
  .map(({ name, folder, tags: own, shapes: drawn }) => ({
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
    annotations: [...own, ...drawn],
  }))

it("gives back what COCO holds: Darwin to COCO to Darwin", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(files, { maxLength: 5 }),
      fc.constantFrom("counts", "compressed"),
      (input, rle) =>
        inDirectory(async (directory) => {
          const summary = await pipeline(input, coco.write(directory, { rle }))
          expect(summary.skipped).toEqual([])
          const read: AnnotationFile[] = []
          for await (const file of coco.read(join(directory, "output.json"))) read.push(file)
          expect(read.map(({ item }) => item)).toEqual(input.map(({ item }) => item))
          expect(read.map(({ annotations }) => annotations.map(comparable))).toEqual(
            input.map(({ annotations }) => annotations.map((one) => comparable(one as ImageAnnotation))),
          )
        }),
    ),
    { numRuns: 150 },
  )
})

/**
 * An annotation as far as COCO can hold it: with holes its pixels, the attribute of crowds last, no box of a
 * polygon's.
 */
function comparable(annotation: object): unknown {
  const { bounding_box, ...one } = annotation as Record<string, unknown> & {
    type: string
    attributes?: string[]
  }
  const attributes = one.attributes && [...one.attributes].sort()
  const base = { ...one, ...(attributes && { attributes }) }
  if (one.type !== "polygon") return { ...base, ...(bounding_box !== undefined && { bounding_box }) }
  const paths = pathsOf(one.polygon as Parameters<typeof pathsOf>[0])
  // Paths along pixels and those they were drawn from differ in points; the pixels tell whether they are one shape.
  return paths.length === 1 ? base : { ...base, polygon: pictureByCells(paths, width, height) }
}

function square(x: number, y: number, side: number): Point[] {
  return [
    { x, y },
    { x: x + side, y },
    { x: x + side, y: y + side },
    { x, y: y + side },
  ]
}
