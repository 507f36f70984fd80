import { mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { yolo, yoloSegmented } from "../../../src/formats/yolo/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { Box, Point } from "../../../src/model/point.ts"
import { damaged } from "../../parse/damaged.ts"
import { image, readFiles, temporary, writeFiles } from "./files.ts"
import { isInside } from "./truth.ts"
import { loadDataset } from "./ultralytics.ts"

let directory: string
let remove: () => void
beforeAll(() => {
  ;({ directory, remove } = temporary())
})
afterAll(() => remove())

const width = 640
const height = 480

const names = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("no", "1_000", "two\nlines", "日本", "🚗", "'", '"', "# x", "a: b", "{", "~"),
  )
  .map((name) => name.trim())
  .filter((name) => name !== "")
const within = (most: number) => fc.nat(most * 1_024).map((number) => number / 1_024)
const anywhere = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
  fc.double({ min: -700, max: 1_300, noNaN: true }),
  fc.integer({ min: -2, max: 700 }),
)
const points = (x: fc.Arbitrary<number>, y: fc.Arbitrary<number>) => fc.record({ x, y })
const folders = fc
  .array(fc.constantFrom("a", "b c", "ü", "x.y"), { maxLength: 3 })
  .map((parts) => `/${parts.join("/")}`)
const files = fc.record({ folder: folders, name: fc.constantFrom("a.jpg", "x.v1.jpg", "é.jpg") })
const near = (a: number, b: number) => Math.abs(a - b) < 1e-6

const boxes = fc
  .record({ x: within(width), y: within(height), right: within(width), bottom: within(height) })
  .map(({ x, y, right, bottom }) => ({
    x: Math.min(x, right),
    y: Math.min(y, bottom),
    w: Math.abs(x - right),
    h: Math.abs(y - bottom),
  }))
  .filter(({ w, h }) => w > 0 && h > 0)

describe("what is written comes back", () => {
  it("as boxes, with their classes, names and folders, to a millionth of a pixel", async () => {
    const annotations = fc.array(fc.record({ name: names, bounding_box: boxes }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(annotations, files, async (boxes, { folder, name }) => {
        const below = mkdtempSync(join(directory, "set-"))
        const given = boxes.map((one): Annotation => ({ type: "bounding_box", ...one }))
        const file = image(name, given, {
          folder,
          slot: { width, height, source_files: [{ file_name: name }] },
        })
        const { summary } = await writeFiles(yolo, below, [file])
        expect(summary).toMatchObject({ annotations: given.length, written: given.length, skipped: [] })
        loadDataset(below, "box")
        const { files, events } = await readFiles(below, { imageSize: { width, height } })
        expect(events).toEqual([])
        expect(files.map(({ item }) => item)).toEqual([file.item])
        const read = files[0]?.annotations ?? []
        expect(read.map(({ name, type }) => [name, type])).toEqual(
          given.map(({ name, type }) => [name, type]),
        )
        read.forEach((annotation, i) => {
          const [a, b] = [
            (annotation as { bounding_box: Box }).bounding_box,
            (given[i] as { bounding_box: Box }).bounding_box,
          ]
          expect(near(a.x, b.x) && near(a.y, b.y) && near(a.w, b.w) && near(a.h, b.h)).toBe(true)
        })
      }),
      { numRuns: 60 },
    )
  })

  it("as polygons, point by point, and with their parts and holes", async () => {
    const path = fc.uniqueArray(points(within(width), within(height)), {
      minLength: 3,
      maxLength: 9,
      selector: ({ x, y }) => `${x} ${y}`,
    })
    const annotations = fc.array(
      fc.record({ name: names, paths: fc.array(path, { minLength: 1, maxLength: 3 }) }),
      { maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(
        annotations,
        fc.constantFrom("flat" as const, "labels" as const),
        async (polygons, layout) => {
          const below = mkdtempSync(join(directory, "set-"))
          const given = polygons
            .filter(({ paths }) => paths.every((path) => extent(path) > 0))
            .map(({ name, paths }): Annotation => ({ type: "polygon", name, polygon: { paths } }))
          const { summary } = await writeFiles(
            yoloSegmented,
            below,
            [image("a.jpg", given, { slot: { width, height } })],
            { layout },
          )
          expect(summary.written).toBe(given.length)
          loadDataset(below, "segment")
          const { files } = await readFiles(below, { imageSize: { width, height } })
          const read = files[0]?.annotations ?? []
          expect(read.map(({ name, type }) => [name, type])).toEqual(
            given.map(({ name, type }) => [name, type]),
          )
          read.forEach((annotation, i) => {
            const [mine, theirs] = [pathsOf(annotation), pathsOf(given[i] as Annotation)]
            expect(mine.map(turned).sort()).toEqual(theirs.map(turned).sort())
          })
        },
      ),
      { numRuns: 60 },
    )
  })
})

function extent(path: readonly Point[]): number {
  const [xs, ys] = [path.map(({ x }) => x), path.map(({ y }) => y)]
  return Math.min(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys))
}

function pathsOf(annotation: Annotation): readonly (readonly Point[])[] {
  if (annotation.type !== "polygon" || !("paths" in annotation.polygon))
    throw new Error("no polygon of paths")
  return annotation.polygon.paths
}

/** The same points, in 1024ths of a pixel, in the same circle, wherever it begins. */
function turned(path: readonly Point[]): string {
  const texts = path.map(({ x, y }) => `${Math.round(x * 1_024)},${Math.round(y * 1_024)}`)
  return texts
    .map((_, at) => [...texts.slice(at), ...texts.slice(0, at)].join(" "))
    .sort()
    .at(0) as string
}

const anyAnnotation: fc.Arbitrary<Annotation> = fc.oneof(
  fc.record({
    type: fc.constant("bounding_box" as const),
    name: names,
    bounding_box: fc.record({ x: anywhere, y: anywhere, w: anywhere, h: anywhere }),
  }),
  fc.record({
    type: fc.constant("polygon" as const),
    name: names,
    polygon: fc.record({
      paths: fc.array(fc.array(points(anywhere, anywhere), { maxLength: 8 }), { maxLength: 4 }),
    }),
  }),
  fc.record({
    type: fc.constant("ellipse" as const),
    name: names,
    ellipse: fc.record({
      center: points(anywhere, anywhere),
      radius: points(anywhere, anywhere),
      angle: within(7),
    }),
  }),
  fc.record({ type: fc.constant("keypoint" as const), name: names, keypoint: points(anywhere, anywhere) }),
)

it.each([yolo, yoloSegmented])(
  "$id: whatever comes, Ultralytics takes what is written, and nothing is lost",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyAnnotation, { maxLength: 12 }), async (annotations) => {
        const below = mkdtempSync(join(directory, "set-"))
        const file = image("a.jpg", annotations, { slot: { width, height } })
        const { summary } = await writeFiles(format, below, [file])
        const { files } = loadDataset(below, format === yolo ? "box" : "segment")
        expect(files.get("a.txt")).toHaveLength(summary.written)
        const skipped = summary.skipped.reduce((sum, { count }) => sum + count, 0)
        expect(summary.written + skipped).toBe(annotations.length)
        const read = await readFiles(below, { imageSize: { width, height } })
        expect(read.files[0]?.annotations).toHaveLength(summary.written)
      }),
      { numRuns: 120 },
    )
  },
)

it("fills the same places as the paths did, within the image", async () => {
  const near = fc.integer({ min: -100, max: 740 })
  const paths = fc.array(fc.array(points(near, near), { minLength: 3, maxLength: 7 }), {
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(paths, async (paths) => {
      const below = mkdtempSync(join(directory, "set-"))
      const polygon: Annotation = { type: "polygon", name: "a", polygon: { paths } }
      await writeFiles(yoloSegmented, below, [image("a.jpg", [polygon], { slot: { width, height } })])
      const numbers = loadDataset(below, "segment").files.get("a.txt")?.[0]?.numbers ?? []
      const contour = Array.from({ length: numbers.length / 2 }, (_, i) => ({
        x: (numbers[2 * i] as number) * width,
        y: (numbers[2 * i + 1] as number) * height,
      }))
      for (let y = 3.4871; y < height; y += 23) {
        for (let x = 2.5113; x < width; x += 23) {
          expect(isInside(x, y, [contour])).toBe(isInside(x, y, paths))
        }
      }
    }),
    { numRuns: 60 },
  )
})

it("meets damaged files with a typed error or a result", async () => {
  const labels = "0 0.25 0.5 0.3 0.5\n1 0.1 0.125 0.2 0.125 0.2 0.5\n\n2 1 1 1 1e-3\n"
  const config = 'train: .\nval: "images"\nnames:\n  0: car\n  1: "two\\nwords"\n  2: [x]\n'
  const below = mkdtempSync(join(directory, "set-"))
  await fc.assert(
    fc.asyncProperty(
      damaged(damaged(fc.constant(labels))),
      damaged(damaged(fc.constant(config.replace("[x]", "x")))),
      fc.boolean(),
      async (labels, config, isConfig) => {
        writeFileSync(join(below, "a.txt"), labels)
        if (isConfig) writeFileSync(join(below, "data.yaml"), config)
        const options = { imageSize: { width, height }, ...(!isConfig && { classes: ["a", "b", "c"] }) }
        const { files } = await readFiles(below, { ...options, onInvalid: "skip" })
        for (const { annotations } of files) {
          for (const { name, type } of annotations) {
            expect(name).not.toBe("")
            expect(["bounding_box", "polygon"]).toContain(type)
          }
        }
        await readFiles(below, options).catch((error) => expect(error).toMatchObject({ code: "format" }))
      },
    ),
    { numRuns: 200 },
  )
})
