import fc from "fast-check"
import { expect, it } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import type { CvatWriteOptions } from "../../../src/formats/cvat/index.ts"
import { cvat } from "../../../src/formats/cvat/index.ts"
import type { WriteSummary } from "../../../src/formats/format.ts"
import { pathsOf } from "../../../src/geometry/polygon.ts"
import type { Annotation, Frame, ImageAnnotation, VideoAnnotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { isXmlText } from "../../../src/parse/xml-write.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { inContext } from "../../../src/stream.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { inDirectory } from "../golden.ts"
import { parsedBelow } from "./parsed.ts"
import { checkCvat } from "./validator.ts"

const [width, height] = [60, 40]
const number = fc.integer({ min: -400, max: 800 }).map((value) => value / 8)
const extent = fc.integer({ min: 0, max: 400 }).map((value) => value / 8)
const point = fc.record({ x: number, y: number })
const box = fc.record({ x: number, y: number, w: extent, h: extent })
const text = fc.string({ unit: "grapheme", maxLength: 10 }).filter((one) => isXmlText(one))
const className = fc.constantFrom("car", "naïve 車", 'a "b", <c>', "🚲", "text", "__proto__")

const shapes: Readonly<Record<string, fc.Arbitrary<object>>> = {
  bounding_box: box,
  polygon: fc.array(point, { minLength: 3, maxLength: 9 }).map((path) => ({ paths: [path] })),
  line: fc.array(point, { minLength: 2, maxLength: 9 }).map((path) => ({ path })),
  keypoint: point,
  ellipse: fc.record({
    angle: fc.integer({ min: -31, max: 31 }).map((value) => value / 10),
    center: point,
    radius: fc.record({ x: extent, y: extent }),
  }),
  cuboid: fc.record({ front: box, back: box }),
  skeleton: fc
    .uniqueArray(fc.constantFrom("head", "tail", "<paw>"), { minLength: 1 })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          fc.record({ name: fc.constant(name), x: number, y: number, occluded: fc.boolean() }),
        ),
      ),
    )
    .map((nodes) => ({ nodes })),
}
const tags: Readonly<Record<string, fc.Arbitrary<object>>> = { tag: fc.constant({}) }

const subs = fc
  .record(
    {
      attributes: fc.subarray(["occluded", "red", "__text", "attribute:x", "is <wet>"], { minLength: 1 }),
      text: fc.record({ text }),
      instance_id: fc.record({ value: fc.nat() }),
    },
    { requiredKeys: [] },
  )
  .map((own) => own as object)

const ofType = (type: string, shape: fc.Arbitrary<object>): fc.Arbitrary<Annotation> =>
  fc.tuple(className, shape, subs).map(([name, made, own]) => {
    return { type, name, slot_names: ["0"], ...own, [type]: made } as unknown as Annotation
  })
const stills = fc.oneof(...Object.entries({ ...shapes, ...tags }).map(([type, shape]) => ofType(type, shape)))

const part = fc.constantFrom("a", "b c", "ü", "🚗.x", "c#%41", "d&e'\"")
const items = fc.record({ name: part, folder: fc.array(part, { maxLength: 3 }) })

const images: fc.Arbitrary<AnnotationFile> = fc
  .tuple(items, fc.array(stills, { maxLength: 8 }))
  .map(([{ name, folder }, annotations]) => ({
    path: "in.json",
    version: "2.0",
    item: {
      name: `${name}.png`,
      path: `/${folder.join("/")}`,
      slots: [{ slot_name: "0", type: "image", source_files: [{ file_name: `${name}.png` }], width, height }],
    },
    annotations,
  }))

async function thereAndBack(
  input: readonly AnnotationFile[],
  options?: CvatWriteOptions,
): Promise<{ summary: WriteSummary; read: AnnotationFile[]; events: RunEvent[] }> {
  return inDirectory(async (directory) => {
    const summary = await pipeline(input, cvat.write(directory, options))
    for (const document of parsedBelow(directory).values()) checkCvat(document)
    const events: RunEvent[] = []
    const read: AnnotationFile[] = []
    const source = inContext(cvat.read(directory), { onEvent: (event) => events.push(event) })
    for await (const file of source) read.push({ ...file, path: "in.json" })
    return { summary, read, events }
  })
}

/** What CVAT cannot tell apart: the order of attributes, whole turns, the box beside a polygon, noise of `xbr - xtl`. */
function comparable(annotation: object): unknown {
  return JSON.parse(JSON.stringify(annotation), function (this: object, key, value) {
    if (key === "attributes" && Array.isArray(value)) return [...value].sort()
    if (key === "bounding_box" && "polygon" in this) return undefined
    return typeof value === "number" ? Math.round(value * 1e6) / 1e6 + 0 : value
  })
}

it("gives images back: every shape, its class and what stands beside it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(images, { maxLength: 4 }), async (input) => {
      const { summary, read, events } = await thereAndBack(input)
      expect(summary.skipped).toEqual([])
      expect(summary.written).toBe(input.reduce((sum, { annotations }) => sum + annotations.length, 0))
      expect(events).toEqual([])
      expect(read.map(({ item }) => item)).toEqual(input.map(({ item }) => item))
      expect(read.map(({ annotations }) => annotations.map(comparable))).toEqual(
        input.map(({ annotations }) => annotations.map(comparable)),
      )
    }),
    { numRuns: 100 },
  )
})

const frameCount = 20
const tracks = fc.constantFrom(...Object.keys(shapes)).chain((type) =>
  fc
    .record({
      name: className,
      cuts: fc.uniqueArray(fc.integer({ min: 0, max: frameCount }), { minLength: 2, maxLength: 4 }),
      made: fc.array(fc.tuple(shapes[type] as fc.Arbitrary<object>, subs, fc.boolean()), {
        minLength: frameCount,
        maxLength: frameCount,
      }),
    })
    .map(({ name, cuts, made }): VideoAnnotation => {
      const sorted = [...cuts].sort((a, b) => a - b)
      const ranges: [number, number][] = []
      for (let i = 0; i + 1 < sorted.length; i += 2)
        ranges.push([sorted[i] as number, sorted[i + 1] as number])
      const frames: Record<string, Frame> = {}
      for (const [start, end] of ranges) {
        for (let at = start; at < end; at++) {
          const [shape, own, isKeyframe] = made[at] as (typeof made)[number]
          // Skeletons of one track have the same points all the way.
          const held = type === "skeleton" ? made[start]?.[0] : shape
          frames[at] = { ...own, [type]: held, keyframe: isKeyframe || at === start } as Frame
        }
      }
      return { type: "video", name, slot_names: ["0"], frames, ranges, interpolated: true }
    }),
)

it("gives videos back: tracks with their frames, keyframes and ranges", async () => {
  const videos = fc.tuple(items, fc.array(tracks, { minLength: 1, maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(videos, async ([{ name, folder }, annotations]) => {
      const slot = { slot_name: "0", type: "video" as const, frame_count: frameCount, width, height }
      const item = {
        name: `${name}.mp4`,
        path: `/${folder.join("/")}`,
        slots: [{ ...slot, source_files: [{ file_name: `${name}.mp4` }] }],
      }
      const { summary, read, events } = await thereAndBack([
        { path: "in.json", version: "2.0", item, annotations },
      ])
      expect(summary).toMatchObject({ images: 1, written: annotations.length, skipped: [] })
      expect(events).toEqual([])
      expect(read.map((file) => file.item)).toEqual([item])
      expect(read[0]?.annotations.map(comparable)).toEqual(annotations.map(comparable))
    }),
    { numRuns: 100 },
  )
})

it("gives polygons with holes back pixel by pixel, and parts one by one", async () => {
  const square = (x: number, y: number, side: number) => [
    { x, y },
    { x: x + side, y },
    { x: x + side, y: y + side },
    { x, y: y + side },
  ]
  const polygon = (...paths: { x: number; y: number }[][]): ImageAnnotation => ({
    type: "polygon",
    name: "lake",
    polygon: { paths },
  })
  const slots = [{ slot_name: "0", type: "image" as const, width, height }]
  const hollow = [square(2, 2, 20.5), square(6, 7, 6)]
  const apart = [square(1, 1, 5), square(30, 10, 8)]
  const annotations = [polygon(...hollow), polygon(...apart)]
  const { summary, read } = await thereAndBack([
    { path: "a.json", item: { name: "a.png", path: "/", slots }, annotations },
  ])
  expect(summary).toMatchObject({ annotations: 2, written: 2 })
  const [mask, ...parts] = (read[0]?.annotations ?? []) as Extract<ImageAnnotation, { type: "polygon" }>[]
  expect(pictureByCells(mask === undefined ? [] : pathsOf(mask.polygon), width, height)).toEqual(
    pictureByCells(hollow, width, height),
  )
  expect(parts.map((one) => pathsOf(one.polygon))).toEqual(apart.map((path) => [path]))
})
