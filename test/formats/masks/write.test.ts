import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  instanceMask,
  semanticMask,
  semanticMaskGrey,
  semanticMaskIndex,
} from "../../../src/formats/masks/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import { filesBelow } from "../golden.ts"
import { drawing, formats, image, readBytes, readOutput, rectangle, semanticFormats, write } from "./files.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "masks-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

function layer(runs: readonly number[], ids: Readonly<Record<string, number>>): Annotation {
  return {
    type: "raster_layer",
    name: "__raster_layer__",
    raster_layer: { dense_rle: runs, mask_annotation_ids_mapping: ids, total_pixels: 48 },
  }
}

const mask = (name: string, id: string): Annotation => ({ type: "mask", name, id, mask: {} })

function pictureOf(path: string): string[] {
  const found = readOutput(directory).images.get(path)
  if (found === undefined) throw new Error(`no ${path}`)
  return drawing(found)
}

describe("what is drawn", () => {
  const shapes: Annotation[] = [
    rectangle("car", 0, 0, 3, 2),
    {
      type: "ellipse",
      name: "sign",
      ellipse: { angle: 0, center: { x: 5, y: 3 }, radius: { x: 1.2, y: 1.2 } },
    },
    layer([0, 40, 4, 2, 0, 4, 5, 2], { a: 4, b: 5 }),
    mask("road", "a"),
    mask("kerb", "b"),
    rectangle("car", 2, 1, 2, 5),
  ]

  it("is every polygon, ellipse and mask, later ones over earlier ones", async () => {
    const { summary } = await write(semanticMaskIndex, [image("a.jpg", shapes)], directory)
    expect(pictureOf("a.png")).toEqual([
      "1111....",
      "1111....",
      "1111222.",
      "..1.222.",
      "..1.222.",
      "331...44",
    ])
    expect(readOutput(directory).rows).toEqual([
      ["__background__", "0"],
      ["car", "1"],
      ["kerb", "2"],
      ["road", "3"],
      ["sign", "4"],
    ])
    expect(summary).toMatchObject({ images: 1, annotations: 6, written: 6, skipped: [] })
  })

  it("has a file for each instance, numbered in the order of the annotations", async () => {
    const { summary } = await write(instanceMask, [image("a.jpg", shapes)], directory)
    expect(readOutput(directory).rows).toEqual(
      ["car", "sign", "road", "kerb", "car"].map((name, i) => ["a", `a_0000${i}`, name]),
    )
    expect(pictureOf("a_00002.png")).toEqual([..."12345"].map(() => "........").concat("11......"))
    expect(summary).toMatchObject({ images: 1, annotations: 6, written: 6, skipped: [] })
  })

  it("has its border, or not, by the rule asked for", async () => {
    const square = [image("a.jpg", [rectangle("car", 1, 1, 4, 4)])]
    const rows = (fillRule: "inclusive" | "coco") =>
      write(semanticMaskIndex, square, directory, { fillRule }).then(() => pictureOf("a.png"))
    expect(await rows("inclusive")).toEqual([
      "........",
      ".1111...",
      ".1111...",
      ".1111...",
      ".1111...",
      "........",
    ])
    expect(await rows("coco")).toEqual([
      "........",
      ".111....",
      ".111....",
      ".111....",
      "........",
      "........",
    ])
  })

  it("is cut off at the border of the image", async () => {
    const far: Annotation[] = [rectangle("car", -1e9, 3, 2, 1e12), rectangle("car", 7, -5, 9, 0)]
    await write(semanticMaskIndex, [image("a.jpg", far)], directory)
    expect(pictureOf("a.png")).toEqual([
      ".......1",
      "........",
      "........",
      "111.....",
      "111.....",
      "111.....",
    ])
  })

  it("is one file for each slot and each frame", async () => {
    const slots = [
      { slot_name: "0", type: "image", width: 8, height: 6, source_files: [{ file_name: "l.jpg" }] },
      { slot_name: "1", type: "image", width: 3, height: 2, source_files: [{ file_name: "r.jpg" }] },
    ] as const
    const file = image("a.jpg", [{ ...rectangle("car", 0, 0, 1, 1), slot_names: ["1"] } as Annotation])
    const video = image("v.mp4", [], { type: "video", frame_count: 2 })
    const track: Annotation = {
      type: "video",
      name: "bus",
      frames: { 1: { polygon: { paths: [[{ x: 0, y: 0 }]] } } },
    }
    const files = [
      { ...file, item: { ...file.item, slots } },
      { ...video, annotations: [track] },
    ]
    await write(semanticMaskIndex, files, directory)
    const { images } = readOutput(directory)
    expect([...images.keys()]).toEqual(["a.jpg/0/l.png", "a.jpg/1/r.png", "v/0000000.png", "v/0000001.png"])
    expect(drawing(images.get("a.jpg/1/r.png") as never)).toEqual(["11.", "11."])
    expect(images.get("v/0000001.png")?.pixels.startsWith("1,0,")).toBe(true)
  })
})

describe("what is left out", () => {
  it.each(formats)("is counted by its reason: $id", async (format) => {
    const { summary } = await write(
      format,
      [
        image("a.jpg", [
          { type: "bounding_box", name: "car", bounding_box: { x: 0, y: 0, w: 2, h: 2 } },
          { type: "tag", name: "night", tag: {} },
          rectangle("far", 20, 20, 30, 30),
          { type: "polygon", name: "none", polygon: { paths: [] } },
          mask("lost", "x"),
          mask("short", "b"),
          layer([0, 40, 4, 2], { b: 4 }),
        ]),
        image("b.jpg", [rectangle("car", 0, 0, 1, 1)], { width: undefined }),
        image("c.jpg", [rectangle("car", 0, 0, 1, 1)], { width: 100_000, height: 100_000 }),
        image("d.jpg", [rectangle("car", 0, 0, 1, 1)], { height: 0 }),
        image("e.jpg", [mask("empty", "a"), layer([0, 48], { a: 1 })]),
      ],
      directory,
    )
    const why = summary.skipped.map(({ class: name, type, reason }) => `${name} ${type}: ${reason}`)
    expect(why).toEqual([
      "car bounding_box: masks have polygons, ellipses and masks only",
      "car polygon: the size of its image is not known",
      "car polygon: its image has more than 178956970 pixels",
      "night tag: masks have polygons, ellipses and masks only",
      "far polygon: it covers no pixel of the image",
      "none polygon: it covers no pixel of the image",
      "lost mask: no raster layer holds its pixels",
      "short mask: the runs of the raster layer do not cover the image",
      "__raster_layer__ raster_layer: the runs of the raster layer do not cover the image",
      "empty mask: it covers no pixel of the image",
    ])
    expect(summary.written).toBe(1)
    expect(summary.images).toBe(format === instanceMask ? 0 : 2)
  })

  it("is an image of unknown size, which a warning tells", async () => {
    const { events } = await write(semanticMask, [image("b.jpg", [], { width: null })], directory)
    expect(events).toContainEqual({
      type: "warning",
      message: "b.jpg.json: b has no mask: the size of its image is not known",
    })
    expect(filesBelow(directory)).toEqual(["class_mapping.csv"])
  })

  it("leaves a gap in the numbers of instances", async () => {
    const shapes = [rectangle("a", 0, 0, 1, 1), rectangle("b", 90, 90, 91, 91), rectangle("c", 0, 0, 1, 1)]
    await write(instanceMask, [image("x.jpg", shapes)], directory)
    expect(readOutput(directory).rows).toEqual([
      ["x", "x_00000", "a"],
      ["x", "x_00002", "c"],
    ])
  })
})

describe("classes", () => {
  const shapes = [
    rectangle("truck", 0, 0, 1, 1),
    rectangle("Bus", 3, 0, 4, 1),
    rectangle(" car ", 6, 0, 7, 1),
  ]

  it("are sorted without regard to case, and named without blanks around them", async () => {
    await write(semanticMaskGrey, [image("a.jpg", shapes)], directory)
    expect(readOutput(directory).rows).toEqual([
      ["__background__", "0"],
      ["Bus", "85"],
      ["car", "170"],
      ["truck", "255"],
    ])
  })

  it("keep the numbers of a list, and others are left out", async () => {
    const { summary } = await write(semanticMaskIndex, [image("a.jpg", shapes)], directory, {
      classes: ["truck", "tram", "car"],
    })
    expect(readOutput(directory).rows).toEqual([
      ["__background__", "0"],
      ["truck", "1"],
      ["tram", "2"],
      ["car", "3"],
    ])
    expect(readOutput(directory).images.get("a.png")?.pixels.slice(0, 15)).toBe("1,1,0,0,0,0,3,3")
    expect(summary.skipped).toEqual([
      { class: "Bus", type: "polygon", reason: "its class is not in the list of classes", count: 1 },
    ])
  })

  it("may begin with the background, whose shapes take away what was there", async () => {
    const hole = [rectangle("car", 0, 0, 7, 5), rectangle("__background__", 2, 2, 5, 3)]
    const expected = ["11111111", "11111111", "11....11", "11....11", "11111111", "11111111"]
    for (const options of [{}, { classes: ["__background__", "car"] }]) {
      await write(semanticMaskIndex, [image("a.jpg", hole)], directory, options)
      expect(pictureOf("a.png")).toEqual(expected)
      expect(readOutput(directory).rows).toEqual([
        ["__background__", "0"],
        ["car", "1"],
      ])
    }
  })

  it("have 16 bits from 257 entries on, which the last ones show", async () => {
    for (const [count, depth] of [
      [255, 8],
      [256, 16],
    ] as const) {
      const names = Array.from({ length: count }, (_, i) => `class ${String(i).padStart(3, "0")}`)
      const files = [
        image("a.jpg", [
          ...names.map((name) => rectangle(name, 0, 0, 0, 0)),
          rectangle("class 000", 1, 0, 1, 0),
        ]),
      ]
      await write(semanticMaskIndex, files, directory)
      const index = readOutput(directory).images.get("a.png")
      expect(index).toMatchObject({ depth, colorType: 0 })
      expect(index?.pixels.startsWith(`${count},1,0`)).toBe(true)
      await write(semanticMaskGrey, files, directory)
      const grey = readOutput(directory).images.get("a.png")
      expect(grey).toMatchObject({ depth, colorType: 0 })
      expect(grey?.pixels.startsWith(`${2 ** depth - 1},${depth === 8 ? 1 : 255},0`)).toBe(true)
      await write(semanticMask, files, directory, { classes: names })
      expect(readOutput(directory).images.get("a.png")).toMatchObject({ depth: 8, colorType: 2 })
    }
  })

  it("are 65,535 at most", async () => {
    const many = (count: number) =>
      Array.from(
        { length: count },
        (_, i): Annotation => ({
          type: "polygon",
          name: `class ${i}`,
          polygon: { paths: [[{ x: i % 8, y: 0 }]] },
        }),
      )
    await write(semanticMaskIndex, [image("a.jpg", many(65_535))], directory)
    expect(readOutput(directory).rows).toHaveLength(65_536)
    await expect(write(semanticMaskIndex, [image("a.jpg", many(65_536))], directory)).rejects.toMatchObject({
      code: "unsupported",
      message: "masks have at most 65535 classes",
    })
    const classes = Array.from({ length: 65_536 }, (_, i) => `class ${i}`)
    expect(() => semanticMask.write(directory, { classes })).toThrow(/more than 65535/)
  })
})

describe("names", () => {
  it("keep folders, and are made distinct", async () => {
    const inFolder = (name: string, path: string) => {
      const file = image(name, [rectangle("car", 0, 0, 1, 1)])
      return { ...file, item: { ...file.item, path } }
    }
    const files = [
      inFolder("a.jpg", "/x/ü/"),
      inFolder("a.png", "x/ü"),
      inFolder("A.bmp", "/x/Ü"),
      inFolder('q"?.jpg', "/"),
      inFolder("v1.2", "/"),
    ]
    const { events } = await write(semanticMaskIndex, files, directory)
    const names = ["q__.png", "v1.2.png", "x/Ü/A_3.png", "x/ü/a.png", "x/ü/a_2.png"]
    expect([...readOutput(directory).images.keys()].sort()).toEqual(names)
    expect(events.filter(({ type }) => type === "warning")).toHaveLength(2)
    rmSync(join(directory, "masks"), { recursive: true })
    rmSync(join(directory, "class_mapping.csv"))
    await write(instanceMask, files, directory)
    const { images, rows } = readOutput(directory)
    for (const [, id] of rows) expect(images.has(`${id}.png`)).toBe(true)
    expect(rows).toHaveLength(5)
  })

  it("stand in the table as they are, whatever is in them", async () => {
    const odd = ['a,"b"', "two\nlines", "=SUM(A1)", "ünï 🚗", "x\r\ny", "tab\there"]
    await write(
      instanceMask,
      [
        image(
          "a.jpg",
          odd.map((name) => rectangle(name, 0, 0, 1, 1)),
        ),
      ],
      directory,
    )
    expect(readOutput(directory).rows.map(([, , name]) => name)).toEqual(odd)
    rmSync(join(directory, "instance_mask_annotations.csv"))
    await write(
      semanticMask,
      [
        image(
          "a.jpg",
          odd.map((name) => rectangle(name, 0, 0, 1, 1)),
        ),
      ],
      directory,
    )
    expect(
      readOutput(directory)
        .rows.slice(1)
        .map(([name]) => name),
    ).toEqual(expect.arrayContaining(odd))
  })

  it("never lead out of the directory", async () => {
    const file = image("a.jpg", [])
    const escaping = { ...file, item: { ...file.item, path: "/../.." } }
    await expect(write(semanticMask, [escaping], directory)).rejects.toMatchObject({ code: "path" })
  })
})

describe("the directory", () => {
  it("keeps what was in it", async () => {
    mkdirSync(join(directory, "masks/old"), { recursive: true })
    writeFileSync(join(directory, "masks/old/kept.txt"), "kept")
    await write(semanticMask, [image("a.jpg", [])], directory)
    expect(readFileSync(join(directory, "masks/old/kept.txt"), "utf8")).toBe("kept")
  })

  it("has a table where nothing came in", async () => {
    const { summary } = await write(instanceMask, [], directory)
    expect(filesBelow(directory)).toEqual(["instance_mask_annotations.csv"])
    expect(summary).toEqual({ images: 0, annotations: 0, written: 0, classes: [], skipped: [] })
    await write(semanticMaskGrey, [], directory)
    expect(readFileSync(join(directory, "class_mapping.csv"), "utf8")).toBe(
      "class_name,class_color\r\n__background__,0\r\n",
    )
  })

  it("has the same bytes for the same input", async () => {
    for (const format of formats) {
      const [one, two] = [join(directory, "1"), join(directory, "2")]
      for (const target of [one, two]) {
        await write(
          format,
          [image("a.jpg", [rectangle("b", 0, 0, 3, 3), rectangle("a", 1, 1, 5, 5)])],
          target,
        )
      }
      expect(readBytes(two)).toEqual(readBytes(one))
    }
  })

  it.each(formats)("has nothing half-written of an input that fails: $id", async (format) => {
    async function* failing() {
      yield image("a.jpg", [rectangle("car", 0, 0, 1, 1)])
      throw new Error("the input fails")
    }
    await expect(write(format, failing() as never, directory)).rejects.toThrow("the input fails")
    const left = filesBelow(directory)
    expect(left).toEqual(format === instanceMask ? ["masks/a_00000.png"] : [])
    expect(existsSync(join(directory, "instance_mask_annotations.csv"))).toBe(false)
  })
})

describe("options", () => {
  it("are checked at the call", () => {
    for (const format of formats) {
      for (const jobs of [0, -1, 1.5, Number.NaN, "2"]) {
        expect(() => format.write(directory, { jobs: jobs as number })).toThrow(/^jobs: /)
      }
      expect(() => format.write(directory, { fillRule: "thin" as never })).toThrow(/^fillRule: /)
    }
    for (const format of semanticFormats) {
      expect(() => format.write(directory, { classes: ["a", " a"] })).toThrow(/^classes: .*twice/)
      expect(() => format.write(directory, { classes: ["a", "__background__"] })).toThrow(
        /can only be the first/,
      )
    }
  })
})
