import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { z } from "zod"
import {
  isPlainAnnotation,
  isPlainDocument,
  isPlainFrame,
  isPlainVideoAnnotation,
  plainShapes,
} from "../../src/model/plain.ts"
import {
  annotationTypes,
  documentSchema,
  frameSchema,
  imageAnnotationSchema,
  shapeSchemas,
  videoAnnotationSchema,
} from "../../src/model/schema.ts"
import { annotation, document, shapes } from "./arbitraries.ts"

const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 0, 1.5, Number.POSITIVE_INFINITY, "", "image", "x"),
  fc.constantFrom([], {}, [0], [1, 2, 3], [null], { x: 0, y: 0 }, { name: "a" }, [[{ x: 0 }]]),
)

/** A value in which one thing, somewhere, is another or is gone. */
function harmed(sound: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  return fc
    .tuple(sound, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), values, fc.boolean())
    .map(([given, turns, value, isGone]) => {
      const root = structuredClone({ given }) as Record<string, unknown>
      let holder = root
      let key = "given"
      for (const turn of turns) {
        const inner = holder[key]
        if (typeof inner !== "object" || inner === null || Object.keys(inner).length === 0) break
        const keys = Object.keys(inner)
        holder = inner as Record<string, unknown>
        key = keys[turn % keys.length] as string
      }
      if (isGone && holder !== root && !Array.isArray(holder)) delete holder[key]
      else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
      return root.given
    })
}

const pairs: readonly [string, (value: unknown) => boolean, z.ZodType, fc.Arbitrary<object>][] = [
  ["documents", isPlainDocument, documentSchema, document],
  ["annotations", isPlainAnnotation, imageAnnotationSchema, annotation],
  ["annotations over frames", isPlainVideoAnnotation, videoAnnotationSchema, annotation],
  ["frames", isPlainFrame, frameSchema, annotation],
  ...annotationTypes.flatMap((type): (typeof pairs)[number][] => {
    const isPlain = plainShapes[type]
    return isPlain === undefined ? [] : [[type, isPlain, shapeSchemas[type], shapes[type]]]
  }),
]

describe("what is seen to be sound is sound by the schema", () => {
  it.each(pairs)("%s", (_, isPlain, schema, sound) => {
    fc.assert(
      fc.property(fc.oneof(sound, harmed(sound), values), (value) => {
        if (isPlain(value)) expect(schema.safeParse(value).success).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe("what most files hold is seen to be sound", () => {
  it.each([...shapesSeen()])("%s", (_, isPlain, sound) => {
    fc.assert(
      fc.property(sound, (value) => {
        expect(isPlain(value)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it("a document of an image, and its annotations", () => {
    const slot = {
      slot_name: "0",
      type: "image",
      width: 4,
      height: 3,
      source_files: [{ file_name: "a.png" }],
    }
    const source_info = { item_id: "1", dataset: { name: "d", slug: "d" }, team: { name: "t", slug: "t" } }
    const item = { name: "a.png", path: "/", source_info, slots: [slot] }
    expect(isPlainDocument({ version: "2.0", item, annotations: [], properties: [] })).toBe(true)
    const annotation = { id: "1", name: "car", properties: [], slot_names: ["0"], attributes: ["red"] }
    expect(isPlainAnnotation(annotation)).toBe(true)
    expect(isPlainVideoAnnotation({ ...annotation, frames: {}, ranges: [[0, 3]], interpolated: true })).toBe(
      true,
    )
    expect(isPlainFrame({ keyframe: true })).toBe(true)
  })
})

function shapesSeen(): [string, (value: unknown) => boolean, fc.Arbitrary<object>][] {
  return pairs.filter(([name]) => name in shapes).map(([name, isPlain, , sound]) => [name, isPlain, sound])
}
