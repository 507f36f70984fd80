import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Annotation } from "../../../src/model/annotation.ts"
import { paths } from "../../geometry/arbitraries.ts"
import { formats, image, readOutput, semanticFormats, write } from "./files.ts"
import { classesOf, classImage, truthOf } from "./truth.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "masks-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

const [width, height] = [13, 9]
const name = fc.constantFrom("car", "Car", "bus", " tree ", "ü", 'a,"b"\n', "__proto__")

const polygon = fc
  .record({ name, paths })
  .map(({ name, paths }): Annotation => ({ type: "polygon", name, polygon: { paths } }))

const length = fc.double({ min: 0, max: 12, noNaN: true })
const ellipse = fc.record({ name, x: length, y: length, a: length, b: length, angle: length }).map(
  ({ name, x, y, a, b, angle }): Annotation => ({
    type: "ellipse",
    name,
    ellipse: { angle, center: { x, y }, radius: { x: a, y: b } },
  }),
)

/** A layer of up to three masks, of which some are missing, and pixels of which some are nobody's. */
const layered = fc
  .record({
    names: fc.array(name, { maxLength: 3 }),
    pixels: fc.array(fc.integer({ min: 0, max: 4 }), {
      minLength: width * height,
      maxLength: width * height,
    }),
  })
  .map(({ names, pixels }): Annotation[] => {
    const ids = names.map((_, i) => `mask ${i}`)
    return [
      {
        type: "raster_layer",
        name: "__raster_layer__",
        raster_layer: {
          dense_rle: pixels.flatMap((label) => [label, 1]),
          mask_annotation_ids_mapping: Object.fromEntries(ids.map((id, i) => [id, i + 1])),
          total_pixels: pixels.length,
        },
      },
      ...names.map((name, i): Annotation => ({ type: "mask", name, id: ids[i] as string, mask: {} })),
    ]
  })

const other = fc.constant<Annotation>({ type: "tag", name: "night", tag: {} })

const annotations = fc
  .tuple(fc.array(fc.oneof(polygon, ellipse, other), { maxLength: 5 }), fc.option(layered))
  .chain(([shapes, layer]) => {
    const all = [...shapes, ...(layer ?? [])]
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
  })

describe("masks of any annotations", () => {
  it("are pixel by pixel what the annotations say, and all are counted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(annotations, { minLength: 1, maxLength: 3 }), async (pictures) => {
        const files = pictures.map((shapes, i) => image(`${i}.jpg`, shapes, { width, height }))
        const truths = files.map((file) => truthOf(file) as NonNullable<ReturnType<typeof truthOf>>)
        const classes = ["__background__", ...classesOf(files)]
        for (const format of formats) {
          const target = mkdtempSync(join(directory, "run-"))
          const { summary } = await write(format, files, target)
          const { images, rows } = readOutput(target)
          const skipped = summary.skipped.reduce((sum, { count }) => sum + count, 0)
          expect(summary.annotations).toBe(files.flatMap((file) => file.annotations).length)
          expect(summary.annotations).toBe(summary.written + skipped)

          if (!semanticFormats.includes(format as never)) {
            const instances = truths.flatMap((truth) =>
              truth.instances.filter(({ pixels }) => pixels.includes(true)),
            )
            expect(rows.map(([, , name]) => name)).toEqual(instances.map(({ name }) => name))
            rows.forEach(([, id], i) => {
              const pixels = instances[i]?.pixels.map((isSet) => (isSet ? 255 : 0)).join()
              expect(images.get(`${id}.png`)?.pixels).toBe(pixels)
            })
            continue
          }
          expect(rows.map(([name]) => name)).toEqual(classes)
          const values = new Map(rows as [string, string][])
          expect(new Set(values.values()).size).toBe(classes.length)
          truths.forEach((truth, i) => {
            const pixels = classImage(truth).map((name) => values.get(name))
            expect(images.get(`${i}.png`)?.pixels).toBe(pixels.join())
          })
        }
      }),
      { numRuns: 60 },
    )
  })
})
