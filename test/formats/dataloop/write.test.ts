import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import { filesBelow } from "../golden.ts"
import { documentsBelow, image, writeFiles } from "./files.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dataloop-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

const box: Annotation = {
  type: "bounding_box",
  name: "car",
  bounding_box: { x: 1.5, y: 2, w: 10, h: 20 },
}

describe("dataloop.write", () => {
  it("writes an item's JSON", async () => {
    const annotations: Annotation[] = [
      {
        ...box,
        name: 'é "🚗"\u0001',
        attributes: ["red", "x"],
        text: { text: "a\nb" },
        instance_id: { value: 7 },
      },
      {
        type: "ellipse",
        name: "e",
        ellipse: { angle: Math.PI / 2, center: { x: 1, y: 2 }, radius: { x: 3, y: -4 } },
      },
    ]
    await writeFiles(directory, [image("é & <a>.png", annotations, { folder: "/b//c" })])
    expect(readFileSync(join(directory, "b/c/é & _a_.json"), "utf8")).toBe(
      '{"_id":0,"filename":"/b/c/é & <a>.png","itemMetadata":[],"metadata":{"system":{"width":100,"height":80}},"annotations":[' +
        '{"id":0,"datasetId":"darwin","type":"box","label":"é \\"🚗\\"\\u0001","attributes":["red","x"],' +
        '"coordinates":[{"x":1.5,"y":2,"z":0},{"x":11.5,"y":22,"z":0}],"metadata":{"system":{"objectId":"7"}},"description":"a\\nb"},' +
        '{"id":1,"datasetId":"darwin","type":"ellipse","label":"e","attributes":[],' +
        '"coordinates":{"angle":90,"center":{"x":1,"y":2,"z":0},"rx":3,"ry":4},"metadata":{"system":{}}}]}',
    )
  })

  it("counts what Dataloop cannot hold", async () => {
    const layer = { dense_rle: [0, 2], mask_annotation_ids_mapping: { m: 1 }, total_pixels: 2 }
    const { summary, events } = await writeFiles(directory, [
      image(
        "a.jpg",
        [
          box,
          { type: "skeleton", name: "man", skeleton: { nodes: [{ name: "head", x: 1, y: 2 }] } },
          { type: "polygon", name: "empty", polygon: { paths: [[]] } },
          { type: "line", name: "empty", line: { path: [] } },
          { type: "mask", id: "m", name: "sky", mask: {} },
          { type: "mask", id: "n", name: "sky", mask: {} },
          { type: "raster_layer", name: "layer", raster_layer: layer },
          {
            type: "simple_table",
            name: "t",
            simple_table: { bounding_box: { x: 0, y: 0, w: 1, h: 1 }, col_offsets: [], row_offsets: [] },
          },
          { type: "keypoint", name: "far", keypoint: { x: Number.POSITIVE_INFINITY, y: 0 } },
          { type: "unknown", name: "odd" },
        ],
        { slot: { width: 2, height: 1 } },
      ),
    ])
    expect(summary).toMatchObject({
      images: 1,
      annotations: 10,
      written: 2,
      skipped: [
        {
          class: "man",
          type: "skeleton",
          reason: "a pose of Dataloop needs a template of its recipe",
          count: 1,
        },
        { class: "empty", type: "polygon", reason: "it has no point", count: 1 },
        { class: "empty", type: "line", reason: "it has no point", count: 1 },
        { class: "sky", type: "mask", reason: "it has no pixel", count: 1 },
        { class: "sky", type: "mask", reason: "no raster layer holds its pixels", count: 1 },
        { class: "t", type: "simple_table", reason: "Dataloop has no such shape", count: 1 },
        { class: "far", type: "keypoint", reason: "its numbers are too large", count: 1 },
        { class: "odd", type: "unknown", reason: "its shape is not known", count: 1 },
      ],
    })
    expect(events).toContainEqual({
      type: "skip",
      file: "a.jpg.json",
      place: "annotations[1]",
      reason: "skeleton: a pose of Dataloop needs a template of its recipe",
    })
    expect([...documentsBelow(directory).values()][0]?.annotations.map(({ id }) => id)).toEqual([0])
  })

  it("gives every image a file and a number of its own", async () => {
    const { events } = await writeFiles(directory, [
      image("a.jpg", []),
      image("a.png", []),
      image("A.PNG", []),
      image("a.v1", []),
      image("a.jpg", [], { folder: "/b" }),
      image(".jpg", []),
    ])
    const numbers = [...documentsBelow(directory)].map(
      ([file, { _id, filename }]) => `${_id} ${file} ${filename}`,
    )
    expect(numbers.sort()).toEqual([
      "0 a.json /a.jpg",
      "1 a_2.json /a.png",
      "2 A_3.json /A.PNG",
      "3 a.v1.json /a.v1",
      "4 b/a.json /b/a.jpg",
      "5 .jpg.json /.jpg",
    ])
    expect(events).toContainEqual({
      type: "warning",
      message: "a.png.json: written as a_2.json, since another image has a.json",
    })
  })

  it("writes slots and frames as images", async () => {
    const slots = ["0", "1"].map((slot_name) => ({
      slot_name,
      type: "image" as const,
      source_files: [{ file_name: `${slot_name}.png` }],
      width: 4,
      height: 3,
    }))
    const video = { slot_name: "0", type: "video" as const, frame_count: 2, width: 4, height: 3 }
    await writeFiles(directory, [
      { path: "s", item: { name: "s", path: "/", slots }, annotations: [{ ...box, slot_names: ["1"] }] },
      {
        path: "v",
        item: { name: "v.mp4", path: "/", slots: [video] },
        annotations: [{ type: "video", name: "car", frames: { "1": { tag: {} } } }],
      },
    ])
    const written = [...documentsBelow(directory)].map(
      ([file, { annotations }]) => `${file} ${annotations.map(({ type }) => type)}`,
    )
    expect(written).toEqual(["s/0/0.json ", "s/1/1.json box", "v/0000000.json ", "v/0000001.json class"])
  })

  it.each([
    ["../a.jpg", "/"],
    ["..", "/"],
    ["a.jpg", "/../.."],
    ["a\u0000.jpg", "/"],
    ["C:a.jpg", "/"],
    ["con.jpg", "/"],
    ["", "/"],
    ["/etc/a.jpg", "/"],
  ])("refuses the name %j in %j", async (name, folder) => {
    await expect(writeFiles(directory, [image(name, [], { folder })])).rejects.toMatchObject({ code: "path" })
    expect(filesBelow(directory)).toEqual([])
  })

  it("leaves nothing half-written when its input fails", async () => {
    const failing = (async function* () {
      yield image("a.jpg", [box])
      throw new Error("the source broke")
    })()
    await expect(dataloop.write(directory)(failing)).rejects.toThrow("the source broke")
    expect(filesBelow(directory)).toEqual(["a.json"])
  })

  it("writes nothing for no input", async () => {
    const { summary } = await writeFiles(directory, [])
    expect(summary).toEqual({ images: 0, annotations: 0, written: 0, classes: [], skipped: [] })
    expect(filesBelow(directory)).toEqual([])
  })
})
