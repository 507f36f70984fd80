import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PNG } from "pngjs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import type { ReadOptions } from "../../../src/formats/format.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import { pipe } from "../../../src/pipeline.ts"
import { images, map } from "../../../src/transforms/index.ts"
import { type Read, readAll } from "../imported.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dataloop-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

const path = () => join(directory, "a.json")

async function read(document: unknown, options?: ReadOptions): Promise<Read> {
  writeFileSync(path(), typeof document === "string" ? document : JSON.stringify(document))
  return readAll(dataloop, path(), options)
}

async function readOne(annotation: object, document: object = {}): Promise<Annotation | undefined> {
  const whole = { filename: "/a.jpg", annotations: [{ label: "car", ...annotation }], ...document }
  const { files, events } = await read(whole)
  expect(events).toEqual([])
  return files[0]?.annotations[0]
}

async function skipped(annotation: object, document: object = {}): Promise<unknown> {
  const { files, events } = await read({
    filename: "/a.jpg",
    annotations: [{ label: "car", ...annotation }],
    ...document,
  })
  expect(files[0]?.annotations).toEqual([])
  expect(events).toHaveLength(1)
  return events[0]
}

const points = (...numbers: number[]) =>
  Array.from({ length: numbers.length / 2 }, (_, i) => ({ x: numbers[2 * i], y: numbers[2 * i + 1], z: 0 }))

const png = (rows: readonly string[], colorType: 6 | 2 = 6): string => {
  const picture = new PNG({ width: rows[0]?.length as number, height: rows.length })
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++)
      picture.data[(y * row.length + x) * 4 + 3] = row[x] === "#" ? 255 : 127
  })
  return `data:image/png;base64,${PNG.sync.write(picture, { colorType }).toString("base64")}`
}

describe("dataloop.read", () => {
  it("gives a Darwin file with folder, size and shapes", async () => {
    const { files } = await read({
      _id: "5f",
      filename: "/b/../c/a.jpg",
      dir: "/c",
      metadata: { system: { width: 100, height: 80, mimetype: "image/jpeg" } },
      annotations: [
        {
          type: "box",
          label: " car ",
          attributes: ["old"],
          coordinates: points(3, 5, 1, 2),
          description: "note",
          metadata: {
            system: {
              objectId: 12,
              frame: 0,
              endFrame: 1,
              snapshots_: [{ frame: 0, data: points(1, 2, 3, 5) }],
              attributes: { "1": "red", "2": ["a", "b"], "3": 0.5, "4": true, "5": false, "6": null },
            },
          },
        },
      ],
    })
    expect(files).toEqual([
      {
        path: path(),
        version: "2.0",
        item: {
          name: "a.jpg",
          path: "/c",
          slots: [
            { slot_name: "0", type: "image", source_files: [{ file_name: "a.jpg" }], width: 100, height: 80 },
          ],
        },
        annotations: [
          {
            type: "bounding_box",
            name: " car ",
            bounding_box: { x: 1, y: 2, w: 2, h: 3 },
            text: { text: "note" },
            attributes: ["old", "1:red", "2:a", "2:b", "3:0.5", "4"],
            instance_id: { value: 12 },
          },
        ],
      },
    ])
  })

  it("reads an item without annotations", async () => {
    const { files } = await read({ filename: "a.jpg", metadata: null })
    expect(files[0]?.annotations).toEqual([])
  })

  it("turns a box around its middle, clockwise by degrees", async () => {
    const turned = await readOne({ type: "box", coordinates: [...points(0, 0, 4, 2), 90] })
    const near = (x: number, y: number) => ({ x: expect.closeTo(x, 9), y: expect.closeTo(y, 9) })
    expect(turned).toMatchObject({ polygon: { paths: [[near(3, -1), near(3, 3), near(1, 3), near(1, -1)]] } })
    expect(await readOne({ type: "box", coordinates: [...points(0, 0, 4, 2), 0] })).toMatchObject({
      bounding_box: { x: 0, y: 0, w: 4, h: 2 },
    })
  })

  it("takes four corners for a box where they are upright", async () => {
    for (const corners of [points(0, 0, 0, 2, 4, 2, 4, 0), points(4, 2, 0, 2, 0, 0, 4, 0)]) {
      expect(await readOne({ type: "box", coordinates: corners })).toMatchObject({
        type: "bounding_box",
        bounding_box: { x: 0, y: 0, w: 4, h: 2 },
      })
    }
    expect(await readOne({ type: "box", coordinates: points(2, 0, 4, 2, 2, 4, 0, 2) })).toMatchObject({
      type: "polygon",
      bounding_box: { x: 0, y: 0, w: 4, h: 4 },
    })
  })

  it("takes points without a list around them for one path", async () => {
    expect(await readOne({ type: "segment", coordinates: points(0, 0, 4, 0, 4, 4) })).toMatchObject({
      polygon: {
        paths: [
          [
            { x: 0, y: 0 },
            { x: 4, y: 0 },
            { x: 4, y: 4 },
          ],
        ],
      },
    })
  })

  it("reads a binary as the outlines of its pixels", async () => {
    for (const coordinates of [png(["....", ".##.", ".##."]), { data: png(["....", ".##.", ".##."]) }]) {
      expect(await readOne({ type: "binary", coordinates })).toMatchObject({
        type: "polygon",
        polygon: {
          paths: [
            [
              { x: 1, y: 1 },
              { x: 3, y: 1 },
              { x: 3, y: 3 },
              { x: 1, y: 3 },
            ],
          ],
        },
        bounding_box: { x: 1, y: 1, w: 2, h: 2 },
      })
    }
  })

  it("reads an upright cube, and says that a turned one has no counterpart", async () => {
    const face = (name: string, x: number, y: number) => ({
      [`${name}_tl`]: { x, y },
      [`${name}_tr`]: { x: x + 2, y },
      [`${name}_br`]: { x: x + 2, y: y + 3 },
      [`${name}_bl`]: { x, y: y + 3 },
    })
    const coordinates = { ...face("front", 1, 2), ...face("back", 5, 6), angle: 0 }
    expect(await readOne({ type: "cube", coordinates })).toMatchObject({
      cuboid: { front: { x: 1, y: 2, w: 2, h: 3 }, back: { x: 5, y: 6, w: 2, h: 3 } },
    })
    expect(
      await skipped({ type: "cube", coordinates: { ...coordinates, front_tl: { x: 0, y: 2 } } }),
    ).toMatchObject({ reason: "cube: Darwin's cuboids are two upright boxes" })
  })

  it("puts a pose and its points together", async () => {
    const child = (label: string, parentId: string, x: number) => ({
      type: "point",
      label,
      coordinates: { x, y: 0 },
      metadata: { system: { parentId } },
    })
    const { files, events } = await read({
      filename: "/a.jpg",
      annotations: [
        child("head", "p", 1),
        { id: "p", type: "pose", label: "man", coordinates: { templateId: "t" }, description: "d" },
        child("foot", "p", 2),
        child("alone", "q", 3),
        { id: "r", type: "pose", label: "none", coordinates: {} },
      ],
    })
    expect(files[0]?.annotations).toEqual([
      {
        type: "skeleton",
        name: "man",
        skeleton: {
          nodes: [
            { name: "head", x: 1, y: 0 },
            { name: "foot", x: 2, y: 0 },
          ],
        },
        text: { text: "d" },
      },
      { type: "keypoint", name: "alone", keypoint: { x: 3, y: 0 } },
    ])
    expect(events).toEqual([
      { type: "skip", file: path(), place: "annotations[4]", reason: "pose: no point belongs to it" },
    ])
  })

  it.each([
    ["note", {}, "note: Darwin has no such annotation"],
    ["polyline", { coordinates: [points(0, 0), points(1, 1)] }, "polyline: Darwin's lines have one path"],
  ])("tells of a %s that Darwin has nothing for", async (type, more, reason) => {
    expect(await skipped({ type, ...more })).toEqual({
      type: "skip",
      file: path(),
      place: "annotations[0]",
      reason,
    })
  })

  it.each([
    [{ type: "box", coordinates: points(0, 0) }, "coordinates", /two corners/],
    [{ type: "box", coordinates: [...points(0, 0, 1, 1), "3"] }, "coordinates", /two corners/],
    [{ type: "box", coordinates: points(0, 0, 1, 1, 2, 2, 3, 3, 4, 4) }, "coordinates", /two corners/],
    [{ type: "box", coordinates: [{ x: 1 }, { x: 2, y: 3 }] }, "coordinates[0]", /a point/],
    [{ type: "box", coordinates: points(-1e308, 0, 1e308, 0) }, "coordinates", /too large/],
    [{ type: "box" }, "coordinates", /is missing/],
    [{ type: "segment", coordinates: [points(0, 0), [null]] }, "coordinates[1][0]", /a point/],
    [{ type: "segment", coordinates: [[]] }, "coordinates[0]", /a path of points/],
    [{ type: "point", coordinates: null }, "coordinates", /is missing/],
    [
      { type: "ellipse", coordinates: { angle: 1, rx: -1, ry: 1, center: { x: 0, y: 0 } } },
      "coordinates.rx",
      /radius/,
    ],
    [
      { type: "ellipse", coordinates: { rx: 1, ry: 1, center: { x: 0, y: 0 } } },
      "coordinates.angle",
      /is missing/,
    ],
    [{ type: "cube", coordinates: {} }, "coordinates.front_tl", /is missing/],
    [{ type: "binary", coordinates: "iVBORw0KGgo=" }, "coordinates", /expected a picture/],
    [{ type: "binary", coordinates: "data:image/png;base64,AAAA" }, "coordinates", /not a PNG/],
    [{ type: "binary", coordinates: png([".."]) }, "coordinates", /no pixel/],
    [{ type: "binary", coordinates: png(["##"], 2) }, "coordinates", /alpha/],
    [{ type: "binary", coordinates: png(["##"]).slice(0, 90) }, "coordinates", /not a PNG/],
    [{ type: 5 }, "type", /a text/],
    [{ type: "class", label: " " }, "label", /a name/],
    [{ type: "class", attributes: "red" }, "attributes", /an object/],
    [{ type: "class", attributes: [1] }, "attributes[0]", /a text/],
    [{ type: "class", attributes: { a: { b: 1 } } }, "attributes.a", /the value of an attribute/],
    [{ type: "class", description: 1 }, "description", /a text/],
    [{ type: "class", metadata: [] }, "metadata", /an object/],
  ])("refuses %j, or leaves it out alone", async (annotation, member, rule) => {
    const document = {
      filename: "/a.jpg",
      annotations: [
        { type: "class", label: "a" },
        { label: "car", ...annotation },
        { type: "class", label: "b" },
      ],
    }
    const place = `annotations[1].${member}`
    await expect(read(document)).rejects.toMatchObject({
      code: "format",
      file: path(),
      place,
      rule: expect.stringMatching(rule),
    })
    const { files, events } = await read(document, { onInvalid: "skip" })
    expect(files[0]?.annotations.map(({ name }) => name)).toEqual(["a", "b"])
    expect(events).toEqual([{ type: "skip", file: path(), place, reason: expect.stringMatching(rule) }])
  })

  it.each([
    ["", "line 1, column 1"],
    ["{", "line 1, column 2"],
    ["[]", ""],
    ["null", ""],
    ['{"annotations":[]}', "filename"],
    ['{"filename":"/"}', "filename"],
    ['{"filename":7}', "filename"],
    ['{"filename":"a.jpg","annotations":{}}', "annotations"],
    ['{"filename":"a.jpg","metadata":{"system":{"width":-1}}}', "metadata.system.width"],
    [`{"filename":"a.jpg","annotations":${"[".repeat(100_000)}`, "line 1, column 100035"],
    [`{"filename":"a.jpg","annotations":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}`, "annotations[0]"],
  ])("refuses a file %#, or leaves it out alone", async (text, place) => {
    await expect(read(text)).rejects.toMatchObject({ code: "format", file: path(), place })
    const { events } = await read(text, { onInvalid: "skip" })
    expect(events).toMatchObject([{ type: "skip", file: path(), place }])
  })

  it("keeps __proto__ and lone surrogates what they are", async () => {
    const { files } = await read(
      '{"filename":"a.jpg","__proto__":{"annotations":[1]},"annotations":[{"type":"class","label":"\\ud800","__proto__":{"description":"x"}}]}',
    )
    expect(files[0]?.annotations).toEqual([{ type: "tag", name: "\ud800", tag: {} }])
  })
})

describe("videos", () => {
  const video = {
    filename: "/v.mp4",
    metadata: {
      system: { width: 10, height: 8, mimetype: "video/mp4", ffmpeg: { nb_read_frames: "9" } },
      fps: 2.5,
    },
  }
  const track = (system: object, more: object = {}) => ({
    type: "box",
    coordinates: points(0, 0, 4, 2),
    metadata: { system },
    ...more,
  })

  it("makes a track of snapshots, without the time where it is hidden", async () => {
    const annotation = track(
      {
        frame: 1,
        endFrame: 7,
        objectId: "3",
        snapshots_: [
          { frame: 3, data: points(1, 1, 5, 3), namedAttributes: { wet: true } },
          { frame: 4, objectVisible: false, data: points(1, 1, 5, 3) },
          { frame: 6, data: points(2, 2, 6, 4) },
        ],
      },
      { description: "d", attributes: ["red"] },
    )
    const whole = { ...video, annotations: [{ label: "car", ...annotation }] }
    const { files } = await read(whole)
    expect(files[0]?.item.slots).toEqual([
      {
        slot_name: "0",
        type: "video",
        source_files: [{ file_name: "v.mp4" }],
        width: 10,
        height: 8,
        fps: 2.5,
        frame_count: 9,
      },
    ])
    const beside = { text: { text: "d" }, instance_id: { value: 3 }, keyframe: true }
    expect(files[0]?.annotations).toEqual([
      {
        type: "video",
        name: "car",
        frames: {
          "1": { bounding_box: { x: 0, y: 0, w: 4, h: 2 }, attributes: ["red"], ...beside },
          "3": { bounding_box: { x: 1, y: 1, w: 4, h: 2 }, attributes: ["wet"], ...beside },
          "6": { bounding_box: { x: 2, y: 2, w: 4, h: 2 }, ...beside },
        },
        ranges: [
          [1, 4],
          [6, 8],
        ],
        interpolated: false,
        only_keyframes: true,
      },
    ])
    const shown: string[] = []
    const pictures = pipe(
      dataloop.read(path()),
      images(),
      map(({ annotations }) => annotations.length),
    )
    for await (const count of pictures) shown.push(String(count))
    expect(shown.join("")).toBe("011100110")
  })

  it("keeps one type where a box gets turned on its way", async () => {
    const annotation = track({ snapshots_: [{ frame: 2, data: [...points(0, 0, 4, 2), 45] }] })
    expect(await readOne(annotation, video)).toMatchObject({
      frames: {
        "0": {
          polygon: {
            paths: [
              [
                { x: 0, y: 0 },
                { x: 4, y: 0 },
                { x: 4, y: 2 },
                { x: 0, y: 2 },
              ],
            ],
          },
        },
        "2": { polygon: expect.anything() },
      },
      ranges: [[0, 3]],
    })
  })

  it("reads tags of videos", async () => {
    const tag = { type: "class", metadata: { system: { frame: 2, endFrame: 4, snapshots_: [] } } }
    expect(await readOne(tag, video)).toMatchObject({ frames: { "2": { tag: {} } }, ranges: [[2, 5]] })
  })

  it("knows a video without a media type by its name or its frames", async () => {
    const { metadata: _, ...rest } = video
    expect(await readOne(track({}), rest)).toMatchObject({ type: "video" })
    expect(await readOne(track({ frame: 1 }), { filename: "/v" })).toMatchObject({ type: "video" })
    expect(
      await readOne(track({ snapshots_: [{ frame: 1, data: points(0, 0, 1, 1) }] }), { filename: "/v" }),
    ).toMatchObject({ type: "video" })
    expect(await readOne(track({ frame: 0, endFrame: 1 }), { filename: "/v" })).toMatchObject({
      type: "bounding_box",
    })
  })

  it.each([
    [track({ frame: -1 }), "metadata.system.frame"],
    [track({ frame: 1.5 }), "metadata.system.frame"],
    [track({ endFrame: 1e9 }), "metadata.system.endFrame"],
    [track({ snapshots_: {} }), "metadata.system.snapshots_"],
    [track({ snapshots_: [{ data: [] }] }), "metadata.system.snapshots_[0]"],
    [track({ snapshots_: [{ frame: 1 }] }), "metadata.system.snapshots_[0].data"],
  ])("refuses the track %j", async (annotation, member) => {
    const document = { ...video, annotations: [{ label: "car", ...annotation }] }
    await expect(read(document)).rejects.toMatchObject({ code: "format", place: `annotations[0].${member}` })
    const { files } = await read(document, { onInvalid: "skip" })
    expect(files[0]?.annotations).toEqual([])
  })

  it.each([
    [{ type: "pose" }, "pose: a pose is read in images only"],
    [
      track({ snapshots_: [{ frame: 0, objectVisible: false, data: points(0, 0, 1, 1) }] }),
      "box: it is hidden in all of its frames",
    ],
  ])("tells of %j", async (annotation, reason) => {
    expect(await skipped(annotation, video)).toMatchObject({ reason })
  })
})
