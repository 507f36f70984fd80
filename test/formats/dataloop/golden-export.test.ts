import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { darwin } from "../../../src/formats/darwin/index.ts"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import type { ReadOptions, WriteSummary } from "../../../src/formats/format.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, exportCases } from "../golden.ts"
import { near } from "../imported.ts"
import { deviations } from "./deviations.ts"
import { type Document, documentsBelow, type Written } from "./files.ts"
import { type Darwin, inputs } from "./truth.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dataloop-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

async function convert(name: string, options?: ReadOptions): Promise<WriteSummary> {
  return pipeline(darwin.read(exportCase(name, "input"), options), dataloop.write(directory))
}

function deviationsOf(name: string): string[] {
  return deviations.filter(({ exports }) => exports.includes(name)).map(({ id }) => id)
}

/** What the reference failed with, and by which deviation that is told. */
const failures: Readonly<Record<string, RegExp>> = {
  polygons: /^KeyError: 'path'/,
  frames: /^FileNotFoundError: .*0000000\.json/,
  "videos-without-frames": /^AttributeError: This Annotation has no frames/,
  "byte-order-mark": /^darwin\.exceptions\.UnrecognizableFileEncoding: .*bom\.json/,
  "damaged-input": /^(?:KeyError: '(?:w|item)'|ValueError: Mask|darwin.*street_001\.json)/,
}

/** Where each of these differences shows, by input and output. */
const shown: Readonly<Record<string, (documents: Documents, input: readonly Darwin[]) => boolean>> = {
  folders: (_, input) => input.some(({ item }) => item.path !== "/" || item.name.includes("/")),
  slots: (_, input) => input.some(({ item }) => (item.slots?.length ?? 0) > 1),
  "distinct-names": (documents) =>
    [...documents].some(([file, { filename }]) => `/${file}` === `${filename.replace(/\.\w+$/, "")}_2.json`),
  "media-endings": (documents) =>
    [...documents.values()].some(({ filename }) => /\.v\d$|\.y$/.test(filename)),
  "file-names": (documents) => [...documents.values()].some(({ filename }) => /[<>"\\|?*]/.test(filename)),
  tracks: (_, input) =>
    input.some(({ annotations }) =>
      annotations.some(
        ({ frames = {}, only_keyframes: only }) =>
          only === true || Object.values(frames).some((frame) => !shapes.some((shape) => shape in frame)),
      ),
    ),
}

const shapes = ["bounding_box", "polygon", "tag", "line", "keypoint", "ellipse", "mask", "raster_layer"]

type Documents = ReadonlyMap<string, Document>

/** What turns the reference's document into ours, for deviations that are a matter of form. */
const corrections: Readonly<Record<string, (document: Document, input: Darwin) => Document>> = {
  "file-paths": (document) => ({ ...document, filename: `/${document.filename}` }),
  size: (document, { item }) => {
    const { width, height } = item.slots?.[0] ?? {}
    const isKnown = width !== undefined && height !== undefined
    return { ...document, metadata: { system: isKnown ? { width, height } : {} } }
  },
  system: (document) => ({
    ...document,
    annotations: document.annotations.map((one) => ({ ...one, metadata: { system: {} } })),
  }),
  rounding: (document, { annotations }) => {
    const boxes = annotations.flatMap(({ bounding_box: box }) => (box === undefined ? [] : [box as Box]))
    expect(boxes).toHaveLength(document.annotations.length)
    return {
      ...document,
      annotations: document.annotations.map((one, index) => {
        const { x, y, w, h } = boxes[index] as Box
        const coordinates = [
          { x, y, z: 0 },
          { x: x + w, y: y + h, z: 0 },
        ]
        expect(numbers(coordinates).every((value, at) => isNear(value, numbers(one.coordinates)[at]))).toBe(
          true,
        )
        return { ...one, coordinates }
      }),
    }
  },
}

interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

function numbers(coordinates: unknown): number[] {
  return (coordinates as { x: number; y: number }[]).flatMap(({ x, y }) => [x, y])
}

// Two numbers rounded to three decimals are in a sum.
function isNear(a: number, b: number | undefined): boolean {
  return b !== undefined && Math.abs(a - b) < 0.00101
}

/** Annotations that the reference leaves out, by their type and the deviation that tells of them. */
const added: Readonly<Record<string, string>> = {
  class: "tags",
  segment: "masks",
  polyline: "shapes",
  point: "shapes",
  ellipse: "shapes",
  cube: "shapes",
}

function without(document: Document): { readonly kept: Document; readonly left: readonly Written[] } {
  const boxes = document.annotations.filter(({ type }) => type === "box")
  return {
    kept: { ...document, annotations: boxes.map((one, id) => ({ ...one, id })) },
    left: document.annotations.filter(({ type }) => type !== "box"),
  }
}

/** What is refused, and what is left when the damaged part is passed over. */
const refusals: Readonly<
  Record<string, { readonly file: string; readonly place: RegExp; readonly rest: readonly string[] }>
> = {
  "malformed-annotation": { file: "street_001.json", place: /^annotations\[1\]/, rest: ["street_001.json"] },
  "malformed-item": { file: "street_001.json", place: /^(?:item|image)$/, rest: [] },
  "raster-sparse-rle": { file: "street_001.json", place: /^annotations\[0\]/, rest: ["street_001.json"] },
  "malformed-json": { file: "street_001.json", place: /^line 1, column 90$/, rest: [] },
}

describe.each(exportCases)("%s", (name) => {
  const ids = deviationsOf(name)
  const refusal = refusals[name]
  const below = exportCase(name, "expected/dataloop")
  const error = join(below, "ERROR.txt")

  if (existsSync(error)) {
    it("names the deviation that the reference's failure is", () => {
      const said = readFileSync(error, "utf8")
      const causes = Object.keys(failures).filter((id) => failures[id]?.test(said))
      expect(causes).toHaveLength(1)
      expect(ids.filter((id) => id in failures)).toEqual(causes)
    })
  }

  if (refusal !== undefined) {
    it("is refused with file and place, and the rest is written when asked for", async () => {
      expect(ids).toEqual(["damaged-input"])
      await expect(convert(name)).rejects.toMatchObject({
        code: "format",
        file: exportCase(name, "input", refusal.file),
        place: expect.stringMatching(refusal.place),
      })
      await convert(name, { onInvalid: "skip" })
      expect([...documentsBelow(directory).keys()]).toEqual(refusal.rest)
    })
    return
  }

  it("shows the deviations that it is named by", async () => {
    const { annotations, written, skipped } = await convert(name)
    const documents = documentsBelow(directory)
    expect(written + skipped.reduce((sum, { count }) => sum + count, 0)).toBe(annotations)
    const input = inputs(name).filter((document) => Array.isArray(document.annotations))
    for (const [id, isShown] of Object.entries(shown)) {
      expect(ids.includes(id), id).toBe(isShown(documents, input))
    }
  })

  if (existsSync(error) || !existsSync(below)) return

  it(`equals the reference but for ${ids.join(", ")}`, async () => {
    await convert(name)
    const documents = documentsBelow(directory)
    const expected = documentsBelow(below)
    expect([...documents.keys()]).toEqual([...expected.keys()])
    const input = inputs(name)
    const seen = new Set<string>()
    for (const [file, theirs] of expected) {
      const { kept, left } = without(documents.get(file) as Document)
      for (const { type } of left) seen.add(added[type] as string)
      let corrected = theirs
      for (const id of ids) {
        const correct = corrections[id]
        if (correct === undefined) continue
        const before = structuredClone(corrected)
        const own = input.find(({ item }) => item.name === theirs.filename) as Darwin
        corrected = correct(corrected, own)
        if (JSON.stringify(corrected) !== JSON.stringify(before)) seen.add(id)
      }
      expect(kept).toEqual(near(corrected))
    }
    const formal = ids.filter((id) => id in corrections || Object.values(added).includes(id))
    expect([...seen].sort()).toEqual(formal.sort())
  })
})
