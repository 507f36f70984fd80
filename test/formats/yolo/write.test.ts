import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { yolo, yoloSegmented } from "../../../src/formats/yolo/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { filesBelow } from "../golden.ts"
import { box, image, polygon, temporary, writeFiles } from "./files.ts"

let directory: string
let remove: () => void
beforeEach(() => {
  ;({ directory, remove } = temporary())
})
afterEach(() => remove())

const text = (file: string) => readFileSync(join(directory, file), "utf8")

/** The lines of one image of 100 by 80 pixels. */
async function lines(format: typeof yolo, ...annotations: Annotation[]): Promise<string[]> {
  await writeFiles(format, directory, [image("a.jpg", annotations)])
  return text("a.txt").split("\n").slice(0, -1)
}

const mask = (id: string, name: string): Annotation => ({ type: "mask", id, name, mask: {} })
const layer = (runs: readonly number[], mapping: Readonly<Record<string, number>>): Annotation => ({
  type: "raster_layer",
  name: "__raster_layer__",
  raster_layer: { dense_rle: runs, mask_annotation_ids_mapping: mapping, total_pixels: 8000 },
})
// A frame of two pixels around a hole of four by two, from 10, 10 on.
const frame = [0, 10 * 100 + 10]
for (let row = 0; row < 6; row++) {
  frame.push(...(row < 2 || row > 3 ? [1, 8] : [1, 2, 0, 4, 1, 2]), 0, row === 5 ? 82 + 64 * 100 : 92)
}

describe("yolo.write", () => {
  it("writes boxes relative to the image, and the classes by code point", async () => {
    const { summary, events } = await writeFiles(yolo, directory, [
      image("a.jpg", [box("truck", 10, 20, 30, 40), box("Zebra", 0, 0, 100, 80)], { folder: "/x/y" }),
      image("b.png", [box("car", 0, 0, 1, 1)]),
      image("c.png", []),
    ])
    expect(filesBelow(directory)).toEqual(["b.txt", "c.txt", "darknet.labels", "data.yaml", "x/y/a.txt"])
    expect(text("x/y/a.txt")).toBe("2 0.25 0.5 0.3 0.5\n0 0.5 0.5 1 1\n")
    expect(text("b.txt")).toBe("1 0.005 0.00625 0.01 0.0125\n")
    expect(text("c.txt")).toBe("")
    expect(text("darknet.labels")).toBe("Zebra\ncar\ntruck\n")
    expect(text("data.yaml")).toBe(
      "# Paths are relative to this file. Until the images are split, val is train.\n" +
        'train: "."\nval: "."\nnames:\n  0: "Zebra"\n  1: "car"\n  2: "truck"\n',
    )
    expect(summary).toMatchObject({ images: 3, annotations: 3, written: 3, skipped: [] })
    expect(events).toEqual(
      ["a.jpg", "b.png", "c.png"].map((name) => ({ type: "file", task: "write", path: `${name}.json` })),
    )
  })

  it("takes the box around polygons, ellipses and masks", async () => {
    expect(
      await lines(
        yolo,
        polygon("p", [10, 10, 20, 10, 20, 30], [40, 20, 50, 20, 50, 50]),
        {
          type: "ellipse",
          name: "p",
          ellipse: { center: { x: 50, y: 40 }, radius: { x: 20, y: 10 }, angle: Math.PI / 2 },
        },
        mask("m", "p"),
        layer(frame, { m: 1 }),
      ),
    ).toEqual(["0 0.3 0.375 0.4 0.5", "0 0.5 0.5 0.2 0.5", "0 0.14 0.1625 0.08 0.075"])
  })

  it("takes what of a shape is in the image", async () => {
    expect(
      await lines(
        yolo,
        box("a", -10, -10, 20, 30),
        box("a", 90, 70, 1e300, 1e300),
        // Its box reaches to the corner of the image, what is seen of it does not.
        polygon("a", [0, 70, 20, 70, 0, 90]),
        {
          type: "ellipse",
          name: "a",
          ellipse: { center: { x: 0, y: 40 }, radius: { x: 20, y: 10 }, angle: 0 },
        },
      ),
    ).toEqual([
      "0 0.05 0.125 0.1 0.25",
      "0 0.95 0.9375 0.1 0.125",
      "0 0.1 0.9375 0.2 0.125",
      "0 0.1 0.5 0.2 0.25",
    ])
  })

  it("counts what it leaves out, and why", async () => {
    const { summary, events } = await writeFiles(yolo, directory, [
      image("a.jpg", [
        { type: "tag", name: "night", tag: {} },
        box("b", 100, 0, 5, 5),
        box("b", 5, 5, 0, 5),
        box("b", 5, 5, -5, 5),
        polygon("p", []),
        mask("m", "m"),
        { type: "keypoint", name: "k", keypoint: { x: 1, y: 2 } },
        { type: "unknown", name: "odd" },
      ]),
      image("b.jpg", [box("b", 0, 0, 1, 1)], { slot: { width: null } }),
      image("c.jpg", [box("b", 0, 0, 1, 1)], { slot: { height: 0 } }),
      image("d.jpg", [mask("m", "m"), layer(frame, { m: 3 })]),
    ])
    expect(summary.written).toBe(0)
    expect(
      summary.skipped.map(({ class: name, type, reason, count }) => `${name} ${type}: ${reason} ${count}`),
    ).toEqual([
      "night tag: YOLO has boxes only 1",
      "b bounding_box: it is outside of the image 1",
      "b bounding_box: it has no area 2",
      "b bounding_box: the size of its image is not known 2",
      "p polygon: it has no point 1",
      "m mask: no raster layer holds its pixels 1",
      "m mask: it has no pixel 1",
      "k keypoint: YOLO has boxes only 1",
      "odd unknown: YOLO has boxes only 1",
      "__raster_layer__ raster_layer: some of its pixels belong to no mask annotation 1",
    ])
    expect(events).toContainEqual({
      type: "skip",
      file: "a.jpg.json",
      place: "annotations[1]",
      reason: "bounding_box: it is outside of the image",
    })
    // The classes of shapes that could have been written have a number all the same.
    expect(text("darknet.labels")).toBe("b\nm\np\n")
  })
})

describe("yolo_segmented.write", () => {
  it("writes contours relative to the image: polygons, corners of boxes, ellipses", async () => {
    const [first, second, third] = await lines(
      yoloSegmented,
      polygon("p", [10, 10, 20, 10, 20, 40]),
      box("p", 10, 20, 30, 40),
      {
        type: "ellipse",
        name: "p",
        ellipse: { center: { x: 50, y: 40 }, radius: { x: 20, y: 10 }, angle: 0 },
      },
    )
    expect(first).toBe("0 0.1 0.125 0.2 0.125 0.2 0.5")
    expect(second).toBe("0 0.1 0.25 0.4 0.25 0.4 0.75 0.1 0.75")
    expect(third).toMatch(/^0 0\.7 0\.5 /)
  })

  it("joins parts and holes by bridges", async () => {
    expect(
      await lines(
        yoloSegmented,
        polygon("p", [0, 0, 100, 0, 100, 80, 0, 80], [20, 20, 40, 20, 40, 40]),
        mask("m", "q"),
        layer(frame, { m: 1 }),
      ),
    ).toEqual([
      "0 0 0 0.2 0.25 0.4 0.25 0.4 0.5 0.2 0.25 0 0 1 0 1 1 0 1",
      "1 0.1 0.125 0.12 0.15 0.12 0.175 0.16 0.175 0.16 0.15 0.12 0.15 0.1 0.125 0.18 0.125 0.18 0.2 0.1 0.2",
    ])
  })

  it("clips contours to the image, and leaves out the parts beside it", async () => {
    expect(
      await lines(
        yoloSegmented,
        box("p", -10, 60, 30, 40),
        polygon("p", [-50, 10, -40, 10, -40, 20], [10, 10, 20, 10, 20, 40]),
      ),
    ).toEqual(["0 0 0.75 0.2 0.75 0.2 1 0 1", "0 0.1 0.125 0.2 0.125 0.2 0.5"])
  })

  it("counts what it leaves out, and why", async () => {
    const { summary } = await writeFiles(yoloSegmented, directory, [
      image("a.jpg", [
        { type: "line", name: "l", line: { path: [] } },
        polygon("p", [1, 1, 2, 2]),
        polygon("p", [1, 1, 5, 1, 9, 1]),
        polygon("p", [-1, -1, -5, -1, -9, -5]),
        box("b", 1, 1, 0, 1),
        { type: "ellipse", name: "e", ellipse: { center: { x: 5, y: 5 }, radius: { x: 0, y: 0 }, angle: 0 } },
      ]),
    ])
    expect(summary.skipped.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
      "line: YOLO has segments only",
      "polygon: it has fewer than three points",
      "polygon: it has no area",
      "polygon: it is outside of the image",
      "bounding_box: it has no area",
      "ellipse: it has no area",
    ])
  })
})

describe.each([yolo, yoloSegmented])("$id.write", (format) => {
  it("keeps the numbers of given classes, and leaves out others", async () => {
    const { summary } = await writeFiles(
      format,
      directory,
      [image("a.jpg", [box("car", 0, 0, 50, 40), box("bus", 0, 0, 50, 40), box(" truck ", 0, 0, 50, 40)])],
      { classes: ["truck", "cat", "car"] },
    )
    expect(
      text("a.txt")
        .split("\n")
        .map((line) => line[0]),
    ).toEqual(["2", "0", undefined])
    expect(text("darknet.labels")).toBe("truck\ncat\ncar\n")
    expect(summary.skipped).toEqual([
      { class: "bus", type: "bounding_box", reason: "its class is not in the list of classes", count: 1 },
    ])
  })

  it("writes classes given or found to the same bytes", async () => {
    const files = [
      image("b.jpg", [box("x", 0, 0, 5, 5)]),
      image("a.jpg", [box("a", 3, 3, 9, 9), box("x", 0, 0, 5, 5)]),
    ]
    await writeFiles(format, join(directory, "found"), files)
    await writeFiles(format, join(directory, "given"), files, { classes: ["a", "x"] })
    await writeFiles(format, join(directory, "again"), files)
    const all = (folder: string) =>
      filesBelow(join(directory, folder)).map((file) => [file, text(`${folder}/${file}`)])
    expect(all("given")).toEqual(all("found"))
    expect(all("again")).toEqual(all("found"))
  })

  it('puts labels below `labels` with layout: "labels"', async () => {
    await writeFiles(format, directory, [image("a.jpg", [box("x", 0, 0, 5, 5)], { folder: "/f" })], {
      layout: "labels",
    })
    expect(filesBelow(directory)).toEqual(["darknet.labels", "data.yaml", "labels/f/a.txt"])
    expect(parse(text("data.yaml"))).toEqual({ train: "images", val: "images", names: { 0: "x" } })
  })

  it("writes names of all kinds so that both kinds of YAML read them, and one line each", async () => {
    const names = [
      "two\nlines",
      "no",
      "1_000",
      "12:30:45",
      "null",
      "~",
      "0x1f",
      "é 車 🚗",
      "\"q\" 'r' \\",
      "# x",
      "a: b",
      "- x",
      "tab\there",
      "\u0007bell",
      "del\u007f",
      "nel\u0085x",
      "ls\u2028x",
      "\ufeffbom",
      "{a}",
      "%x",
      "`y",
      "*z",
      "x".repeat(300),
    ]
    const { events } = await writeFiles(format, directory, [
      image(
        "a.jpg",
        names.map((name) => box(name, 0, 0, 5, 5)),
      ),
    ])
    const expected = names.map((name) => name.trim()).sort()
    for (const version of ["1.1", "1.2"] as const) {
      const read = parse(text("data.yaml"), { version }).names
      expect(Object.values(read).sort()).toEqual(expected)
    }
    expect(text("data.yaml")).not.toMatch(/[\u007f-\u009f\u2028\u2029\ufeff]/)
    expect(text("darknet.labels").split("\n")).toHaveLength(names.length + 1)
    expect(events).toContainEqual({
      type: "warning",
      message: 'darknet.labels: a blank stands for the line end in the class name "two\\nlines"',
    })
  })

  it("writes each slot and each frame to a file of its own", async () => {
    const slot = (slot_name: string, width: number) => ({
      slot_name,
      type: "image" as const,
      width,
      height: 80,
      source_files: [{ file_name: `${slot_name}.png` }],
    })
    const several: AnnotationFile = {
      path: "m.json",
      item: { name: "m", path: "/f", slots: [slot("l", 100), slot("r", 200)] },
      annotations: [
        { ...box("a", 0, 0, 50, 80), slot_names: ["r"] } as Annotation,
        { ...box("a", 0, 0, 50, 80), slot_names: ["l"] } as Annotation,
        { ...box("a", 0, 0, 50, 80), slot_names: ["nowhere"] } as Annotation,
      ],
    }
    const video: AnnotationFile = {
      path: "v.json",
      item: {
        name: "v.mp4",
        path: "/",
        slots: [{ slot_name: "0", type: "video", width: 100, height: 80, frame_count: 2 }],
      },
      annotations: [
        {
          type: "video",
          name: "a",
          frames: { 1: { bounding_box: { x: 0, y: 0, w: 100, h: 80 } } },
          ranges: [[1, 2]],
        },
      ],
    }
    const { summary } = await writeFiles(format, directory, [several, video])
    expect(filesBelow(directory)).toEqual([
      "darknet.labels",
      "data.yaml",
      "f/m/l/l.txt",
      "f/m/r/r.txt",
      "v/0000000.txt",
      "v/0000001.txt",
    ])
    const width = (file: string) => text(file).split(" ")[3]
    expect([width("f/m/l/l.txt"), width("f/m/r/r.txt")]).toEqual(["0.5", "0.25"])
    expect(text("v/0000000.txt")).toBe("")
    expect(text("v/0000001.txt")).not.toBe("")
    expect(summary).toMatchObject({ images: 4, annotations: 4, written: 3 })
  })

  it("gives every image a file of its own, and says where it had to choose", async () => {
    const { events } = await writeFiles(format, directory, [
      image("a.jpg", []),
      image("a.png", []),
      image("A.PNG", []),
      image("a.jpg", [], { folder: "/b//c/" }),
      image(".jpg", []),
      image("a.v1", []),
      image("a<b>.jpg", []),
      image("line\nend.jpg", []),
    ])
    expect(filesBelow(directory)).toEqual([
      ".jpg.txt",
      "A_3.txt",
      "a.txt",
      "a.v1.txt",
      "a_2.txt",
      "a_b_.txt",
      "b/c/a.txt",
      "darknet.labels",
      "data.yaml",
      "line\nend.txt",
    ])
    expect(events).toContainEqual({
      type: "warning",
      message: "a.png.json: written as a_2.txt, since another image has a.txt",
    })
  })

  it.each([
    ["../a.jpg", "/"],
    ["a.jpg", "/../.."],
    ["a\u0000.jpg", "/"],
    ["con.jpg", "/"],
    ["", "/"],
  ])("refuses the name %j in %j", async (name, folder) => {
    await expect(writeFiles(format, directory, [image(name, [], { folder })])).rejects.toMatchObject({
      code: "path",
    })
    expect(filesBelow(directory)).toEqual([])
  })

  it("writes the names of no class for no file", async () => {
    const { summary } = await writeFiles(format, directory, [])
    expect(filesBelow(directory)).toEqual(["darknet.labels", "data.yaml"])
    expect(parse(text("data.yaml"))).toEqual({ train: ".", val: ".", names: {} })
    expect(text("darknet.labels")).toBe("")
    expect(summary).toMatchObject({ images: 0, annotations: 0, written: 0 })
  })

  it("leaves nothing behind when its input fails, and what it did not write alone", async () => {
    writeFileSync(join(directory, "mine.txt"), "mine")
    const failing = (async function* () {
      yield image("a.jpg", [box("a", 0, 0, 1, 1)])
      throw new Error("the source broke")
    })()
    await expect(format.write(directory)(failing)).rejects.toThrow("the source broke")
    expect(filesBelow(directory)).toEqual(["mine.txt"])
  })

  it("stops between files when the run is aborted", async () => {
    const controller = new AbortController()
    const input = (async function* () {
      yield image("a.jpg", [box("a", 0, 0, 1, 1)])
      controller.abort(new Error("enough"))
    })()
    await expect(format.write(directory)(input, { signal: controller.signal })).rejects.toThrow("enough")
    expect(filesBelow(directory)).toEqual([])
  })

  it("refuses options that are none", () => {
    const option = (options: object) => () => format.write(directory, options)
    expect(option({ layout: "tree" })).toThrow(expect.objectContaining({ code: "option", option: "layout" }))
    expect(option({ classes: ["a", " a"] })).toThrow(
      expect.objectContaining({ code: "option", option: "classes" }),
    )
  })
})
