import { describe, expect, it } from "vitest"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import { importCases, importInput } from "../golden.ts"
import { type Imported, imported, near, readAll, reference } from "../imported.ts"
import { deviations } from "./deviations.ts"

const cases = importCases("dataloop")

/** Why and where a file is refused. */
const refusals: Readonly<Record<string, { readonly place: string; readonly rule: string }>> = {
  "empty-segment": { place: "annotations[0].coordinates", rule: "expected a path of points" },
  snapshots: { place: "annotations[0].metadata.system.snapshots_[0].data", rule: "is missing" },
  "wrong-suffix": { place: "filename", rule: "is missing" },
}

const file = (
  annotations: Imported["annotations"],
  filename = "street_001.jpg",
  remote_path = "/",
): Imported => ({
  filename,
  remote_path,
  annotations: annotations.map((one) => ({ subs: [], ...one })),
})

const box = (name: string, x: number, y: number, w: number, h: number) => ({
  class: name,
  type: "bounding_box",
  data: { x, y, w, h },
})

const tag = (name: string) => ({ class: name, type: "tag", data: {} })

/** The right result where the reference's is not. */
const results: Readonly<Record<string, Imported>> = {
  "box-precision": file([box("car", 1.23456, 2.34567, 29.75309, 37.65483)]),
  "box-reversed": file([box("car", 1, 2, 29, 38)]),
  class: file([tag("person"), box("car", 1, 2, 2, 2)]),
  "complex-polygon": file([
    {
      class: "car",
      type: "polygon",
      data: {
        paths: [
          [
            { x: 1, y: 2 },
            { x: 10, y: 2 },
            { x: 10, y: 12 },
          ],
          [
            { x: 3, y: 3 },
            { x: 4, y: 3 },
            { x: 4, y: 4 },
          ],
        ],
      },
    },
  ]),
  mixed: file(
    [
      box("car", 1, 2, 2, 2),
      {
        class: "car",
        type: "polygon",
        data: {
          paths: [
            [
              { x: 1, y: 2 },
              { x: 10, y: 2 },
              { x: 10, y: 12 },
            ],
          ],
        },
      },
      tag("truck"),
      box("traffic light", 9, 9, 10, 20),
    ],
    "street_002.jpg",
    "/a/b",
  ),
  "no-system": file([box("car", 1, 2, 2, 2)]),
  point: file([{ class: "car", type: "keypoint", data: { x: 3, y: 4 } }]),
  polyline: file([
    {
      class: "car",
      type: "line",
      data: {
        path: [
          { x: 1, y: 1 },
          { x: 2, y: 2 },
        ],
      },
    },
  ]),
  roundtrip: file([
    box("bicycle", 58.8, 55.9, 25, 11),
    box("dog", 20.113, 12.67, 35.249, 52.811),
    box("road sign", 78.13, 10.045, 30.242, 29.645),
    box("bicycle", 34.345, 25.59, 80.61, 33.8),
  ]),
}

describe.each(cases)("%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const refusal = refusals[name]
  const result = results[name]
  const input = importInput("dataloop", name)

  if (refusal !== undefined) {
    it("is refused with file, place and rule", async () => {
      expect(ids).toHaveLength(1)
      await expect(readAll(dataloop, input)).rejects.toMatchObject({
        code: "format",
        file: input,
        ...refusal,
      })
    })
    return
  }

  it(
    result === undefined ? "equals the reference" : `differs from the reference by ${ids.join()}`,
    async () => {
      const { files, events } = await readAll(dataloop, input)
      expect(events).toEqual([])
      const expected = reference("dataloop", name)
      expect(ids.length > 0).toBe(result !== undefined)
      if (result !== undefined) expect([result]).not.toEqual(expected)
      expect(files.map(imported)).toEqual(near(result === undefined ? expected : [result]))
    },
  )
})

it("names no case that does not exist", () => {
  for (const name of [...Object.keys(refusals), ...Object.keys(results)]) expect(cases).toContain(name)
})
