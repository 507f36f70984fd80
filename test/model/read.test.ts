import { describe, expect, it } from "vitest"
import { FormatError } from "../../src/errors.ts"
import type { RunEvent, SkipEvent } from "../../src/events.ts"
import type { Annotation } from "../../src/model/annotation.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { annotationType } from "../../src/model/check.ts"
import { readAnnotationFile, writeAnnotationFile } from "../../src/model/read.ts"

const item = { name: "a.png", path: "/" }
const good = { name: "car", keypoint: { x: 1, y: 2 } }
const box = { x: 1, y: 2, w: 3, h: 4 }

function bytesOf(document: unknown): Buffer {
  return Buffer.from(typeof document === "string" ? document : JSON.stringify(document))
}

/** Reads under the policy `skip`; gives the places with their rules too. */
function skipping(document: unknown): { file: AnnotationFile | undefined; skips: string[] } {
  const skips: string[] = []
  const onEvent = (event: RunEvent) => {
    expect(event).toMatchObject({ type: "skip", file: "a.json" })
    const { place, reason } = event as SkipEvent
    skips.push(`${place}: ${reason}`)
  }
  return { file: readAnnotationFile(bytesOf(document), "a.json", { onInvalid: "skip", onEvent }), skips }
}

/** What is reported about a file with one annotation between two good ones: under both policies, the same. */
function fault(annotation: unknown): string {
  const document = { item, annotations: [good, annotation, good] }
  const { file, skips } = skipping(document)
  expect(file?.annotations).toMatchObject([good, good])
  expect(skips).toHaveLength(1)
  expect(() => readAnnotationFile(bytesOf(document), "a.json")).toThrow(`a.json: ${skips[0]}`)
  return (skips[0] ?? "").replace("annotations[1]", "")
}

function read(...annotations: unknown[]): Annotation | undefined {
  return readAnnotationFile(bytesOf({ item, annotations }), "a.json")?.annotations[0]
}

describe("readAnnotationFile", () => {
  it.each([
    [null, ": expected object, received null"],
    [[], ": expected object, received array"],
    ["text", ": expected object, received string"],
    [{ tag: {} }, ".name: expected string, received undefined"],
    [{ name: 5, tag: {} }, ".name: expected string, received number"],
    [{ ...good, id: 7 }, ".id: expected string, received number"],
    [{ ...good, slot_names: ["0", 1] }, ".slot_names[1]: expected string, received number"],
    [{ ...good, properties: [{ value: "x" }] }, ".properties[0].name: expected string, received undefined"],
    [
      { ...good, properties: [{ name: "x", value: 3 }] },
      ".properties[0].value: expected string, received number",
    ],
    [
      { ...good, properties: [{ name: "x", frame_index: true }] },
      ".properties[0].frame_index: expected a number or a string",
    ],
    [
      { ...good, annotators: [{ full_name: "A" }] },
      ".annotators[0].email: expected string, received undefined",
    ],
    [{ ...good, text: "abc" }, ".text: expected object, received string"],
    [{ ...good, instance_id: {} }, ".instance_id.value: expected number, received undefined"],
    [{ ...good, attributes: {} }, ".attributes: expected array, received object"],
    [
      { ...good, directional_vector: { angle: 1 } },
      ".directional_vector.length: expected number, received undefined",
    ],
    [{ ...good, inference: { model: {} } }, ".inference.confidence: expected number, received undefined"],
    [
      { name: "a", bounding_box: { x: 1, y: 2, w: 3 } },
      ".bounding_box.h: expected number, received undefined",
    ],
    [{ name: "a", bounding_box: { ...box, x: "1" } }, ".bounding_box.x: expected number, received string"],
    [{ name: "a", polygon: {} }, ".polygon: expected paths"],
    [
      { name: "a", polygon: { paths: [[{ x: 1, y: 2 }], [{ x: 1, y: 2 }, { x: 1 }]] } },
      ".polygon.paths[1][1]: expected a point { x, y }",
    ],
    [{ name: "a", polygon: { path: [null] } }, ".polygon.path[0]: expected a point { x, y }"],
    [
      { name: "a", polygon: { paths: [] }, bounding_box: {} },
      ".bounding_box.x: expected number, received undefined",
    ],
    [{ name: "a", tag: null }, ".tag: expected object, received null"],
    [{ name: "a", line: {} }, ".line.path: expected array, received undefined"],
    [{ name: "a", keypoint: { x: 1 } }, ".keypoint.y: expected number, received undefined"],
    [
      { name: "a", ellipse: { angle: 1, center: { x: 1, y: 1 } } },
      ".ellipse.radius: expected object, received undefined",
    ],
    [{ name: "a", cuboid: { back: box } }, ".cuboid.front: expected object, received undefined"],
    [
      { name: "a", skeleton: { nodes: [{ x: 1, y: 2 }] } },
      ".skeleton.nodes[0].name: expected string, received undefined",
    ],
    [{ name: "a", mask: { sparse_rle: [1] } }, ".mask.sparse_rle: expected null, received array"],
    [
      { name: "a", raster_layer: { dense_rle: [0, "1"], mask_annotation_ids_mapping: {}, total_pixels: 1 } },
      ".raster_layer.dense_rle[1]: expected a number",
    ],
    [
      {
        name: "a",
        raster_layer: { dense_rle: [], mask_annotation_ids_mapping: { m: "1" }, total_pixels: 1 },
      },
      ".raster_layer.mask_annotation_ids_mapping.m: expected number, received string",
    ],
    [{ name: "a", string: { sources: [{}] } }, ".string.sources[0].id: expected string, received undefined"],
    [
      { name: "a", graph: { nodes: [], edges: [{ start: "a" }] } },
      ".graph.edges[0].end: expected string, received undefined",
    ],
    [
      { name: "a", table: { bounding_box: box, cells: [{ row: 1, col: 1 }] } },
      ".table.cells[0].bounding_box: expected object, received undefined",
    ],
    [
      { name: "a", simple_table: { bounding_box: box, col_offsets: [null], row_offsets: [] } },
      ".simple_table.col_offsets[0]: expected a number",
    ],
    [{ name: "a", frames: [] }, ".frames: expected object, received array"],
    [{ name: "a", frames: null }, ".frames: expected object, received null"],
    [{ name: "a", frames: {}, ranges: [[1]] }, /^\.ranges\[0\]/],
    [{ name: "a", frames: {}, interpolated: "yes" }, ".interpolated: expected boolean, received string"],
  ])("reports %j, and the annotations around it survive", (annotation, rule) => {
    if (typeof rule === "string") expect(fault(annotation)).toBe(rule)
    else expect(fault(annotation)).toMatch(rule)
  })

  it("costs only the frame that is broken", () => {
    const frames = {
      0: { bounding_box: box, keyframe: true },
      1: { bounding_box: {} },
      2: null,
      3: { keyframe: true },
      4: { hologram: {}, text: { text: "kept" } },
      5: { bounding_box: box, instance_id: {} },
      "-1": { bounding_box: box },
      "1.5": { bounding_box: box },
      key: { bounding_box: box },
      __proto__: null,
    }
    const track = { name: "a", frames, sections: { 7: { tag: 1 }, 8: { tag: {} } } }
    const { file, skips } = skipping({ item, annotations: [track, good] })
    expect(skips).toEqual([
      "annotations[0].frames.1.bounding_box.x: expected number, received undefined",
      "annotations[0].frames.2: expected object, received null",
      "annotations[0].frames.5.instance_id.value: expected number, received undefined",
      "annotations[0].frames.-1: expected a frame index as key: a whole number from 0 on",
      'annotations[0].frames["1.5"]: expected a frame index as key: a whole number from 0 on',
      "annotations[0].frames.key: expected a frame index as key: a whole number from 0 on",
      "annotations[0].sections.7.tag: expected object, received number",
    ])
    const [kept, other] = file?.annotations ?? []
    expect(kept).toEqual({
      type: "video",
      name: "a",
      frames: { 0: frames[0], 3: frames[3], 4: frames[4] },
      sections: { 8: { tag: {} } },
    })
    expect(other).toMatchObject(good)
  })

  it("refuses a frame named __proto__", () => {
    const text = JSON.stringify({ item, annotations: [{ name: "a", frames: { x: { tag: {} } } }] })
    const { skips } = skipping(text.replace('"x"', '"__proto__"'))
    expect(skips).toEqual([
      "annotations[0].frames.__proto__: expected a frame index as key: a whole number from 0 on",
    ])
  })

  it("tells each thing once, however much of it is broken", () => {
    const broken = { name: 1, id: 2, bounding_box: {}, polygon: {} }
    const annotations = [
      broken,
      good,
      broken,
      { name: "v", frames: { 0: broken, 1: { text: 1 }, 2: { tag: {} } } },
    ]
    const { file, skips } = skipping({ item, annotations })
    expect(skips.map((skip) => skip.split(":")[0])).toEqual([
      "annotations[0].id",
      "annotations[2].id",
      "annotations[3].frames.0.bounding_box.x",
      "annotations[3].frames.1.text",
    ])
    expect(file?.annotations).toHaveLength(2)
  })

  it.each([
    [null, ": expected an object: not a Darwin document"],
    [[], ": expected an object: not a Darwin document"],
    [[{ item, annotations: [] }], ": expected an object: not a Darwin document"],
    [3, ": expected an object: not a Darwin document"],
    ['"text"', ": expected an object: not a Darwin document"],
    ["true", ": expected an object: not a Darwin document"],
    ["", "line 1, column 1: the file is empty"],
    ["{", "line 1, column 2: the file ends inside an object"],
    [{ annotations: [] }, "item: expected object, received undefined"],
    [{ item, annotations: null }, "annotations: expected array, received null"],
    [{ item: { name: "a" }, annotations: [] }, "item.path: expected string, received undefined"],
    [{ item: { path: "/" }, annotations: [] }, "item.name: expected string, received undefined"],
    [
      { item: { ...item, slots: [{ type: "image" }] }, annotations: [] },
      "item.slots[0].slot_name: expected string, received undefined",
    ],
    [
      { item: { ...item, slots: [{ slot_name: "0", type: "film" }] }, annotations: [] },
      /^item\.slots\[0\]\.type: /,
    ],
    [
      { item: { ...item, slots: [{ slot_name: "0", type: "image", source_files: [{}] }] }, annotations: [] },
      "item.slots[0].source_files[0].file_name: expected string, received undefined",
    ],
    [{ item, annotations: [], version: 2 }, "version: expected string, received number"],
    [{ item, annotations: [], properties: [{}] }, "properties[0].name: expected string, received undefined"],
    [
      { image: { filename: "a.png" }, annotations: [good] },
      "image: this is Darwin JSON 1.0, which is not read; 2.0 has an item in place of the image",
    ],
  ])("refuses the document %j", (document, rule) => {
    const { file, skips } = skipping(document)
    expect(file).toBeUndefined()
    expect(skips).toHaveLength(1)
    if (typeof rule === "string") expect(skips[0]).toBe(rule)
    else expect(skips[0]).toMatch(rule)
    const error = (() => {
      try {
        return readAnnotationFile(bytesOf(document), "a.json")
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ code: "format", file: "a.json" })
    expect(skips[0]).toBe(`${(error as FormatError).place}: ${(error as FormatError).rule}`)
  })

  it("leaves out a document without annotations under either policy, and says so", () => {
    const reason = ": no annotations: not an annotation file"
    expect(skipping({ classes: [] })).toEqual({ file: undefined, skips: [reason] })
    expect(skipping({ image: {} })).toEqual({ file: undefined, skips: [reason] })
    const events: RunEvent[] = []
    const file = readAnnotationFile(bytesOf({ item }), "a.json", { onEvent: (event) => events.push(event) })
    expect(file).toBeUndefined()
    expect(events).toHaveLength(1)
  })

  it("refuses bytes that are no text, with their place", () => {
    expect(() => readAnnotationFile(Buffer.from([0x7b, 0x22, 0xe9, 0x22]), "a.json")).toThrow(
      "a.json: byte 2: this is not UTF-8",
    )
  })

  it("takes null for absent where exports have it", () => {
    const slot = {
      slot_name: "0",
      type: "dicom",
      source_files: null,
      width: null,
      height: null,
      fps: null,
      frame_count: null,
      frame_urls: null,
      segments: null,
      frame_manifests: null,
      metadata: null,
      thumbnail_url: null,
    }
    const document = {
      item: { ...item, source_info: null, slots: [slot], metadata: null },
      annotations: [
        { ...good, properties: null, annotators: null, reviewers: null },
        { name: "v", frames: {}, properties: null, annotators: null, reviewers: null },
        { ...good, properties: [{ name: "p", value: null, frame_index: null }] },
        { name: "m", mask: { sparse_rle: null } },
        { name: "s", string: { sources: [{ id: "x", ranges: null }] } },
      ],
      properties: null,
    }
    const { file, skips } = skipping(document)
    expect(skips).toEqual([])
    expect(file?.annotations).toHaveLength(5)
    expect(skipping({ item: { ...item, slots: null }, annotations: [] }).skips).toEqual([])
    expect(skipping({ item, annotations: [], properties: [{ name: "p", value: null }] }).skips).toEqual([])
  })

  it("finds numbers that are too large wherever they stand, and not where only a text looks like one", () => {
    const text = (annotation: string, around = "") =>
      `{"item": {"name": "a", "path": "/"${around}}, "annotations": [{"name": "g", "tag": {}}, ${annotation}]}`
    expect(skipping(text('{"name": "a", "keypoint": {"x": 1e999, "y": 1}}')).skips).toEqual([
      "annotations[1].keypoint.x: this number is too large",
    ])
    const { file, skips } = skipping(text('{"name": "a", "tag": {}, "foreign": [1, {"deep": -1E+400 }]}'))
    expect(skips).toEqual(["annotations[1].foreign[1].deep: this number is too large"])
    expect(file?.annotations).toHaveLength(1)
    expect(skipping(text('{"name": "a", "tag": {}}', ', "metadata": {"big": 1e999}'))).toEqual({
      file: undefined,
      skips: ["item.metadata.big: this number is too large"],
    })
    expect(
      skipping(text('{"name": "model 1e999, and so on", "tag": {}, "ok": 1e300, "small": 1e-999}')).skips,
    ).toEqual([])
  })
})

describe("the type of an annotation", () => {
  it("is that of its main shape, by Darwin's order where there are several", () => {
    expect(read({ name: "a", bounding_box: box, polygon: { paths: [] } })?.type).toBe("polygon")
    expect(read({ name: "a", tag: {}, bounding_box: box })?.type).toBe("bounding_box")
    expect(read({ name: "a", mask: {}, keypoint: { x: 0, y: 0 } })?.type).toBe("keypoint")
    expect(read({ name: "a", polygon: { path: [] } })?.type).toBe("polygon")
  })

  it("is unknown where the shape is, and video over frames", () => {
    const hologram = read({ name: "a", hologram: { z: 1 } })
    expect(hologram).toEqual({ type: "unknown", name: "a", hologram: { z: 1 } })
    expect(annotationType(hologram as Annotation)).toBeUndefined()
    expect(read({ name: "a", frames: {}, tag: {} })?.type).toBe("video")
  })

  it("is that of the first frame that has one, by its number", () => {
    const frames = { 10: { tag: {} }, 2: { bounding_box: box }, 1: { text: { text: "a" } } }
    expect(annotationType(read({ name: "a", frames }) as Annotation)).toBe("bounding_box")
    expect(annotationType(read({ name: "a", frames: {} }) as Annotation)).toBeUndefined()
    expect(annotationType(read(good) as Annotation)).toBe("keypoint")
  })
})

it("what is nested too deeply is refused by name, as it is read or written", () => {
  const deep = (levels: number) => `${"[".repeat(levels)}1e999${"]".repeat(levels)}`
  const textOf = (levels: number) =>
    `{"version":"2.0","item":{"name":"a","path":"/"},"annotations":[],"more":${deep(levels)}}`
  expect(() => readAnnotationFile(textOf(100_000), "a.json")).toThrow(
    expect.objectContaining({ code: "format", file: "a.json", rule: "its values are nested too deeply" }),
  )
  let more: unknown = 1
  for (let level = 0; level < 200_000; level++) more = [more]
  const file = { path: "b.json", item: { name: "b", path: "/" }, annotations: [], more } as AnnotationFile
  expect(() => writeAnnotationFile(file)).toThrow(expect.objectContaining({ code: "format", file: "b.json" }))
})
