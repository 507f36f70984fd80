import { describe, expect, it } from "vitest"
import { labelbox } from "../../../src/formats/labelbox/index.ts"
import { importCases, importInput } from "../golden.ts"
import { type Imported, imported, near, readAll, reference } from "../imported.ts"
import { deviations } from "./deviations.ts"

const cases = importCases("labelbox")

/** Why and where a file is refused. */
const refusals: Readonly<Record<string, { readonly place: string; readonly rule: string }>> = {
  "bad-answer-number": { place: "[0].Label.classifications[0].answer", rule: "expected an object" },
  "bad-negative-size": {
    place: "[0].Label.objects[0].bbox.height",
    rule: "expected an extent, not a negative number",
  },
  "bad-no-external-id": { place: '[0]["External ID"]', rule: "is missing" },
  "bad-two-kinds": { place: "[0].Label.objects[0]", rule: "is bbox and point at once" },
  "polygon-empty": { place: "[0].Label.objects[0].polygon", rule: "a polygon needs three points" },
  "polygon-one-point": { place: "[0].Label.objects[0].polygon", rule: "a polygon needs three points" },
}

const none = (filename: string): Imported => ({ filename, remote_path: "/", annotations: [] })

/** The right result where the reference's is not. */
const results: Readonly<Record<string, readonly Imported[]>> = {
  bbox: [
    {
      filename: "street_001.jpg",
      remote_path: "/",
      annotations: [
        { class: "car", type: "bounding_box", data: { x: 20, y: 10, w: 40, h: 30 }, subs: [] },
        { class: "truck", type: "bounding_box", data: { x: 2.5, y: 1.23456, w: 4, h: 3.0004 }, subs: [] },
      ],
    },
  ],
  "bad-no-classifications": [none("x.png")],
  "bad-not-a-list": [none("street_001.jpg")],
  "bad-unknown-kind": [none("street_001.jpg")],
  "wrong-suffix": [],
}

/** The reference's result with the folder where it belongs. */
function inFolders(files: readonly Imported[]): Imported[] {
  return files.map((file) => {
    const parts = file.filename.split("/")
    return { ...file, filename: parts.pop() as string, remote_path: `/${parts.join("/")}` }
  })
}

describe.each(cases)("%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const refusal = refusals[name]
  const input = importInput("labelbox", name)

  if (refusal !== undefined) {
    it("is refused with file, place and rule", async () => {
      expect(ids).toHaveLength(1)
      await expect(readAll(labelbox, input)).rejects.toMatchObject({
        code: "format",
        file: input,
        ...refusal,
      })
      const { events } = await readAll(labelbox, input, { onInvalid: "skip" })
      expect(events).toEqual([{ type: "skip", file: input, place: refusal.place, reason: refusal.rule }])
    })
    return
  }

  it(ids.length === 0 ? "equals the reference" : `differs from the reference by ${ids.join()}`, async () => {
    const { files, events } = await readAll(labelbox, input)
    const expected = reference("labelbox", name)
    const right = ids.includes("folders") ? inFolders(expected ?? []) : (results[name] ?? expected)
    if (ids.length > 0) expect(right).not.toEqual(expected)
    else expect(results[name]).toBeUndefined()
    expect(files.map(imported)).toEqual(near(right))
    expect(events).toEqual(
      ids.includes("masks")
        ? [
            {
              type: "skip",
              file: input,
              place: "[0].Label.objects[0]",
              reason: "its pixels are behind an address, which is not fetched",
            },
          ]
        : [],
    )
  })
})

it("names no case that does not exist", () => {
  for (const name of [...Object.keys(refusals), ...Object.keys(results)]) expect(cases).toContain(name)
})
