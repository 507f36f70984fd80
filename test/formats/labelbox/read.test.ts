import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ZipFile } from "yazl"
import type { ReadOptions } from "../../../src/formats/format.ts"
import { labelbox } from "../../../src/formats/labelbox/index.ts"
import type { VideoAnnotation } from "../../../src/model/annotation.ts"
import { pipe } from "../../../src/pipeline.ts"
import { images, interpolate, map } from "../../../src/transforms/index.ts"
import { streamContract } from "../../contracts/stream-contract.ts"
import { damaged } from "../../parse/damaged.ts"
import { type Read, readAll } from "../imported.ts"

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "labelbox-"))
})
afterAll(() => rmSync(directory, { recursive: true }))

const path = () => join(directory, "a.ndjson")

async function read(content: string | Uint8Array, options?: ReadOptions): Promise<Read> {
  writeFileSync(path(), content)
  return readAll(labelbox, path(), options)
}

const row = (annotations: object, more: object = {}) => ({
  data_row: { id: "r", external_id: "b/a.jpg", row_data: "https://storage.example/a.jpg?x=1" },
  media_attributes: { width: 100, height: 80, mime_type: "image/jpeg" },
  projects: { p: { name: "P", labels: [{ label_kind: "Default", annotations }] } },
  ...more,
})

const object = (more: object) => ({
  feature_id: "f",
  name: "Car",
  value: "car",
  classifications: [],
  ...more,
})
const box = object({
  annotation_kind: "ImageBoundingBox",
  bounding_box: { top: 2, left: 1, height: 4, width: 3 },
})
const label = "line 1: $.projects.p.labels[0].annotations"

describe("labelbox.read", () => {
  it("reads a data row with its shapes, answers and size", async () => {
    const { files, events } = await read(
      JSON.stringify(
        row({
          objects: [
            object({
              annotation_kind: "ImageBoundingBox",
              bounding_box: { top: 2, left: 1.5, height: 4, width: 3 },
              classifications: [
                {
                  name: "Occlusion",
                  value: "occlusion",
                  radio_answer: {
                    name: "Partly",
                    value: "partly",
                    classifications: [
                      { name: "side", checklist_answers: [{ name: "left" }, { name: "top" }] },
                    ],
                  },
                },
                { name: "note", text_answer: { content: "dusty" } },
              ],
            }),
            object({
              annotation_kind: "ImagePolygon",
              polygon: [
                { x: 0, y: 0 },
                { x: 4, y: 0 },
                { x: 4, y: 4 },
              ],
            }),
            object({ annotation_kind: "ImagePoint", point: { x: 1, y: 2 } }),
            object({
              annotation_kind: "ImagePolyline",
              line: [
                { x: 1, y: 2 },
                { x: 3, y: 4 },
              ],
            }),
          ],
          classifications: [
            { name: "time", radio_answer: { name: "night" } },
            { name: "seen", checklist_answers: [{ name: "rain" }, { name: "fog" }] },
            { name: "remark", text_answer: { content: "" } },
          ],
        }),
      ),
    )
    expect(events).toEqual([])
    expect(files).toEqual([
      {
        path: path(),
        version: "2.0",
        item: {
          name: "a.jpg",
          path: "/b",
          slots: [
            {
              slot_name: "0",
              type: "image",
              source_files: [{ file_name: "a.jpg", url: "https://storage.example/a.jpg?x=1" }],
              width: 100,
              height: 80,
            },
          ],
        },
        annotations: [
          {
            type: "bounding_box",
            name: "Car",
            bounding_box: { x: 1.5, y: 2, w: 3, h: 4 },
            text: { text: "dusty" },
            attributes: ["occlusion:partly", "side:left", "side:top"],
          },
          {
            type: "polygon",
            name: "Car",
            polygon: {
              paths: [
                [
                  { x: 0, y: 0 },
                  { x: 4, y: 0 },
                  { x: 4, y: 4 },
                ],
              ],
            },
            bounding_box: { x: 0, y: 0, w: 4, h: 4 },
          },
          { type: "keypoint", name: "Car", keypoint: { x: 1, y: 2 } },
          {
            type: "line",
            name: "Car",
            line: {
              path: [
                { x: 1, y: 2 },
                { x: 3, y: 4 },
              ],
            },
          },
          { type: "tag", name: "time:night", tag: {} },
          { type: "tag", name: "seen:rain", tag: {} },
          { type: "tag", name: "seen:fog", tag: {} },
          { type: "tag", name: "remark", tag: {}, text: { text: "" } },
        ],
      },
    ])
  })

  it("takes the global key where there is no external id", async () => {
    const { files } = await read(JSON.stringify(row({}, { data_row: { global_key: "k.png" } })))
    expect(files[0]?.item.name).toBe("k.png")
    expect(files[0]?.item.slots?.[0]?.source_files).toEqual([{ file_name: "k.png" }])
    await expect(read(JSON.stringify(row({}, { data_row: {} })))).rejects.toMatchObject({
      place: "line 1: $.data_row",
      rule: "has neither external_id nor global_key",
    })
  })

  it("reads either kind of record in either kind of file", async () => {
    const legacy = {
      "External ID": "l.jpg",
      "Labeled Data": "gs://bucket/l.jpg",
      "Media Attributes": { width: 4, height: 3 },
      Label: {
        objects: [{ title: "car", point: { x: 1, y: 2 }, classifications: [{ value: "q", answer: "t" }] }],
      },
    }
    const records = [legacy, row({ objects: [box] })]
    const list = await read(`\ufeff \n${JSON.stringify(records, null, 2)}\n`)
    const lines = await read(`\n${records.map((one) => JSON.stringify(one)).join("\r\n\r\n")}\r\n`)
    expect(lines.files).toEqual(list.files)
    expect(list.files).toMatchObject([
      {
        item: { name: "l.jpg", slots: [{ width: 4, height: 3, source_files: [{ file_name: "l.jpg" }] }] },
        annotations: [{ name: "car", text: { text: "t" } }],
      },
      { item: { name: "a.jpg" }, annotations: [{ name: "Car" }] },
    ])
    const wide = await read(Buffer.from(`\ufeff${JSON.stringify(records)}`, "utf16le"))
    expect(wide.files).toEqual(list.files)
  })

  it("puts several labels together, and says so", async () => {
    const labels = [{ annotations: { objects: [box] } }, { annotations: { objects: [box] } }]
    const { files, events } = await read(
      JSON.stringify(row({}, { projects: { p: { labels }, q: { labels: [] }, r: {} } })),
    )
    expect(files[0]?.annotations).toHaveLength(2)
    expect(events).toEqual([
      { type: "warning", message: `${path()}: line 1: $: the annotations of 2 labels are put together` },
    ])
  })

  it("joins several texts of an object", async () => {
    const texts = ["a", "b"].map((name) => ({ name, text_answer: { content: `${name}${name}` } }))
    const { files } = await read(JSON.stringify(row({ objects: [{ ...box, classifications: texts }] })))
    expect(files[0]?.annotations[0]).toMatchObject({ text: { text: "a: aa\nb: bb" } })
  })

  it.each([
    [
      { annotation_kind: "ImageSegmentationMask", mask: { url: "https://x" } },
      "ImageSegmentationMask: its pixels are behind an address, which is not fetched",
    ],
    [
      { annotation_kind: "ImageSegmentationMask", composite_mask: { url: "https://x" } },
      "ImageSegmentationMask: its pixels are behind an address, which is not fetched",
    ],
    [{ instanceURI: "https://x" }, "its pixels are behind an address, which is not fetched"],
    [{ annotation_kind: "TextEntity", location: {} }, "TextEntity: Darwin has no such annotation"],
    [
      { annotation_kind: "DocumentBoundingBox", page_number: 1, bounding_box: {} },
      "DocumentBoundingBox: it is on a page of a document",
    ],
  ])("tells of %j", async (more, reason) => {
    const { files, events } = await read(JSON.stringify(row({ objects: [object(more), box] })))
    expect(files[0]?.annotations).toHaveLength(1)
    expect(events).toEqual([{ type: "skip", file: path(), place: `${label}.objects[0]`, reason }])
  })

  it("tells of series", async () => {
    const { events } = await read(JSON.stringify(row({ groups: { Axial: {} } })))
    expect(events).toMatchObject([{ type: "skip", reason: "the slices of a series are not read" }])
  })

  it.each([
    [{ objects: [box, object({}), box] }, ".objects[1]", "is none of bbox, polygon, point and line"],
    [
      { objects: [box, object({ point: { x: 1, y: 2 }, line: [] }), box] },
      ".objects[1]",
      "is point and line at once",
    ],
    [
      { objects: [box, { ...box, bounding_box: { top: 1, left: 1, height: 1 } }, box] },
      ".objects[1].bounding_box.width",
      "is missing",
    ],
    [
      { objects: [box, { ...box, name: " " }, box] },
      ".objects[1].name",
      "expected a name, not an empty text",
    ],
    [{ objects: [box, object({ line: [] }), box] }, ".objects[1].line", "a line needs a point"],
    [
      { objects: [box, { ...box, classifications: [{ name: "q" }] }, box] },
      ".objects[1].classifications[0]",
      "has no answer",
    ],
    [
      { objects: [box, box], classifications: [{ radio_answer: { name: "a" } }] },
      ".classifications[0]",
      "has no name",
    ],
    [{ objects: [box, box], classifications: {} }, ".classifications", "expected a list"],
  ])("refuses what is wrong in %j, or leaves it out alone", async (annotations, member, rule) => {
    const text = JSON.stringify(row(annotations))
    const place = `${label}${member}`
    await expect(read(text)).rejects.toMatchObject({ code: "format", file: path(), place, rule })
    const { files, events } = await read(text, { onInvalid: "skip" })
    expect(files[0]?.annotations).toHaveLength(2)
    expect(events).toEqual([{ type: "skip", file: path(), place, reason: rule }])
  })

  it("loses one line to what is no JSON, and the rest of a list to what breaks off", async () => {
    const good = JSON.stringify(row({}))
    const bad = Buffer.from(`${good}\n`)
    bad[10] = 0xff
    const lines = Buffer.concat([Buffer.from(`${good}\n{"data_row":\n7\n`), bad, Buffer.from(good)])
    await expect(read(lines)).rejects.toMatchObject({ place: "line 2" })
    const broken = await read(lines, { onInvalid: "skip" })
    expect(broken.files).toHaveLength(2)
    expect(broken.events).toMatchObject([
      { place: "line 2", reason: expect.stringMatching(/^character/) },
      { place: "line 3: $", reason: "expected an object" },
      { place: "line 4", reason: "this is not UTF-8" },
    ])
    const cut = await read(`[${good},${good},{"a":@},${good},${good.slice(0, 50)}`, { onInvalid: "skip" })
    expect(cut.files).toHaveLength(3)
    expect(cut.events).toMatchObject([
      { place: "[2]" },
      { place: "[4]", reason: "the file ends inside an array" },
    ])
  })

  it.each([
    ["", "", "the file is empty"],
    [" \n\t", "", "the file is empty"],
    ["7", "", "expected a list of records, or a record a line"],
    [`[${"[".repeat(1_000)}`, "[0]", "deeper than 512 levels"],
    [`{"a":${"[".repeat(100_000)}`, "line 1", "character 100006: the file ends inside an array"],
    [`{"__proto__":{"data_row":{"external_id":"a"}}}`, 'line 1: $["External ID"]', "is missing"],
  ])("refuses the file %#", async (text, place, rule) => {
    await expect(read(text)).rejects.toMatchObject({ code: "format", file: path(), place, rule })
    expect((await read(text, { onInvalid: "skip" })).files).toEqual([])
  })

  it("reads files, directories and archives in their order, and goes on after a broken one", async () => {
    const below = mkdtempSync(join(directory, "order-"))
    const named = (name: string) => `${JSON.stringify(row({}, { data_row: { external_id: name } }))}\n`
    writeFileSync(join(below, "b.json"), `[${named("b1")},`)
    writeFileSync(join(below, "c.NDJSON"), named("c1") + named("c2"))
    writeFileSync(join(below, "d.txt"), "no JSON")
    const archive = new ZipFile()
    archive.addBuffer(Buffer.from(named("z1")), "x/z.ndjson")
    archive.end()
    const chunks: Uint8Array[] = []
    for await (const chunk of archive.outputStream as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk)
    writeFileSync(join(directory, "a.zip"), Buffer.concat(chunks))
    const { files, events } = await readAll(labelbox, [join(directory, "a.zip"), below], {
      onInvalid: "skip",
    })
    expect(files.map(({ item }) => item.name)).toEqual(["z1", "b1", "c1", "c2"])
    expect(events).toMatchObject([{ file: join(below, "b.json") }])
  })
})

describe("videos", () => {
  const at = (left: number, more: object = {}) => ({
    ...object({ annotation_kind: "VideoBoundingBox", bounding_box: { top: 0, left, height: 4, width: 3 } }),
    ...more,
  })
  const video = (annotations: object, media: object = {}) =>
    row(annotations, {
      data_row: { external_id: "v.mp4" },
      media_attributes: {
        width: 10,
        height: 8,
        mime_type: "video/mp4",
        frame_rate: 5,
        frame_count: 6,
        ...media,
      },
    })

  it("takes an answer for a video as far as its objects go where it does not say how long it is, and says so", async () => {
    const classifications = [{ name: "weather", radio_answer: { name: "sunny" } }]
    const objects = { frames: { 4: { objects: { f1: at(1) } } } }
    const { files, events } = await read(
      JSON.stringify(video({ classifications, ...objects }, { frame_count: undefined })),
    )
    const tag = files[0]?.annotations.find(({ name }) => name === "weather:sunny") as VideoAnnotation
    expect(tag.ranges).toEqual([[0, 4]])
    expect(events.filter(({ type }) => type === "warning")).toHaveLength(1)
  })

  it("makes a track of each object, with frames from 0", async () => {
    const { files, events } = await read(
      JSON.stringify(
        video({
          frames: {
            "2": { objects: { f1: at(0), f2: at(5) } },
            "4": {
              objects: {
                f1: at(8, { classifications: [{ name: "q", radio_answer: { name: "a" } }] }),
              },
              classifications: [],
            },
          },
          segments: { f1: [[2, 5]] },
          key_frame_feature_map: { f1: { "2": true, "4": false }, f2: [2] },
          classifications: [{ name: "time", radio_answer: { name: "night" } }],
        }),
      ),
    )
    expect(events).toEqual([])
    const box = (x: number) => ({ bounding_box: { x, y: 0, w: 3, h: 4 } })
    expect(files[0]?.item.slots).toMatchObject([
      { type: "video", width: 10, height: 8, fps: 5, frame_count: 6 },
    ])
    expect(files[0]?.annotations).toEqual([
      {
        type: "video",
        name: "time:night",
        frames: { "0": { tag: {}, keyframe: true } },
        ranges: [[0, 6]],
        interpolated: false,
        only_keyframes: true,
      },
      {
        type: "video",
        name: "Car",
        frames: {
          "1": { ...box(0), keyframe: true },
          "3": { ...box(8), attributes: ["q:a"], keyframe: false },
        },
        ranges: [[1, 5]],
        interpolated: true,
        only_keyframes: true,
      },
      {
        type: "video",
        name: "Car",
        frames: { "1": { ...box(5), keyframe: true } },
        ranges: [[1, 2]],
        interpolated: true,
        only_keyframes: true,
      },
    ])
    const shown: unknown[] = []
    const pictures = pipe(
      labelbox.read(path()),
      interpolate(),
      images(),
      map(({ annotations }) =>
        annotations.map((one) => (one.type === "bounding_box" ? one.bounding_box.x : one.type)),
      ),
    )
    for await (const one of pictures) shown.push(one)
    expect(shown).toEqual([["tag"], ["tag", 0, 5], ["tag", 4], ["tag", 8], ["tag", 8], ["tag"]])
  })

  it("takes frames that follow one another for a range where no segment is told", async () => {
    const frames = Object.fromEntries([1, 2, 3, 5].map((frame) => [frame, { objects: [at(frame)] }]))
    const { files } = await read(JSON.stringify(video({ frames })))
    expect(files[0]?.annotations).toMatchObject([
      {
        ranges: [
          [0, 3],
          [4, 5],
        ],
      },
    ])
  })

  it("tells of answers for single frames, and of masks once", async () => {
    const mask = object({ annotation_kind: "VideoSegmentationMask", mask: { url: "x" } })
    const { files, events } = await read(
      JSON.stringify(
        video({
          frames: {
            "1": { objects: { m: mask }, classifications: [{ name: "q", radio_answer: { name: "a" } }] },
            "2": { objects: { m: mask } },
          },
        }),
      ),
    )
    expect(files[0]?.annotations).toEqual([])
    expect(events).toMatchObject([
      {
        place: `${label}.frames.1.objects.m`,
        reason: "VideoSegmentationMask: its pixels are behind an address, which is not fetched",
      },
      {
        place: `${label}.frames.1.classifications[0]`,
        reason: "an answer for single frames is not read",
      },
    ])
  })

  it.each([
    [{ frames: { "0": { objects: {} } } }, ".frames.0"],
    [{ frames: { x: { objects: {} } } }, ".frames.x"],
    [{ frames: { "1": [] } }, ".frames.1"],
    [
      {
        frames: {
          "1": { objects: { f: object({ point: { x: 1, y: 1 } }) } },
          "2": { objects: { f: at(1) } },
        },
      },
      ".frames.2.objects.f",
    ],
    [{ frames: { "1": { objects: { f: at(1) } } }, segments: { f: [[2, 1]] } }, ".segments.f[0]"],
    [{ frames: { "1": { objects: { f: at(1) } } }, segments: { f: [5] } }, ".segments.f[0]"],
  ])("refuses %j", async (annotations, member) => {
    const text = JSON.stringify(video(annotations))
    await expect(read(text)).rejects.toMatchObject({ code: "format", place: `${label}${member}` })
    const { files, events } = await read(text, { onInvalid: "skip" })
    expect(files[0]?.annotations).toEqual([])
    expect(events).toHaveLength(1)
  })
})

it("meets damaged files with a typed error or a result", async () => {
  const records = [
    row({
      objects: [
        box,
        object({
          polygon: [
            { x: 0, y: 0 },
            { x: 4, y: 0 },
            { x: 4, y: 4 },
          ],
        }),
      ],
      classifications: [{ name: "q", radio_answer: { name: "a" } }],
    }),
    {
      "External ID": "l.jpg",
      Label: { objects: [{ title: "car", point: { x: 1, y: 2e1 } }], classifications: [] },
    },
    row({ frames: { "2": { objects: { f: box } } }, segments: { f: [[2, 3]] } }),
  ]
  const texts = fc.constantFrom(JSON.stringify(records), records.map((one) => JSON.stringify(one)).join("\n"))
  await fc.assert(
    fc.asyncProperty(damaged(damaged(texts)), fc.constantFrom(2_000, 2_000, 300, 20), async (text, cut) => {
      const { files } = await read(text.slice(0, cut), { onInvalid: "skip" })
      expect(JSON.stringify(files)).not.toMatch(/NaN|Infinity|:null/)
      try {
        await read(text.slice(0, cut))
      } catch (error) {
        expect(error).toMatchObject({ code: "format", file: path() })
      }
    }),
    { numRuns: 500 },
  )
})

const names = Array.from({ length: 12 }, (_, index) => `${String(index).padStart(2, "0")}.png`)
for (const kind of ["list", "lines"]) {
  streamContract(`reading Labelbox, ${kind}`, {
    open: () => {
      const file = join(directory, `contract-${kind}.json`)
      const rows = names.map((name) =>
        JSON.stringify(row({ objects: [box] }, { data_row: { external_id: name } })),
      )
      writeFileSync(file, kind === "list" ? `[${rows.join(",")}]` : rows.join("\n"))
      return pipe(
        labelbox.read(file),
        map(({ item }) => item.name),
      )
    },
    gives: names,
  })
}
