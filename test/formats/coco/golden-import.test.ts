import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { coco } from "../../../src/formats/coco/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { expectedImport, importCases, importInput } from "../golden.ts"
import { deviations } from "./deviations.ts"
import { type CocoAnnotation, type CocoRle, cocoPixels } from "./golden.ts"

interface ReadFile {
  readonly filename: string
  readonly remote_path: string
  readonly annotations: readonly ReadAnnotation[]
}

interface ReadAnnotation {
  readonly class: string
  readonly type: string
  readonly data: unknown
  readonly subs: readonly unknown[]
}

// What we refuse, and what the refusal says.
const refused: Readonly<Record<string, string>> = {
  "bbox-bad-length": "annotations[0].bbox: expected x, y, width and height",
  "no-bbox-key": "annotations[0].bbox: expected x, y, width and height",
  "polygon-degenerate": "annotations[0].segmentation[0]: a polygon needs three points",
  "rle-empty": "annotations[0].segmentation.counts: the mask has no pixel",
  "rle-string-empty": "annotations[0].segmentation.counts: the mask has no pixel",
  "tags-unknown": "images[0].tag_ids[0]: no tag category has this id",
  "unknown-category": "annotations[0].category_id: no category has this id",
  "unknown-image": "annotations[1].image_id: no image has this id",
}

// Where darwin-py failed, or what it gave is wrong in one place: what is right.
const right: Readonly<Record<string, unknown>> = {
  "no-categories-key": [],
  "no-segmentation-key": [["bounding_box", { x: 10, y: 20, w: 30, h: 15 }]],
  "segmentation-null": [["bounding_box", { x: 10, y: 20, w: 30, h: 15 }]],
  "wrong-suffix": [],
  "polygon-empty-inner": [["bounding_box", { x: 1, y: 2, w: 3, h: 4 }]],
  "bbox-nested": [
    ["bounding_box", { x: 10, y: 20, w: 30.5, h: 15 }],
    ["bounding_box", { x: 1.9, y: 2.9, w: 3.9, h: 4.9 }],
  ],
  "bbox-only": [
    ["bounding_box", { x: 10, y: 20, w: 30, h: 15 }],
    ["bounding_box", { x: 10.7, y: 20.2, w: 30.9, h: 15.5 }],
    ["bounding_box", { x: -3.5, y: -0.2, w: 5, h: 6 }],
    ["bounding_box", { x: 0, y: 0, w: 60, h: 40 }],
  ],
  "string-ids": [["polygon", { paths: [points(3.24, 20.21, 12.38276, 18, 20.18, 8.54571, 46.68, 12.2)] }]],
  "string-ids-nonnumeric": [["polygon", { paths: [points(47, 11, 40, 3.72344, 44, 8, 9.9, 32)] }]],
}

describe("golden imports", () => {
  it.each(importCases("coco"))("%s", async (name) => {
    const input = importInput("coco", name)
    const named = deviations.filter((one) => one.imports.includes(name))
    const ids = new Set(named.map(({ id }) => id))
    const refusal = refused[name]
    if (refusal !== undefined) {
      await expect(collect(input)).rejects.toMatchObject({ code: "format", message: `${input}: ${refusal}` })
      // Skipped instead, it is told and the rest is there.
      const events: unknown[] = []
      await collect(input, "skip", events)
      expect(events).toContainEqual(expect.objectContaining({ type: "skip", file: input }))
      return
    }
    const files = await collect(input)
    if (name in right) {
      const found = files.flatMap(({ annotations }) => annotations.map(({ type, data }) => [type, data]))
      expect(found).toEqual(right[name])
      expect(files.length).toBeGreaterThan(0)
      return
    }
    const reference = expectedImport("coco", name) as ReadFile[]
    if (ids.has("folder-parts")) {
      const third = reference[2] as { remote_path: string }
      expect(third.remote_path).toBe("/a/b/..")
      third.remote_path = "/a"
    }
    if (ids.size === 0 || ids.has("folder-parts")) expect(files).toEqual(reference.map(reduce))
    else {
      expect(files.map(({ filename, remote_path }) => [filename, remote_path])).toEqual(
        reference.map(({ filename, remote_path }) => [filename, remote_path]),
      )
    }
    if (ids.has("sub-annotations")) {
      const [polygon, skeleton] = files[0]?.annotations ?? []
      const subs = [{ text: { text: "t" } }, { attributes: ["x", "a:1"] }, { instance_id: { value: 4 } }]
      expect(polygon).toMatchObject({ type: "polygon", subs })
      const nodes = [{ name: "1", x: 1, y: 2, occluded: false }]
      expect(skeleton).toMatchObject({ type: "skeleton", data: { nodes }, subs })
    }
    checkMasks(input, files)
  })
})

/** Every segmentation of the input against what was read: run lengths and overlapping parts by their pixels. */
function checkMasks(input: string, files: readonly ReadFile[]): void {
  const bytes = readFileSync(input)
  if (bytes[0] === 0xff) return
  const { annotations, images } = JSON.parse(bytes.toString()) as {
    annotations: CocoAnnotation[]
    images: { id: unknown; file_name: string }[]
  }
  images.forEach(({ id }, position) => {
    const own = annotations.filter((one) => one.image_id === id)
    const read = (files[position]?.annotations ?? []).filter(
      ({ type }) => type !== "tag" && type !== "skeleton",
    )
    expect(read.length).toBe(own.length)
    own.forEach(({ segmentation, iscrowd }, index) => {
      const { type, data, subs } = read[index] as ReadAnnotation
      expect(JSON.stringify(subs).includes('"iscrowd"')).toBe(iscrowd === 1)
      if (Array.isArray(segmentation) && segmentation.length === 0) {
        expect(type).toBe("bounding_box")
        return
      }
      const { paths } = data as { paths: { x: number; y: number }[][] }
      if (!Array.isArray(segmentation)) {
        const [height, width] = (segmentation as CocoRle).size
        expect(pictureByCells(paths, width, height)).toEqual(cocoPixels(segmentation as CocoRle))
        return
      }
      const lists = typeof segmentation[0] === "number" ? [segmentation as unknown as number[]] : segmentation
      const parts = lists.map((list) => points(...list))
      const pictures = parts.map((part) => pictureByCells([part], 60, 60))
      const union = (pictures[0] as string[]).map((row, y) =>
        [...row].map((_, x) => (pictures.some((picture) => picture[y]?.[x] === "#") ? "#" : ".")).join(""),
      )
      expect(pictureByCells(paths, 60, 60)).toEqual(union)
    })
  })
}

async function collect(input: string, onInvalid?: "skip", events: unknown[] = []): Promise<ReadFile[]> {
  const files: ReadFile[] = []
  const source = coco.read(input, onInvalid === undefined ? {} : { onInvalid })
  const iterator = source[Symbol.asyncIterator]({ onEvent: (event) => events.push(event) })
  for await (const file of { [Symbol.asyncIterator]: () => iterator }) files.push(shown(file))
  return files
}

/** A file of ours as the goldens show theirs. */
function shown({ item, annotations }: AnnotationFile): ReadFile {
  return { filename: item.name, remote_path: item.path, annotations: annotations.map(shownAnnotation) }
}

function shownAnnotation(annotation: Annotation): ReadAnnotation {
  const { type, name } = annotation
  const shapes = annotation as unknown as Record<string, unknown>
  const subs = ["text", "attributes", "instance_id"].flatMap((key) =>
    key in shapes ? [{ [key]: shapes[key] }] : [],
  )
  return { class: name, type, data: shapes[type], subs }
}

function reduce({ filename, remote_path, annotations }: ReadFile): ReadFile {
  return {
    filename,
    remote_path,
    annotations: annotations.map(({ class: name, type, data, subs }) => ({ class: name, type, data, subs })),
  }
}

function points(...numbers: number[]): { x: number; y: number }[] {
  return numbers.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: numbers[i + 1] as number }] : []))
}
