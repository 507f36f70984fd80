import { createWriteStream, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pipeline as pipe } from "node:stream/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import yazl from "yazl"
import { type YoloReadOptions, yolo } from "../../../src/formats/yolo/index.ts"
import { pngHeader, readFiles, temporary } from "./files.ts"

let directory: string
let remove: () => void
beforeEach(() => {
  ;({ directory, remove } = temporary())
})
afterEach(() => remove())

const at = (...path: string[]) => join(directory, ...path)

function put(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(at(file)), { recursive: true })
    writeFileSync(at(file), content)
  }
}

async function zip(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const archive = new yazl.ZipFile()
  for (const [file, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), file)
  archive.end()
  await pipe(archive.outputStream, createWriteStream(at(name)))
  return at(name)
}

const size = { width: 100, height: 80 }
const yaml = "names:\n  0: car\n  1: two words\n"

/** The annotations of one label file. */
async function annotations(text: string, options: YoloReadOptions = {}) {
  put({ "a.txt": text })
  const { files } = await readFiles(at("a.txt"), { imageSize: size, classes: ["car", "bus"], ...options })
  return files[0]?.annotations
}

const failure = (text: string | Buffer, options: YoloReadOptions = {}) => {
  put({ "a.txt": text })
  return readFiles(at("a.txt"), { imageSize: size, classes: ["car", "bus"], ...options }).then(
    () => undefined,
    ({ code, file, place, rule }) => ({ code, file, place, rule }),
  )
}

describe("labels", () => {
  it("are boxes of four numbers, and polygons of six and more", async () => {
    expect(await annotations("0 0.25 0.5 0.3 0.5\n1 0.1 0.125 0.2 0.125 0.2 0.5\n")).toEqual([
      { name: "car", type: "bounding_box", bounding_box: { x: 10, y: 20, w: 30, h: 40 } },
      {
        name: "bus",
        type: "polygon",
        polygon: {
          paths: [
            [
              { x: 10, y: 10 },
              { x: 20, y: 10 },
              { x: 20, y: 40 },
            ],
          ],
        },
        bounding_box: { x: 10, y: 10, w: 10, h: 30 },
      },
    ])
  })

  it("may have blanks, tabs, empty lines, any line ends, floats as classes, and a mark", async () => {
    const found = await annotations("\ufeff\r\n  0.0\t.25  5e-1 0.3 +0.5  \r\n\n1 0 0 1 1\r")
    expect(found).toHaveLength(2)
    expect(found?.[0]).toMatchObject({ name: "car", bounding_box: { x: 10, y: 20, w: 30, h: 40 } })
    expect(await annotations("")).toEqual([])
    expect(await annotations(" \n\n")).toEqual([])
  })

  it("may be in UTF-16", async () => {
    put({ "a.txt": Buffer.from("\ufeff0 0.5 0.5 1 1\n", "utf16le") })
    const { files } = await readFiles(at("a.txt"), { imageSize: size, classes: ["é"] })
    expect(files[0]?.annotations).toHaveLength(1)
  })

  it("have parts and holes where a contour walks an edge there and back", async () => {
    const found = await annotations("0 0 0 0.2 0.25 0.4 0.25 0.4 0.5 0.2 0.25 0 0 1 0 1 1 0 1")
    expect(found).toMatchObject([
      {
        polygon: {
          paths: [
            [
              { x: 0, y: 0 },
              { x: 100, y: 0 },
              { x: 100, y: 80 },
              { x: 0, y: 80 },
            ],
            [
              { x: 20, y: 20 },
              { x: 40, y: 20 },
              { x: 40, y: 40 },
            ],
          ],
        },
        bounding_box: { x: 0, y: 0, w: 100, h: 80 },
      },
    ])
  })

  it("end in a confidence where the option says so", async () => {
    expect(
      await annotations("0 0.25 0.5 0.3 0.5 0.75\n1 0.1 0.1 0.2 0.1 0.2 0.5 1", { confidence: true }),
    ).toMatchObject([
      { type: "bounding_box", inference: { confidence: 0.75 } },
      { type: "polygon", inference: { confidence: 1 } },
    ])
    expect(await failure("0 0.25 0.5 0.3 0.5 1.5", { confidence: true })).toMatchObject({
      place: "line 1",
      rule: "the confidence 1.5 is out of 0 to 1",
    })
  })

  it("reach out of the image by the hundredth that Ultralytics allows", async () => {
    expect(await annotations("0 1.01 0 0 0\n1 -0.01 0 1 0 1 1.005")).toHaveLength(2)
  })

  it.each([
    ["0 0.5 0.5 1", "3 numbers behind the class: a box has 4, a segment 6 or more, in pairs"],
    ["0", "0 numbers behind the class: a box has 4, a segment 6 or more, in pairs"],
    [
      "0 0.1 0.1 0.2 0.1 0.2 0.5 0.3",
      "7 numbers behind the class: a box has 4, a segment 6 or more, in pairs; a confidence at the end is read with the option confidence",
    ],
    ["0 0.5 0.5 320 1", "320 is out of 0 to 1: numbers are relative to the image"],
    ["0 0.5 0.5 1 -0.2", "-0.2 is out of 0 to 1: numbers are relative to the image"],
    ["0 0.5 0.5 1 -0.005", "the width or height is negative"],
    ["0 0.5 nan 1 1", '"nan" is not a finite number'],
    ["0 0.5 0x1 1 1", '"0x1" is not a finite number'],
    ["0 0.5 1e999 1 1", '"1e999" is not a finite number'],
    ["0 0.5 0,5 1 1", '"0,5" is not a finite number'],
    [`0 0.5 ${"x".repeat(100)} 1 1`, `"${"x".repeat(40)}…" is not a finite number`],
    ["car 0.5 0.5 1 1", '"car" is not a finite number'],
    ["2 0.5 0.5 1 1", "the class 2 has no name: the option classes has 2"],
    ["-1 0.5 0.5 1 1", "the class -1 is not a whole number from 0 on"],
    ["0.5 0.5 0.5 1 1", "the class 0.5 is not a whole number from 0 on"],
  ])("%j breaks a rule", async (line, rule) => {
    expect(await failure(`0 0.5 0.5 1 1\n\n${line}\n`)).toEqual({
      code: "format",
      file: at("a.txt"),
      place: "line 3",
      rule,
    })
    const { files, events } = await readFiles(at("a.txt"), {
      imageSize: size,
      classes: ["car", "bus"],
      onInvalid: "skip",
    })
    expect(files[0]?.annotations).toHaveLength(1)
    expect(events).toEqual([{ type: "skip", file: at("a.txt"), place: "line 3", reason: rule }])
  })

  it("are text", async () => {
    expect(await failure(Buffer.from([0x30, 0x20, 0xff, 0xfe]))).toMatchObject({
      code: "format",
      rule: "this is not UTF-8",
    })
  })
})

describe("names of classes", () => {
  const label = "1 0.5 0.5 1 1\n"
  const first = async (input: string | string[], options: YoloReadOptions = {}) => {
    const { files } = await readFiles(input, { imageSize: size, ...options })
    return files.map(({ annotations }) => annotations[0]?.name)
  }

  it("come from data.yaml, else darknet.labels, obj.names, classes.txt", async () => {
    put({ "a.txt": label, "classes.txt": "x\nin classes\n" })
    expect(await first(directory)).toEqual(["in classes"])
    put({ "obj.names": "x\r\nin names\r\n" })
    expect(await first(directory)).toEqual(["in names"])
    put({ "darknet.labels": "\n in labels \n" })
    expect(await first(directory)).toEqual(["in labels"])
    put({ "data.yaml": "train: .\nnames: [x, 17]" })
    expect(await first(directory)).toEqual(["17"])
    expect(await first(directory, { classes: ["x", "given"] })).toEqual(["given"])
  })

  it("are found from inside of a folder labels, and for single files", async () => {
    put({ "data.yaml": yaml, "labels/train/a.txt": label, "train/labels/b.txt": label })
    expect(await first(directory)).toEqual(["two words", "two words"])
    expect(await first(at("labels"))).toEqual(["two words"])
    expect(await first(at("labels/train"))).toEqual(["two words"])
    expect(await first(at("labels/train/a.txt"))).toEqual(["two words"])
    await expect(first(at("train"))).rejects.toMatchObject({
      place: "line 1",
      rule: "the class 1 has no name: there is no data.yaml, darknet.labels, obj.names or classes.txt, and no option classes",
    })
  })

  it("are those of each input", async () => {
    put({ "one/data.yaml": yaml, "one/a.txt": label, "two/data.yaml": "names: [x, y]", "two/a.txt": label })
    expect(await first([at("one"), at("two/a.txt")])).toEqual(["two words", "y"])
  })

  it("come from an archive, wherever in it", async () => {
    const archive = await zip("a.zip", {
      "set/labels/a.txt": label,
      "set/labels/deep/data.yaml": "",
      "set/data.yaml": yaml,
    })
    const { files } = await readFiles(archive, { imageSize: size })
    expect(files).toEqual([
      {
        path: `${archive}/set/labels/a.txt`,
        version: "2.0",
        item: {
          name: "a.jpg",
          path: "/set",
          slots: [{ slot_name: "0", type: "image", source_files: [{ file_name: "a.jpg" }], ...size }],
        },
        annotations: [
          { name: "two words", type: "bounding_box", bounding_box: { x: 0, y: 0, w: 100, h: 80 } },
        ],
      },
    ])
  })

  it.each([
    ["names: [a", "line 1", /^this is not YAML: /],
    ["- a", "", "expected a map"],
    ["", "", "expected a map"],
    ["nc: 3", "names", "expected a list or map of class names"],
    ["names: car", "names", "expected a list or map of class names"],
    ["names: [car, null]", "names[1]", "expected a name"],
    ["names: [car, '']", "names[1]", "expected a name"],
    ["names: {car: 0}", 'names["car"]', "expected a whole number from 0 on as key"],
    ["names: {-1: car}", "names[-1]", "expected a whole number from 0 on as key"],
    ["names: *nothing", "", /^this is no YAML that can be read: /],
    ["kpt_shape: [17, 3]\nnames: [person]", "kpt_shape", "labels with keypoints are not read"],
    [`names: ${"[".repeat(20_000)}`, /.*/, /.*/],
  ])("%j is refused", async (text, place, rule) => {
    put({ "a.txt": label, "data.yaml": text })
    await expect(first(directory)).rejects.toMatchObject({
      code: "format",
      file: at("data.yaml"),
      place: typeof place === "string" ? place : expect.stringMatching(place),
      rule: typeof rule === "string" ? rule : expect.stringMatching(rule),
    })
    const { files, events } = await readFiles(directory, { imageSize: size, onInvalid: "skip" })
    expect(files.map(({ annotations }) => annotations)).toEqual([[]])
    expect(events).toHaveLength(2)
  })

  it("reach no prototype", async () => {
    put({ "a.txt": label, "data.yaml": "names:\n  0: a\n  1: constructor\n__proto__: {x: 1}\n" })
    expect(await first(directory)).toEqual(["constructor"])
  })
})

describe("images", () => {
  const label = "0 0.5 0.5 1 1\n"
  const items = async (input: string, options: YoloReadOptions = {}) => {
    const { files, events } = await readFiles(input, { classes: ["car"], ...options })
    return {
      items: files.map(({ item }) => [
        `${item.path} ${item.name}`,
        item.slots?.[0]?.width,
        item.slots?.[0]?.height,
      ]),
      events,
    }
  }

  it("give the size and the ending: in images in place of labels, or beside the label file", async () => {
    put({
      "labels/train/a.txt": label,
      "images/train/a.png": pngHeader(640, 480),
      "val/labels/b.txt": label,
      "val/images/b.PNG": pngHeader(20, 10),
      "c/c.txt": label,
      "c/c.png": pngHeader(30, 40),
    })
    const expected = [
      ["/c c.png", 30, 40],
      ["/train a.png", 640, 480],
      ["/val b.PNG", 20, 10],
    ]
    expect((await items(directory)).items).toEqual(expected)
    expect((await items(at("labels"))).items).toEqual([["/train a.png", 640, 480]])
    expect((await items(at("c/c.txt"))).items).toEqual([["/ c.png", 30, 40]])
  })

  it("are looked for in the option imageDirectory", async () => {
    put({ "out/labels/x/a.txt": label, "pictures/x/a.png": pngHeader(640, 480) })
    expect((await items(at("out"), { imageDirectory: at("pictures") })).items).toEqual([
      ["/x a.png", 640, 480],
    ])
  })

  it("that are not found have the option imageSize, and their names imageEnding", async () => {
    put({ "a.txt": label, "b.txt": "", "b.png": pngHeader(30, 40) })
    expect((await items(directory, { imageSize: size })).items).toEqual([
      ["/ a.jpg", 100, 80],
      ["/ b.png", 30, 40],
    ])
    expect((await items(directory, { imageSize: size, imageEnding: ".tif" })).items[0]).toEqual([
      "/ a.tif",
      100,
      80,
    ])
    expect((await items(directory, { imageSize: size, imageEnding: "" })).items[0]).toEqual(["/ a", 100, 80])
  })

  it("without a size are refused, where they have labels", async () => {
    put({ "a.txt": label, "b.txt": "" })
    const rule =
      "the size of its image is not known: no image is found for it, and no option imageSize is given"
    await expect(items(directory)).rejects.toMatchObject({
      code: "format",
      file: at("a.txt"),
      place: "",
      rule,
    })
    expect(await items(directory, { onInvalid: "skip" })).toEqual({
      items: [["/ b.jpg", undefined, undefined]],
      events: [{ type: "skip", file: at("a.txt"), place: "", reason: rule }],
    })
  })

  it("whose header cannot be read are reported", async () => {
    put({ "a.txt": label, "a.jpg": "no picture" })
    expect(await items(directory, { imageSize: size })).toEqual({
      items: [["/ a.jpg", 100, 80]],
      events: [{ type: "warning", message: `${at("a.jpg")}: the size of this image cannot be read` }],
    })
  })

  it("that were turned are measured upright", async () => {
    // A JPEG of 16 by 8 pixels whose EXIF orientation is 6.
    const exif = "45786966000049492a0008000000010012010300010000000600000000000000"
    const jpeg = Buffer.from(
      `ffd8ffe1${(exif.length / 2 + 2).toString(16).padStart(4, "0")}${exif}ffc0000b080008001001011100ffd9`,
      "hex",
    )
    put({ "a.txt": label, "a.jpg": jpeg })
    expect((await items(directory)).items).toEqual([["/ a.jpg", 8, 16]])
  })
})

describe("yolo.read", () => {
  const options = { imageSize: size, classes: ["car"] }

  it("gives files in order, with their folders, whatever the concurrency", async () => {
    put({ "b.txt": "", "a/b.txt": "0 0.5 0.5 1 1", "a.txt": "", "labels/é/a.b.txt": "", "x.json": "{}" })
    const expected = ["/ a.jpg", "/a b.jpg", "/ b.jpg", "/é a.b.jpg"]
    for (const concurrency of [1, 3]) {
      const { files } = await readFiles(directory, { ...options, concurrency })
      expect(files.map(({ item }) => `${item.path} ${item.name}`)).toEqual([
        expected[1],
        expected[0],
        expected[2],
        expected[3],
      ])
    }
  })

  it("passes over lists of images and names, and a README", async () => {
    put({
      "train.txt": "./images/a.jpg\n./images/b.jpg\n",
      "classes.txt": "car\nbus\n",
      "README.dataset.txt": "# Street\n",
      "README.txt": "",
      "val.txt": "0 0.5 0.5 1 1",
    })
    const { files, events } = await readFiles(directory, options)
    expect(files.map(({ item }) => item.name)).toEqual(["README.jpg", "val.jpg"])
    expect(events).toEqual(
      ["README.dataset.txt", "classes.txt", "train.txt"].map((file) => ({
        type: "warning",
        message: `${at(file)}: passed over, since it does not hold labels`,
      })),
    )
  })

  it("keeps names from archives within the dataset", async () => {
    const archive = await zip("a.zip", { "x/a.txt": "" })
    const { files } = await readFiles(archive, options)
    expect(files[0]?.item).toMatchObject({ name: "a.jpg", path: "/x" })
  })

  it("fails on an input that does not exist", async () => {
    await expect(readFiles(at("missing"), options)).rejects.toMatchObject({ code: "path" })
    expect((await readFiles([], options)).files).toEqual([])
  })

  it.each<[string, YoloReadOptions]>([
    ["imageSize", { imageSize: { width: 0, height: 1 } }],
    ["imageSize", { imageSize: { width: 1, height: 1.5 } }],
    ["imageEnding", { imageEnding: "png" }],
    ["imageEnding", { imageEnding: "./x" }],
    ["classes", { classes: ["a", " "] }],
  ])("refuses the option %s %j", (option, options) => {
    expect(() => yolo.read(directory, options)).toThrow(expect.objectContaining({ code: "option", option }))
  })
})
