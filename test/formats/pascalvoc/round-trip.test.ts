import { mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { PascalVocCoordinates } from "../../../src/formats/pascalvoc/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import { isXmlText } from "../../../src/parse/xml-write.ts"
import { damaged } from "../../parse/damaged.ts"
import { image, readFiles, temporary, writeFiles } from "./files.ts"
import { type Tree, trees } from "./golden.ts"

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
    fc.constantFrom("<car>", "a & b", '"', "日本", "🚗", "&amp;", "]]>"),
  )
  .map((name) => `n${name}m`)
  .filter((name) => isXmlText(name))
const flags = fc.subarray(["truncated", "difficult", "occluded"])
const boxes = fc
  .record({
    x: fc.nat(width - 1),
    y: fc.nat(height - 1),
    right: fc.nat(width - 1),
    bottom: fc.nat(height - 1),
  })
  .map(({ x, y, right, bottom }) => ({
    x: Math.min(x, right),
    y: Math.min(y, bottom),
    w: Math.abs(x - right) + 1,
    h: Math.abs(y - bottom) + 1,
  }))
const annotations = fc.array(
  fc.record({ name: names, bounding_box: boxes, attributes: flags }).map(({ attributes, ...annotation }) => ({
    type: "bounding_box" as const,
    ...annotation,
    ...(attributes.length > 0 && { attributes }),
  })),
  { maxLength: 8 },
)
const folders = fc
  .array(fc.constantFrom("a", "b c", "ü", "x.y"), { maxLength: 3 })
  .map((parts) => `/${parts.join("/")}`)

/** The rules of the devkit's annotation files, restated: what elements there are, in which order, with which values. */
function checkDevkit([root, content]: Tree): void {
  expect(root).toBe("annotation")
  const elements = content as Tree[]
  expect(elements.map(([name]) => name).join(" ")).toMatch(
    /^folder filename path source( size)? segmented( object)*$/,
  )
  for (const [, children] of elements.filter(([name]) => name === "object")) {
    const values = Object.fromEntries(children as Tree[])
    expect(Object.keys(values).join(" ")).toMatch(/^name pose truncated( occluded)? difficult bndbox$/)
    for (const flag of ["truncated", "difficult"]) expect(["0", "1"]).toContain(values[flag])
    const box = Object.fromEntries(values.bndbox as Tree[])
    const [xmin, ymin, xmax, ymax] = ["xmin", "ymin", "xmax", "ymax"].map((corner) => {
      expect(box[corner]).toMatch(/^[1-9]\d*$/)
      return Number(box[corner])
    }) as [number, number, number, number]
    expect(1 <= xmin && xmin <= xmax && xmax <= width).toBe(true)
    expect(1 <= ymin && ymin <= ymax && ymax <= height).toBe(true)
  }
}

describe.each<PascalVocCoordinates>(["zero-based", "devkit"])("%s", (coordinates) => {
  it("gives boxes of whole pixels, their classes, flags, names and sizes back", async () => {
    await fc.assert(
      fc.asyncProperty(
        annotations,
        folders,
        fc.constantFrom("a.jpg", "x.v1", "é.tiff"),
        async (annotations, folder, name) => {
          const below = mkdtempSync(join(directory, "set-"))
          const file = image(name, annotations, {
            folder,
            slot: { width, height, source_files: [{ file_name: name }] },
          })
          const { summary } = await writeFiles(below, [file], { coordinates })
          expect(summary).toMatchObject({
            images: 1,
            annotations: annotations.length,
            written: annotations.length,
            skipped: [],
          })
          const { files, events } = await readFiles(below, { coordinates })
          expect(events).toEqual([])
          expect(files).toEqual([{ ...file, path: expect.stringMatching(/\.xml$/) }])
          if (coordinates === "devkit") for (const tree of trees(below).values()) checkDevkit(tree)
        },
      ),
      { numRuns: 200 },
    )
  })
})

it("keeps the devkit's rules for boxes of any numbers", async () => {
  const numbers = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: -700, max: 700, noNaN: true }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(numbers, numbers, numbers, numbers), { maxLength: 20 }),
      async (boxes) => {
        const below = mkdtempSync(join(directory, "set-"))
        const annotations = boxes.map(
          ([x, y, w, h]): Annotation => ({ type: "bounding_box", name: "a", bounding_box: { x, y, w, h } }),
        )
        const file = image("a.jpg", annotations, { slot: { width, height } })
        const { summary } = await writeFiles(below, [file], { coordinates: "devkit" })
        expect(summary.annotations).toBe(boxes.length)
        for (const tree of trees(below).values()) checkDevkit(tree)
      },
    ),
    { numRuns: 200 },
  )
})

it("meets damaged files with a typed error or a result", async () => {
  const xml =
    '<?xml version="1.0"?>\n<annotation><filename>a.jpg</filename><size><width>10</width><height>8</height></size>' +
    "<object><name>car &amp; <![CDATA[<x>]]></name><truncated>1</truncated><bndbox><xmin>1</xmin><ymin>2</ymin>" +
    "<xmax>3.5</xmax><ymax>4e0</ymax></bndbox></object><!-- end --></annotation>\n"
  const path = join(directory, "damaged.xml")
  await fc.assert(
    fc.asyncProperty(
      damaged(damaged(fc.constant(xml))),
      fc.nat(xml.length),
      fc.boolean(),
      async (text, cut, isCut) => {
        writeFileSync(path, isCut ? text.slice(0, cut) : text)
        const { files } = await readFiles(path, { onInvalid: "skip" })
        for (const { annotations } of files) {
          for (const annotation of annotations) {
            if (annotation.type !== "bounding_box") throw new Error("not a box")
            const { x, y, w, h } = annotation.bounding_box
            expect([x, y, w, h].every(Number.isFinite) && w >= 0 && h >= 0).toBe(true)
          }
        }
        try {
          await readFiles(path)
        } catch (error) {
          expect(error).toMatchObject({ code: "format", file: path })
        }
      },
    ),
    { numRuns: 500 },
  )
})
