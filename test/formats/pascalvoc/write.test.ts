import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { pascalvoc } from "../../../src/formats/pascalvoc/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import { filesBelow } from "../golden.ts"
import { box, image, temporary, writeFiles } from "./files.ts"
import { objects, trees } from "./golden.ts"

let directory: string
let remove: () => void
beforeEach(() => {
  ;({ directory, remove } = temporary())
})
afterEach(() => remove())

async function written(...annotations: Annotation[]): Promise<string[]> {
  await writeFiles(directory, [image("a.jpg", annotations)])
  return [...trees(directory).values()].flatMap(objects)
}

describe("pascalvoc.write", () => {
  it("writes what darwin-py writes, to the byte", async () => {
    await writeFiles(directory, [image("é & <a>.png", [box('"b" > é🚗', 1.5, 2.5, 10, 20)])])
    expect(readFileSync(join(directory, "é & _a_.xml"), "utf8")).toBe(
      "<annotation><folder>images</folder><filename>&#233; &amp; &lt;a&gt;.png</filename>" +
        "<path>images/&#233; &amp; &lt;a&gt;.png</path><source><database>darwin</database></source>" +
        "<size><width>100</width><height>80</height><depth>3</depth></size><segmented>0</segmented>" +
        '<object><name>"b" &gt; &#233;&#128663;</name><pose>Unspecified</pose><truncated>0</truncated>' +
        "<difficult>0</difficult><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>12</xmax><ymax>22</ymax></bndbox>" +
        "</object></annotation>",
    )
  })

  it("rounds once, halves to the even number", async () => {
    expect(
      await written(box("a", 0.4996, -0.5, 1, 3), box("b", 0.5, 1.5, 2, 1), box("c", -1.5, -2.5, 1, 1)),
    ).toEqual(["a 0 0 1 2", "b 0 2 2 2", "c -2 -2 0 -2"])
  })

  it("writes numbers of any size in digits", async () => {
    expect(await written(box("a", 1e21, -1e22, 1e21, 0))).toEqual([
      "a 1000000000000000000000 -10000000000000000000000 2000000000000000000000 -10000000000000000000000",
    ])
  })

  it("counts what Pascal VOC cannot hold", async () => {
    const { summary, events } = await writeFiles(directory, [
      image("a.jpg", [
        { type: "tag", name: "night", tag: {} },
        box("car", 1, 2, 3, 4),
        { type: "keypoint", name: "nose", keypoint: { x: 1, y: 2 } },
        { type: "polygon", name: "empty", polygon: { paths: [[]] } },
        { type: "unknown", name: "odd" },
        { type: "tag", name: "rain", tag: {} },
      ]),
    ])
    expect(summary).toEqual({
      images: 1,
      annotations: 6,
      written: 1,
      classes: [
        { class: "night", type: "tag", written: 0, skipped: 1 },
        { class: "car", type: "bounding_box", written: 1, skipped: 0 },
        { class: "nose", type: "keypoint", written: 0, skipped: 1 },
        { class: "empty", type: "polygon", written: 0, skipped: 1 },
        { class: "odd", type: "unknown", written: 0, skipped: 1 },
        { class: "rain", type: "tag", written: 0, skipped: 1 },
      ],
      skipped: [
        { class: "night", type: "tag", reason: "Pascal VOC has boxes only", count: 1 },
        { class: "nose", type: "keypoint", reason: "Pascal VOC has boxes only", count: 1 },
        { class: "empty", type: "polygon", reason: "it has no point", count: 1 },
        { class: "odd", type: "unknown", reason: "Pascal VOC has boxes only", count: 1 },
        { class: "rain", type: "tag", reason: "Pascal VOC has boxes only", count: 1 },
      ],
    })
    expect(events.filter(({ type }) => type === "skip")).toHaveLength(5)
    expect(events).toContainEqual({
      type: "skip",
      file: "a.jpg.json",
      place: "annotations[0]",
      reason: "tag: Pascal VOC has boxes only",
    })
    expect(events).toContainEqual({ type: "file", task: "write", path: "a.jpg.json" })
  })

  it("sets the flags that attributes name, whatever their case", async () => {
    await writeFiles(directory, [
      image("a.jpg", [
        { ...box("a", 0, 0, 1, 1), attributes: ["Truncated", "difficult", "OCCLUDED", "red"] } as Annotation,
      ]),
    ])
    expect(readFileSync(join(directory, "a.xml"), "utf8")).toContain(
      "<truncated>1</truncated><occluded>1</occluded><difficult>1</difficult><bndbox>",
    )
  })

  it("takes the older form of polygons, and a stored box only where it is the polygon's", async () => {
    const path = [
      { x: 10.2, y: 5 },
      { x: 20.26, y: 5 },
      { x: 20.26, y: 30.7 },
    ]
    const polygon = (stored: unknown) =>
      ({ type: "polygon", name: "p", polygon: { path }, bounding_box: stored }) as Annotation
    expect(
      await written(
        polygon(undefined),
        polygon({ x: 10.2, y: 5, w: 10.1, h: 25.7 }),
        polygon({ x: 0, y: 0, w: 1, h: 1 }),
        polygon({ x: "a" }),
        polygon(null),
      ),
    ).toEqual(Array(5).fill("p 10 5 20 31"))
  })

  it("replaces what XML cannot hold in a name, and says so", async () => {
    const { events } = await writeFiles(directory, [image("a.jpg", [box("a\u0001b", 0, 0, 1, 1)])])
    expect(objects([...trees(directory).values()][0] as never)).toEqual(["a\ufffdb 0 0 1 1"])
    expect(events).toContainEqual({
      type: "warning",
      message: "a.jpg.json: annotations[0].name: U+FFFD is written for what XML cannot hold",
    })
  })

  it("gives every image a file of its own", async () => {
    const { events } = await writeFiles(directory, [
      image("a.jpg", []),
      image("a.png", []),
      image("A.PNG", []),
      image("a.jpg", [], { folder: "/b//c/" }),
      image(".jpg", []),
      image("a.v1", []),
      image("a.v2", []),
    ])
    expect(filesBelow(directory).sort()).toEqual([
      ".jpg.xml",
      "A_3.xml",
      "a.v1.xml",
      "a.v2.xml",
      "a.xml",
      "a_2.xml",
      "b/c/a.xml",
    ])
    expect(events).toContainEqual({
      type: "warning",
      message: "a.png.json: written as a_2.xml, since another image has a.xml",
    })
  })

  it.each([
    ["../a.jpg", "/"],
    ["..", "/"],
    ["a.jpg", "/../.."],
    ["a.jpg", "/b/../../c"],
    ["a\u0000.jpg", "/"],
    ["C:a.jpg", "/"],
    ["con.jpg", "/"],
    ["", "/"],
    ["b/", "/"],
    ["/etc/a.jpg", "/"],
  ])("refuses the name %j in %j", async (name, folder) => {
    await expect(writeFiles(directory, [image(name, [], { folder })])).rejects.toMatchObject({ code: "path" })
    expect(filesBelow(directory)).toEqual([])
  })

  it("keeps backslashes inside the directory", async () => {
    await writeFiles(directory, [image("..\\..\\b.jpg", [])])
    expect(filesBelow(directory)).toEqual([".._.._b.xml"])
  })

  it("leaves nothing half-written when its input fails", async () => {
    const failing = (async function* () {
      yield image("a.jpg", [box("a", 0, 0, 1, 1)])
      throw new Error("the source broke")
    })()
    await expect(pascalvoc.write(directory)(failing)).rejects.toThrow("the source broke")
    expect(filesBelow(directory)).toEqual(["a.xml"])
  })

  it("refuses options that are none", () => {
    expect(() => pascalvoc.write(directory, { coordinates: "one-based" as never })).toThrow(
      expect.objectContaining({ code: "option", option: "coordinates" }),
    )
  })
})

describe('coordinates: "devkit"', () => {
  const devkit = async (...annotations: Annotation[]) => {
    const { summary } = await writeFiles(directory, [image("a.jpg", annotations)], { coordinates: "devkit" })
    return { summary, written: [...trees(directory).values()].flatMap(objects) }
  }

  it("names the first and the last pixel, from 1", async () => {
    const { written } = await devkit(
      box("whole", 0, 0, 100, 80),
      box("pixel", 99, 79, 1, 1),
      box("ten", 0, 10, 10, 10),
      box("thin", 5, 5, 0.2, 0.2),
    )
    expect(written).toEqual(["whole 1 1 100 80", "pixel 100 80 100 80", "ten 1 11 10 20", "thin 6 6 6 6"])
  })

  it("clips to the image, and skips what is outside of it", async () => {
    const { written, summary } = await devkit(
      box("left", -5, -5, 10, 10),
      box("right", 95, 75, 10, 10),
      box("beyond", 100, 0, 10, 10),
      box("before", -10, 0, 10, 10),
      box("touching", 99.6, 0, 10, 10),
    )
    expect(written).toEqual(["left 1 1 5 5", "right 96 76 100 80"])
    expect(summary.skipped).toMatchObject(
      ["beyond", "before", "touching"].map((name) => ({
        class: name,
        reason: "it is outside of the image",
        count: 1,
      })),
    )
  })

  it("clips on the near sides alone where the size is not known", async () => {
    const file = image("a.jpg", [box("a", -5, -5, 10_000, 10_000)])
    const { slots: _, ...item } = file.item
    await writeFiles(directory, [{ ...file, item }], { coordinates: "devkit" })
    expect([...trees(directory).values()].flatMap(objects)).toEqual(["a 1 1 9995 9995"])
  })
})
