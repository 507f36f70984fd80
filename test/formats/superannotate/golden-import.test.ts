import { describe, expect, it } from "vitest"
import { superannotate } from "../../../src/formats/superannotate/index.ts"
import { importCase, importCases } from "../golden.ts"
import { type Imported, type ImportedAnnotation, imported, near, readAll, reference } from "../imported.ts"
import { deviations } from "./deviations.ts"

const cases = importCases("superannotate")

/** Why and where a file is refused. */
const refusals: Readonly<
  Record<string, { readonly file?: string; readonly place: string; readonly rule: string }>
> = {
  "attribute-unknown": {
    place: "instances[0].attributes[0].id",
    rule: 'the group "colour" has no such attribute',
  },
  "bad-classes": { file: "classes.json", place: "[0].id", rule: "is missing" },
  "bad-type": { place: "instances[0].points", rule: "a template needs a point" },
  "class-unknown": { place: "instances[0].classId", rule: "classes.json has no class 77" },
  "no-classes-file": {
    place: "instances[0].classId",
    rule: "there is no classes.json to name the class",
  },
  "polygon-empty": { place: "instances[0].points", rule: "a polygon needs three points" },
  "polygon-odd": { place: "instances[0].points", rule: "expected pairs of x and y" },
}

const file = (filename: string, ...annotations: ImportedAnnotation[]): Imported[] => [
  { filename, remote_path: "/", annotations: annotations.map((one) => ({ subs: [], ...one })) },
]

/** The right result, with suffixes, where the reference failed. */
const results: Readonly<Record<string, readonly Imported[]>> = {
  "bad-missing-attributes": file("street_001.jpg", {
    class: "car-point",
    type: "keypoint",
    data: { x: 1, y: 2 },
  }),
  "bad-no-tags": file("x"),
  "rotated-bbox": file("street_001.jpg", {
    class: "car-rbbox",
    type: "polygon",
    data: {
      paths: [
        [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
          { x: 5, y: 6 },
          { x: 7, y: 8 },
        ],
      ],
    },
  }),
}

type Change = (files: readonly Imported[]) => readonly Imported[]

const eachData =
  (change: (data: Record<string, number>, index: number) => object): Change =>
  (files) =>
    files.map((one) => ({
      ...one,
      annotations: one.annotations.map((annotation, index) => ({
        ...annotation,
        data: change(annotation.data as Record<string, number>, index),
      })),
    }))

/** What turns the reference's result into the right one. */
const corrections: Readonly<Record<string, Change>> = {
  rounding: eachData((data, index) => (index === 1 ? { x: 1.23456, y: 2, w: 1.76544, h: 2 } : data)),
  "swapped-corners": eachData(() => ({ x: 10, y: 20, w: 20, h: 25 })),
  degrees: eachData((data) => ({ ...data, angle: 0.2558652683 })),
  folders: (files) => files.map((one) => ({ ...one, filename: "street_002.jpg", remote_path: "/a/b" })),
}

/** Attributes that are left out, and where. */
const leftOut: Readonly<Record<string, readonly [place: string, group: number]>> = {
  attributes: ["instances[2].attributes[0]", 1],
  mixed: ["instances[2].attributes[0]", 1],
  point: ["instances[1].attributes[0]", 9],
}

function withoutSuffix(files: readonly Imported[]): Imported[] {
  return files.map((one) => ({
    ...one,
    annotations: one.annotations.map((annotation) => ({
      ...annotation,
      class: annotation.class.replace(/-(?:bbox|rbbox|point|polygon|polyline|ellipse|cuboid)$/, ""),
    })),
  }))
}

describe.each(cases)("%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const refusal = refusals[name]
  // The folder holds about.txt and expected.json as well, which are none of SuperAnnotate's.
  const input = importCase("superannotate", name, "input.json")

  if (refusal !== undefined) {
    it("is refused with file, place and rule", async () => {
      expect(ids).toHaveLength(1)
      const where = importCase("superannotate", name, refusal.file ?? "input.json")
      await expect(readAll(superannotate, input)).rejects.toMatchObject({
        code: "format",
        ...refusal,
        file: where,
      })
      const { events } = await readAll(superannotate, input, { onInvalid: "skip" })
      expect(events).toEqual([{ type: "skip", file: where, place: refusal.place, reason: refusal.rule }])
    })
    return
  }

  const expected = reference("superannotate", name)
  const [formal, others] = [ids.filter((id) => id in corrections), ids.filter((id) => !(id in corrections))]

  it(ids.length === 0 ? "equals the reference" : `differs from the reference by ${ids.join()}`, async () => {
    const { files, events } = await readAll(superannotate, input, { shapeSuffix: true })
    let right = results[name] ?? expected ?? []
    for (const id of formal) {
      const before = right
      right = (corrections[id] as Change)(right)
      expect(right, id).not.toEqual(before)
    }
    expect(results[name] === undefined).toBe(expected !== undefined)
    expect(files.map(imported)).toEqual(near(right))

    const left = leftOut[name]
    expect(others.includes("unknown-groups")).toBe(left !== undefined)
    expect(events).toEqual(
      left === undefined
        ? []
        : [
            {
              type: "skip",
              file: input,
              place: left[0],
              reason: `its class has no group ${left[1]} of attributes`,
            },
          ],
    )

    const plain = await readAll(superannotate, input)
    expect(plain.files.map(imported)).toEqual(near(withoutSuffix(right)))
    const isShown = right.some(({ annotations }) => annotations.some(({ type }) => type !== "tag"))
    expect(ids.includes("shape-suffix")).toBe(isShown)
  })
})

it("names no case that does not exist", () => {
  for (const name of [...Object.keys(refusals), ...Object.keys(results)]) expect(cases).toContain(name)
})
