import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ZipFile } from "yazl"
import { type SuperAnnotateReadOptions, superannotate } from "../../../src/formats/superannotate/index.ts"
import { damaged } from "../../parse/damaged.ts"
import { type Read, readAll } from "../imported.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "superannotate-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

const classes = [
  {
    id: 1,
    name: "car",
    attribute_groups: [{ id: 10, name: "colour", attributes: [{ id: 100, name: "red" }] }],
  },
  { id: 1, name: "second", attribute_groups: [] },
  { id: 2, name: "truck" },
]

function save(name: string, content: unknown): string {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content))
  return path
}

const document = (instances: unknown, more: object = {}) => ({
  metadata: { name: "a.jpg", width: 100, height: 80, status: "Completed" },
  instances,
  tags: [],
  comments: [{ x: 1, y: 2 }],
  ...more,
})

const named = (more: object) => ({ className: "car", classId: 7, probability: 100, attributes: [], ...more })
const path = () => join(directory, "a.jpg.json")

async function read(content: unknown, options?: SuperAnnotateReadOptions): Promise<Read> {
  save("a.jpg.json", content)
  return readAll(superannotate, path(), options)
}

describe("superannotate.read", () => {
  it("reads newer exports, which name classes and attributes themselves", async () => {
    const { files, events } = await read(
      document(
        [
          named({
            type: "polygon",
            points: [0, 0, 9, 0, 9, 9, 0, 9],
            exclude: [[1, 1, 2, 1, 2, 2]],
            attributes: [
              { id: 1, groupId: 2, name: "2", groupName: "Num doors" },
              { name: 3.5, groupName: "length" },
              { name: "alone" },
            ],
          }),
          named({
            type: "template",
            points: [
              { id: 1, x: 1, y: 2 },
              { id: 2, x: 3, y: 4 },
            ],
            connections: [{ id: 1, from: 1, to: 2 }],
            pointLabels: { "1": "head" },
          }),
          named({ type: "ellipse", cx: 1, cy: 2, rx: 3, ry: 4, angle: 180 }),
          named({ type: "tag", attributes: [] }),
        ],
        { tags: ["night"] },
      ),
    )
    expect(events).toEqual([])
    expect(files).toEqual([
      {
        path: path(),
        version: "2.0",
        item: {
          name: "a.jpg",
          path: "/",
          slots: [
            { slot_name: "0", type: "image", source_files: [{ file_name: "a.jpg" }], width: 100, height: 80 },
          ],
        },
        annotations: [
          {
            type: "polygon",
            name: "car",
            polygon: {
              paths: [
                [
                  { x: 0, y: 0 },
                  { x: 9, y: 0 },
                  { x: 9, y: 9 },
                  { x: 0, y: 9 },
                ],
                [
                  { x: 1, y: 1 },
                  { x: 2, y: 1 },
                  { x: 2, y: 2 },
                ],
              ],
            },
            bounding_box: { x: 0, y: 0, w: 9, h: 9 },
            attributes: ["Num doors:2", "length:3.5", "alone"],
          },
          {
            type: "skeleton",
            name: "car",
            skeleton: {
              nodes: [
                { name: "1", x: 1, y: 2 },
                { name: "head", x: 3, y: 4 },
              ],
            },
          },
          {
            type: "ellipse",
            name: "car",
            ellipse: { angle: Math.PI, center: { x: 1, y: 2 }, radius: { x: 3, y: 4 } },
          },
          { type: "tag", name: "car", tag: {} },
          { type: "tag", name: "night", tag: {} },
        ],
      },
    ])
  })

  it("adds the shape to classes when asked to", async () => {
    const instances = [
      named({ type: "bbox", points: { x1: 0, y1: 0, x2: 1, y2: 1 } }),
      named({ type: "tag" }),
    ]
    const { files } = await read(document(instances), { shapeSuffix: true })
    expect(files[0]?.annotations.map(({ name }) => name)).toEqual(["car-bbox", "car"])
  })

  it("finds classes beside the file, or in a folder of theirs, on disk and in archives", async () => {
    const instance = { type: "point", classId: 1, attributes: [{ id: 100, groupId: 10 }], x: 1, y: 2 }
    const of = (name: string) => document([instance], { metadata: { name } })
    save("x/classes.json", classes)
    save("x/b.json", of("b"))
    save("y/classes/classes.json", [{ id: 1, name: "bus", attribute_groups: classes[0]?.attribute_groups }])
    save("y/c.json", of("c"))
    save("y/d.json", of("d"))

    const archive = new ZipFile()
    archive.addBuffer(Buffer.from(JSON.stringify(of("b"))), "x/b.json")
    archive.addBuffer(Buffer.from(JSON.stringify(of("c"))), "c.json")
    archive.addBuffer(Buffer.from(JSON.stringify(classes)), "x/classes.json")
    archive.addBuffer(
      Buffer.from(JSON.stringify([{ id: 1, name: "bus", attribute_groups: classes[0]?.attribute_groups }])),
      "classes/classes.json",
    )
    archive.end()
    const chunks: Uint8Array[] = []
    for await (const chunk of archive.outputStream as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk)
    writeFileSync(join(directory, "a.zip"), Buffer.concat(chunks))

    for (const concurrency of [1, 3]) {
      const options = { concurrency }
      const onDisk = await readAll(superannotate, [join(directory, "x"), join(directory, "y")], options)
      const inArchive = await readAll(superannotate, join(directory, "a.zip"), options)
      const seen = ({ files }: Read) =>
        files.map(
          ({ item, annotations: [first] }) =>
            `${item.name} ${first?.name} ${(first as { attributes?: unknown }).attributes}`,
        )
      expect(seen(onDisk)).toEqual(["b car colour:red", "c bus colour:red", "d bus colour:red"])
      expect(seen(inArchive)).toEqual(["b car colour:red", "c bus colour:red"])
    }
  })

  it("does without classes where nothing goes by an id", async () => {
    save("classes.json", "no JSON")
    const point = named({ type: "point", x: 1, y: 2 })
    expect((await read(document([point]))).files[0]?.annotations).toHaveLength(1)
    await expect(read(document([{ ...point, className: null }]))).rejects.toMatchObject({
      file: join(directory, "classes.json"),
      place: "line 1, column 1",
    })
  })

  it.each([
    [{ className: undefined, classId: -1, type: "point", x: 1, y: 2 }, "point: it has no class"],
    [{ type: "cloud" }, "cloud: Darwin has no such annotation"],
    [{ parts: [{ color: "#000447" }] }, "its pixels are in a picture beside the file, which is not read"],
    [{ meta: { type: "bbox" }, parameters: [] }, "instances of videos go by time, not by frames"],
  ])("tells of %j", async (more, reason) => {
    const { files, events } = await read(document([named(more)]))
    expect(files[0]?.annotations).toEqual([])
    expect(events).toEqual([{ type: "skip", file: path(), place: "instances[0]", reason }])
  })

  const box = { type: "bbox", points: { x1: 0, y1: 0, x2: 1, y2: 1 } }
  it.each([
    [null, "", "expected an object"],
    [named({}), ".type", "is missing"],
    [named({ ...box, points: { x1: 0, y1: 0, x2: 1 } }), ".points.y2", "is missing"],
    [named({ ...box, points: { x1: 0, y1: 0, x2: "1", y2: 1 } }), ".points.x2", "expected a finite number"],
    [
      named({ ...box, points: { x1: -1e308, y1: 0, x2: 1e308, y2: 1 } }),
      ".points",
      "its numbers are too large",
    ],
    [named({ ...box, className: " " }), ".className", "expected a name, not an empty text"],
    [{ ...box, classId: "1" }, ".classId", "expected a whole number"],
    [{ ...box }, ".classId", "is missing"],
    [named({ ...box, attributes: {} }), ".attributes", "expected a list"],
    [named({ ...box, attributes: [{}] }), ".attributes[0].groupId", "is missing"],
    [named({ type: "polygon", points: [0, 0, 1, 1] }), ".points", "a polygon needs three points"],
    [named({ type: "polygon", points: [0, 0, 1, 1, null, 2] }), ".points[4]", "expected a finite number"],
    [
      named({ type: "polygon", points: [0, 0, 1, 1, 2, 3], exclude: [[1, 2]] }),
      ".exclude[0]",
      "a polygon needs three points",
    ],
    [named({ type: "polyline", points: [] }), ".points", "a polyline needs a point"],
    [named({ type: "rbbox", points: { x1: 1 } }), ".points.y1", "is missing"],
    [
      named({ type: "ellipse", cx: 1, cy: 1, rx: -1, ry: 1, angle: 0 }),
      ".rx",
      "expected a radius, not a negative number",
    ],
    [named({ type: "cuboid", points: { f1: { x: 1 } } }), ".points.r1", "is missing"],
    [named({ type: "template", points: [{ x: 1, y: 2 }] }), ".points[0].id", "is missing"],
  ])("refuses %j, or leaves it out alone", async (instance, member, rule) => {
    save("classes.json", classes)
    const content = document([named(box), instance, named(box)])
    const place = `instances[1]${member}`
    await expect(read(content)).rejects.toMatchObject({ code: "format", file: path(), place, rule })
    const { files, events } = await read(content, { onInvalid: "skip" })
    expect(files[0]?.annotations).toHaveLength(2)
    expect(events).toEqual([{ type: "skip", file: path(), place, reason: rule }])
  })

  it.each([
    ["", "line 1, column 1"],
    ["[]", ""],
    ["{}", "metadata"],
    ['{"metadata":{}}', "metadata.name"],
    ['{"metadata":{"name":"a/"}}', "metadata.name"],
    ['{"metadata":{"name":"a","width":1.5}}', "metadata.width"],
    ['{"metadata":{"name":"a"},"instances":{}}', "instances"],
    ['{"metadata":{"name":"a"},"tags":""}', "tags"],
    ['{"metadata":{"name":"a"},"tags":["x",1]}', "tags[1]"],
    ['{"__proto__":{"metadata":{"name":"a"}}}', "metadata"],
    [`{"metadata":{"name":"a"},"instances":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}`, "instances[0]"],
  ])("refuses the file %#", async (text, place) => {
    await expect(read(text)).rejects.toMatchObject({ code: "format", file: path(), place })
    const { events } = await read(text, { onInvalid: "skip" })
    expect(events).toMatchObject([{ type: "skip", file: path(), place }])
  })

  it("passes over classes.json, and keeps sizes that are told only", async () => {
    save("classes.json", classes)
    save("b.json", { metadata: { name: "b.jpg", width: null, height: 0 } })
    const { files } = await readAll(superannotate, directory)
    expect(files.map(({ item }) => item.slots)).toEqual([
      [{ slot_name: "0", type: "image", source_files: [{ file_name: "b.jpg" }] }],
    ])
  })

  it("meets damaged files with a typed error or a result", async () => {
    const texts = [
      JSON.stringify(
        document(
          [
            { ...box, classId: 1, attributes: [{ id: 100, groupId: 10 }] },
            named({ type: "polygon", points: [0, 0, 9, 0, 9, 9], exclude: [[1, 1, 2, 1, 2, 2]] }),
            named({ type: "template", points: [{ id: 1, x: 1, y: 2e1 }], pointLabels: { "0": "head" } }),
            named({
              type: "cuboid",
              points: { f1: { x: 1, y: 2 }, f2: { x: 3, y: 4 }, r1: { x: 1, y: 2 }, r2: { x: 3, y: 4 } },
            }),
          ],
          { tags: ["t"] },
        ),
      ),
      JSON.stringify(classes),
    ] as const
    await fc.assert(
      fc.asyncProperty(
        damaged(damaged(fc.constant(texts[0]))),
        damaged(fc.constant(texts[1])),
        fc.constantFrom(2_000, 2_000, 100),
        async (text, list, cut) => {
          save("classes.json", list)
          const { files } = await read(text.slice(0, cut), { onInvalid: "skip" })
          expect(JSON.stringify(files)).not.toMatch(/NaN|Infinity|:null/)
          try {
            await read(text.slice(0, cut))
          } catch (error) {
            expect(error).toMatchObject({ code: "format", file: expect.stringContaining(directory) })
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})
