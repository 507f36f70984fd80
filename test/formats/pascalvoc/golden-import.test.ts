import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { pascalvoc } from "../../../src/formats/pascalvoc/index.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { importCase as caseOf, importCases as casesOf, filesBelow } from "../golden.ts"
import { deviations } from "./deviations.ts"

const importCases = casesOf("pascal_voc")

function importCase(name: string, ...path: readonly string[]): string {
  return caseOf("pascal_voc", name, ...path)
}

async function read(name: string): Promise<AnnotationFile[]> {
  const inputs = filesBelow(importCase(name)).filter((file) => file.startsWith("input."))
  const files: AnnotationFile[] = []
  for await (const file of pascalvoc.read(inputs.map((file) => importCase(name, file)))) files.push(file)
  return files
}

interface Reference {
  readonly filename: string
  readonly remote_path: string
  readonly annotations: readonly { readonly class: string; readonly type: string; readonly data: unknown }[]
}

function reference(name: string): Reference[] | null {
  return JSON.parse(readFileSync(importCase(name, "expected.json"), "utf8"))
}

/** A file in the reference's form, as far as Pascal VOC fills it. */
function inReferenceForm({ item, annotations }: AnnotationFile): Reference {
  return {
    filename: item.name,
    remote_path: item.path,
    annotations: annotations.map((annotation) => {
      if (annotation.type !== "bounding_box") throw new Error(`a ${annotation.type}`)
      return { class: annotation.name, type: annotation.type, data: annotation.bounding_box }
    }),
  }
}

function plain({ filename, remote_path, annotations }: Reference): Reference {
  return {
    filename,
    remote_path,
    annotations: annotations.map(({ class: name, type, data }) => ({ class: name, type, data })),
  }
}

/** The same with numbers that hold to 1e-9. */
function near(file: Reference): unknown {
  return JSON.parse(JSON.stringify(file), (_, value) => {
    return typeof value === "number" ? expect.closeTo(value, 9) : value
  })
}

/** Why and where a file is refused. */
const refusals: Readonly<Record<string, { readonly place: string; readonly rule: string | RegExp }>> = {
  "blank-filename": { place: "line 1", rule: "filename is empty" },
  "empty-name": { place: "line 1, object 1", rule: "name is empty" },
  infinity: { place: "line 1, object 1", rule: "xmax inf is not a finite number" },
  malformed: { place: "line 1, column 59", rule: "unexpected close tag: object is open" },
  "missing-bndbox": { place: "line 1, object 1", rule: "object has no bndbox" },
  "missing-filename": { place: "line 1", rule: "annotation has no filename" },
  "missing-name": { place: "line 1, object 1", rule: "object has no name" },
  "missing-xmin": { place: "line 1, object 1", rule: "bndbox has no xmin" },
  "missing-ymax": { place: "line 1, object 1", rule: "bndbox has no ymax" },
  nan: { place: "line 1, object 1", rule: "xmin nan is not a finite number" },
  "not-a-number": { place: "line 1, object 1", rule: "xmin one is not a finite number" },
  reversed: { place: "line 1, object 1", rule: "xmin 30 is larger than xmax 1" },
  "wrong-suffix": { place: "line 1", rule: "a has no filename" },
}

/** The right result where the reference's is not. */
const results: Readonly<Record<string, Reference>> = {
  floats: {
    filename: "street_001.jpg",
    remote_path: "/",
    annotations: [
      { class: "car", type: "bounding_box", data: { x: 1.9, y: 2.1, w: 28.6, h: 38.89 } },
      { class: "truck", type: "bounding_box", data: { x: 10, y: 25, w: 20, h: 15 } },
      { class: "person", type: "bounding_box", data: { x: -1.5, y: -0.5, w: 4.7, h: 5.2 } },
    ],
  },
  whitespace: {
    filename: "street_002.jpg",
    remote_path: "/",
    annotations: [{ class: "car", type: "bounding_box", data: { x: 1, y: 2, w: 29, h: 38 } }],
  },
  namespace: {
    filename: "street_001.jpg",
    remote_path: "/",
    annotations: [{ class: "car", type: "bounding_box", data: { x: 1, y: 2, w: 2, h: 2 } }],
  },
}

describe.each(importCases)("%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const refusal = refusals[name]
  const result = results[name]

  if (refusal !== undefined) {
    it("is refused with file, place and rule", async () => {
      expect(ids).toHaveLength(1)
      const file = filesBelow(importCase(name)).find((file) => file.startsWith("input.")) as string
      await expect(read(name)).rejects.toMatchObject({
        code: "format",
        file: importCase(name, file),
        ...refusal,
      })
    })
  } else if (result !== undefined) {
    it(`differs from the reference by ${ids.join()}`, async () => {
      expect(ids).toHaveLength(1)
      const files = (await read(name)).map(inReferenceForm)
      expect(files).toEqual([near(result)])
      if (filesBelow(importCase(name)).includes("expected.json")) {
        expect(files).not.toEqual(reference(name)?.map(plain))
      }
    })
  } else {
    it("equals the reference", async () => {
      expect(ids).toEqual([])
      expect((await read(name)).map(inReferenceForm)).toEqual(reference(name)?.map(plain))
    })
  }
})

it("names no case that does not exist", () => {
  for (const name of [...Object.keys(refusals), ...Object.keys(results)]) expect(importCases).toContain(name)
})
