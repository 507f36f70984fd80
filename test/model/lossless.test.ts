import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { readAnnotationFile, writeAnnotationFile } from "../../src/model/read.ts"
import { annotation, document } from "./arbitraries.ts"

/** JSON with its keys in one order, so that equal documents have equal text; `__proto__` is a key like any other. */
function canonical(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? sorted(value) : value,
  )
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function read(text: string): AnnotationFile {
  const file = readAnnotationFile(Buffer.from(text), "a.json")
  if (file === undefined) throw new Error("it was left out")
  return file
}

const encodings: Record<string, (text: string) => Buffer> = {
  "UTF-8": (text) => Buffer.from(text),
  "UTF-8 with a mark": (text) => Buffer.from(`\ufeff${text}`),
  "UTF-16, little end first": (text) => Buffer.from(text, "utf16le"),
  "UTF-16, little end first, with a mark": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "UTF-16, big end first": (text) => Buffer.from(text, "utf16le").swap16(),
  "UTF-16, big end first, with a mark": (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
}

describe("a Darwin document that is read and written", () => {
  it("is equal to what it was, whatever stands in it", () => {
    fc.assert(
      fc.property(document, (made) => {
        const text = JSON.stringify(made)
        expect(canonical(writeAnnotationFile(read(text)))).toBe(canonical(text))
      }),
      { numRuns: 2000 },
    )
  })

  it("is equal after objects have been copied by spreading", () => {
    fc.assert(
      fc.property(document, (made) => {
        const text = JSON.stringify(made)
        const file = read(text)
        const copy: AnnotationFile = { ...file, annotations: file.annotations.map((one) => ({ ...one })) }
        expect(canonical(writeAnnotationFile(copy))).toBe(canonical(text))
        expect(canonical(writeAnnotationFile(file))).toBe(canonical(text))
      }),
      { numRuns: 500 },
    )
  })

  it.each(Object.entries(encodings))("is read as %s", (_, encode) => {
    fc.assert(
      fc.property(document, (made) => {
        const text = JSON.stringify(made)
        const file = readAnnotationFile(encode(text), "a.json")
        expect(canonical(writeAnnotationFile(file as AnnotationFile))).toBe(canonical(text))
      }),
      { numRuns: 100 },
    )
  })

  it("gives its own keys back where the model has keys of the same name", () => {
    const text =
      '{"path":{"own":1},"item":{"name":"a","path":"/"},"annotations":[{"name":"n","tag":{},"type":"old"}]}'
    const file = read(text)
    expect(file.path).toBe("a.json")
    expect(file.annotations[0]?.type).toBe("tag")
    expect(canonical(writeAnnotationFile(file))).toBe(canonical(text))
    expect(JSON.stringify(file)).not.toContain("old")
  })

  it("keeps a key named __proto__ and changes no prototype by it", () => {
    const text =
      '{"__proto__":{"a":1},"item":{"name":"a","path":"/","__proto__":[]},"annotations":[{"__proto__":{"tag":{}},"name":"n","blob":1}]}'
    const file = read(text)
    expect(Object.getPrototypeOf(file)).toBe(Object.prototype)
    expect(file.annotations[0]?.type).toBe("unknown")
    expect(canonical(writeAnnotationFile(file))).toBe(canonical(text))
  })

  it("can be written again after annotations were added and left out", () => {
    fc.assert(
      fc.property(document, annotation, (made, other) => {
        const file = read(JSON.stringify(made))
        const added = read(JSON.stringify({ item: { name: "b", path: "/" }, annotations: [other] }))
        const changed = { ...file, annotations: [...added.annotations, ...file.annotations.slice(1)] }
        const expected = {
          ...made,
          annotations: [other, ...(made as { annotations: object[] }).annotations.slice(1)],
        }
        expect(canonical(writeAnnotationFile(changed))).toBe(canonical(JSON.stringify(expected)))
      }),
      { numRuns: 300 },
    )
  })
})
