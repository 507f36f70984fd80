import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { darwin } from "../../../src/formats/darwin/index.ts"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import { boundsOf, pathsOf } from "../../../src/geometry/polygon.ts"
import type { Annotation, ImageAnnotation, SubAnnotations } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import type { Point } from "../../../src/model/point.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { picture as pictures } from "../../geometry/arbitraries.ts"
import { damaged } from "../../parse/damaged.ts"
import { exportCase, exportCases, filesBelow } from "../golden.ts"
import { readAll } from "../imported.ts"
import { documentsBelow, writeFiles } from "./files.ts"
import { pixelsInside } from "./truth.ts"
import { checkItem, isForDarwinPy } from "./validator.ts"

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dataloop-"))
})
afterAll(() => rmSync(directory, { recursive: true }))

const number = fc.double({ min: -50, max: 700, noNaN: true }).map((value) => value + 0)
const extent = fc.double({ min: 0, max: 500, noNaN: true }).map((value) => value + 0)
// Sums of such numbers are exact.
const coordinate = fc.integer({ min: -5_000, max: 70_000 }).map((value) => value / 64)
const side = fc.integer({ min: 0, max: 50_000 }).map((value) => value / 64)
const point: fc.Arbitrary<Point> = fc.record({ x: number, y: number })
const box = fc.record({ x: coordinate, y: coordinate, w: side, h: side })
const path = fc.array(point, { minLength: 1, maxLength: 8 })
const className = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom("car", "naïve 車", 'a "b"', " padded ", "\ud800"),
  )
  .filter((name) => name.trim() !== "")

const shape = fc.oneof(
  fc.record({ type: fc.constant("bounding_box"), bounding_box: box }),
  fc.record({
    type: fc.constant("polygon"),
    polygon: fc.record({ paths: fc.array(path, { minLength: 1, maxLength: 3 }) }),
  }),
  fc.record({ type: fc.constant("tag"), tag: fc.constant({}) }),
  fc.record({ type: fc.constant("line"), line: fc.record({ path }) }),
  fc.record({ type: fc.constant("keypoint"), keypoint: point }),
  fc.record({
    type: fc.constant("ellipse"),
    ellipse: fc.record({
      angle: fc.double({ min: -7, max: 7, noNaN: true }).map((value) => value + 0),
      center: point,
      radius: fc.record({ x: extent, y: extent }),
    }),
  }),
  fc.record({ type: fc.constant("cuboid"), cuboid: fc.record({ back: box, front: box }) }),
)
const subs: fc.Arbitrary<SubAnnotations> = fc.record(
  {
    text: fc.record({ text: fc.string({ unit: "binary" }) }),
    attributes: fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 3 }),
    instance_id: fc.record({ value: fc.nat() }),
  },
  { requiredKeys: [] },
)
const annotations = fc.array(
  fc
    .tuple(className, shape, subs)
    .map(([name, held, own]) => ({ name, ...held, ...own }) as unknown as ImageAnnotation),
  { maxLength: 6 },
)
const part = fc.constantFrom("a", "b c", "ü", "🚗.x", "c#%41")
const files: fc.Arbitrary<AnnotationFile> = fc
  .record({ name: part, folder: fc.array(part, { maxLength: 3 }), annotations, isSized: fc.boolean() })
  .map(({ name, folder, annotations: own, isSized }) => ({
    path: "in.json",
    version: "2.0",
    item: {
      name: `${name}.jpg`,
      path: `/${folder.join("/")}`,
      slots: [
        {
          slot_name: "0",
          type: "image",
          source_files: [{ file_name: `${name}.jpg` }],
          ...(isSized && { width: 640, height: 480 }),
        },
      ],
    },
    annotations: own,
  }))

/** An annotation as it comes back: a polygon with its box beside it, an angle to 1e-12. */
function returned(annotation: Annotation): unknown {
  if (annotation.type === "polygon") {
    return { ...annotation, bounding_box: boundsOf(pathsOf(annotation.polygon)) }
  }
  if (annotation.type !== "ellipse") return annotation
  const { angle, ...rest } = annotation.ellipse
  return { ...annotation, ellipse: { ...rest, angle: expect.closeTo(angle, 12) } }
}

it("gives back what it holds, in files that the consumers' rules pass", async () => {
  await fc.assert(
    fc.asyncProperty(files, async (file) => {
      const below = mkdtempSync(join(directory, "set-"))
      const { summary, events } = await writeFiles(below, [file])
      const count = file.annotations.length
      expect(summary).toMatchObject({ images: 1, annotations: count, written: count, skipped: [] })
      expect(events).toEqual([{ type: "file", task: "write", path: "in.json" }])
      for (const document of documentsBelow(below).values()) {
        checkItem(document)
        for (const one of document.annotations) {
          const isSimple = ["box", "class"].includes(one.type) || (one.coordinates as unknown[]).length === 1
          expect(isForDarwinPy({ ...one })).toBe(["box", "class", "segment"].includes(one.type) && isSimple)
        }
      }
      const read = await readAll(dataloop, below)
      expect(read.events).toEqual([])
      expect(read.files).toEqual([
        {
          ...file,
          path: expect.stringMatching(/\.json$/),
          annotations: file.annotations.map(returned),
        },
      ])
    }),
    { numRuns: 200 },
  )
})

it("writes every golden case by the consumers' rules, and the same bytes again", async () => {
  for (const name of exportCases) {
    const [first, second] = [mkdtempSync(join(directory, "a-")), mkdtempSync(join(directory, "b-"))]
    const read = () => darwin.read(exportCase(name, "input"), { onInvalid: "skip" })
    await pipeline(read(), dataloop.write(first))
    await pipeline(read(), dataloop.write(second))
    for (const document of documentsBelow(first).values()) checkItem(document)
    const bytes = (below: string) =>
      filesBelow(below).map((file) => [file, readFileSync(join(below, file), "utf8")])
    expect(bytes(second)).toEqual(bytes(first))
  }
})

it("writes masks as segments of the same pixels", async () => {
  await fc.assert(
    fc.asyncProperty(pictures, async (rows) => {
      const below = mkdtempSync(join(directory, "mask-"))
      const [width, height] = [rows[0]?.length as number, rows.length]
      const runs = [...rows.join("")].flatMap((pixel) => [pixel === "#" ? 1 : 0, 1])
      const pixels = new Set<string>()
      rows.forEach((row, y) => {
        for (let x = 0; x < width; x++) if (row[x] === "#") pixels.add(`${x} ${y}`)
      })
      const file: AnnotationFile = {
        path: "in.json",
        item: { name: "a.png", path: "/", slots: [{ slot_name: "0", type: "image", width, height }] },
        annotations: [
          { type: "mask", id: "m", name: "car", mask: {} },
          {
            type: "raster_layer",
            name: "__raster_layer__",
            raster_layer: {
              dense_rle: runs,
              mask_annotation_ids_mapping: { m: 1 },
              total_pixels: width * height,
            },
          },
        ],
      }
      const { summary } = await writeFiles(below, [file])
      expect(summary.written).toBe(pixels.size > 0 ? 2 : 1)
      const { files: read } = await readAll(dataloop, below)
      const [mask] = read[0]?.annotations ?? []
      if (pixels.size === 0) expect(mask).toBeUndefined()
      else if (mask?.type === "polygon") {
        expect(pixelsInside(pathsOf(mask.polygon), width, height)).toEqual(pixels)
      } else throw new Error("no polygon")
    }),
    { numRuns: 100 },
  )
})

it("takes any numbers, and says which are too large", async () => {
  const wild = fc.double()
  const wildBox = fc.record({ x: wild, y: wild, w: wild, h: wild })
  const wildPoint = fc.record({ x: wild, y: wild })
  const wildShape = fc.oneof(
    fc.record({ type: fc.constant("bounding_box"), bounding_box: wildBox }),
    fc.record({
      type: fc.constant("polygon"),
      polygon: fc.record({ path: fc.array(wildPoint, { maxLength: 3 }) }),
    }),
    fc.record({
      type: fc.constant("line"),
      line: fc.record({ path: fc.array(wildPoint, { maxLength: 3 }) }),
    }),
    fc.record({ type: fc.constant("keypoint"), keypoint: wildPoint }),
    fc.record({ type: fc.constant("cuboid"), cuboid: fc.record({ back: wildBox, front: wildBox }) }),
    fc.record({
      type: fc.constant("ellipse"),
      ellipse: fc.record({ angle: wild, center: wildPoint, radius: wildPoint }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(wildShape, { maxLength: 6 }), async (shapes) => {
      const below = mkdtempSync(join(directory, "wild-"))
      const { summary } = await writeFiles(below, [
        {
          path: "in.json",
          item: { name: "a.png", path: "/" },
          annotations: shapes.map((one) => ({ name: "a", ...one }) as unknown as Annotation),
        },
      ])
      expect(summary.annotations).toBe(shapes.length)
      for (const document of documentsBelow(below).values()) {
        checkItem(document)
        expect(document.annotations).toHaveLength(summary.written)
      }
    }),
    { numRuns: 200 },
  )
})

it("meets damaged files with a typed error or a result", async () => {
  const text = JSON.stringify({
    filename: "/a/b.mp4",
    metadata: {
      system: { width: 10, height: 8, mimetype: "video/mp4", ffmpeg: { nb_frames: "9" } },
      fps: 2.5,
    },
    annotations: [
      {
        id: "p",
        type: "box",
        label: "car",
        attributes: ["x"],
        coordinates: [{ x: 1, y: 2, z: 0 }, { x: 3.5, y: 4, z: 0 }, 30],
        metadata: {
          system: {
            frame: 1,
            endFrame: 6,
            objectId: "7",
            attributes: { "1": ["a", true], "2": 0.5 },
            snapshots_: [
              {
                frame: 4,
                objectVisible: false,
                data: [
                  { x: 1, y: 2 },
                  { x: 3, y: 4 },
                ],
              },
            ],
          },
        },
      },
      { id: "q", type: "pose", label: "man", coordinates: { templateId: "t" }, metadata: { system: {} } },
      { type: "point", label: "head", coordinates: { x: 1, y: 2 }, metadata: { system: { parentId: "q" } } },
      { type: "ellipse", label: "e", coordinates: { angle: 3, rx: 1, ry: 2, center: { x: 1, y: 2 } } },
      { type: "binary", label: "m", coordinates: "data:image/png;base64,iVBORw0KGgo=" },
    ],
  })
  const path = join(directory, "damaged.json")
  const isFiniteDeep = (value: unknown): boolean =>
    typeof value === "number"
      ? Number.isFinite(value)
      : typeof value !== "object" || value === null || Object.values(value).every(isFiniteDeep)
  await fc.assert(
    fc.asyncProperty(
      damaged(damaged(fc.constant(text))),
      fc.constantFrom(text.length, text.length, 10, 300),
      fc.boolean(),
      async (changed, cut, isImage) => {
        writeFileSync(path, (isImage ? changed.replace("video/mp4", "image/png") : changed).slice(0, cut))
        const { files: read } = await readAll(dataloop, path, { onInvalid: "skip" })
        expect(isFiniteDeep(read)).toBe(true)
        try {
          await readAll(dataloop, path)
        } catch (error) {
          expect(error).toMatchObject({ code: "format", file: path })
        }
      },
    ),
    { numRuns: 500 },
  )
})
