import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createDarwinBytes } from "../../../src/formats/darwin/darwin-bytes.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { readAnnotationFile, writeAnnotationFile } from "../../../src/model/read.ts"
import { document } from "../../model/arbitraries.ts"

const bytesOf = createDarwinBytes()
const same = (file: AnnotationFile) => {
  expect(Buffer.from(bytesOf(file)).toString()).toBe(writeAnnotationFile(file))
}

const item = { name: "a.png", path: "/" }
const fileWith = (...annotations: readonly unknown[]) =>
  ({ path: "a.json", item, annotations }) as unknown as AnnotationFile
const polygon = (shape: unknown, others: object = {}) => ({
  name: "car",
  polygon: shape,
  type: "polygon",
  ...others,
})

const number = fc.oneof(
  fc.integer({ min: 0, max: 999_999 }).map((value) => value / 100),
  fc.double(),
  fc.constantFrom(-0, 1e21, 1e-7, -3.25),
)
const point = fc.oneof(
  { weight: 30, arbitrary: fc.record({ x: number, y: number }, { noNullPrototype: true }) },
  { weight: 1, arbitrary: fc.record({ y: number, x: number }, { requiredKeys: ["y"] }) },
  { weight: 1, arbitrary: fc.record({ x: number, y: number, z: number }) },
)
const paths = fc.array(fc.array(point, { maxLength: 5 }), { maxLength: 3 })
const shape = fc.oneof(
  { weight: 9, arbitrary: fc.record({ paths }) },
  { weight: 1, arbitrary: fc.record({ paths, note: fc.jsonValue() }) },
  { weight: 1, arbitrary: fc.jsonValue() },
)
const lookalike = fc.constantFrom(
  {},
  { text: { text: '"polygon":0' } },
  { '"polygon":0': 1 },
  { note: { polygon: 0 } },
  { note: [{ polygon: 0.5 }, { polygon: "0" }] },
  { text: { text: "日本 é \ud800" } },
)
const annotation = fc.tuple(shape, lookalike).map(([shape, others]) => polygon(shape, others))

describe("createDarwinBytes", () => {
  it("gives the bytes of writeAnnotationFile for any document", () => {
    fc.assert(
      fc.property(document, (made) => {
        const file = readAnnotationFile(JSON.stringify(made), "a.json")
        if (file !== undefined) same(file)
      }),
      { numRuns: 1_000 },
    )
  })

  it("gives the same for polygons of all kinds, and what looks like one", () => {
    fc.assert(
      fc.property(fc.array(annotation, { maxLength: 4 }), (annotations) => same(fileWith(...annotations))),
      { numRuns: 3_000 },
    )
  })

  it("leaves the file as it was", () => {
    const file = fileWith(polygon({ paths: [[{ x: 1, y: 2 }]] }))
    const before = structuredClone(file)
    bytesOf(file)
    expect(file).toStrictEqual(before)
  })
})
