import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ZipFile } from "yazl"
import { pascalvoc } from "../../../src/formats/pascalvoc/index.ts"
import { readFiles, temporary } from "./files.ts"

let directory: string
let remove: () => void
beforeEach(() => {
  ;({ directory, remove } = temporary())
})
afterEach(() => remove())

function save(name: string, xml: string): string {
  const path = join(directory, name)
  writeFileSync(path, xml)
  return path
}

function voc(
  objects: string,
  size = "<size><width>100</width><height>80</height><depth>3</depth></size>",
): string {
  return `<annotation>\n<filename>a.jpg</filename>${size}\n${objects}\n</annotation>`
}

const car =
  "<object><name>car</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>5</ymax></bndbox></object>"

describe("pascalvoc.read", () => {
  it("gives a Darwin file with slot, size and boxes", async () => {
    const path = save("a.xml", voc(car))
    const { files, events } = await readFiles(path)
    expect(files).toEqual([
      {
        path,
        version: "2.0",
        item: {
          name: "a.jpg",
          path: "/",
          slots: [
            { slot_name: "0", type: "image", width: 100, height: 80, source_files: [{ file_name: "a.jpg" }] },
          ],
        },
        annotations: [{ type: "bounding_box", name: "car", bounding_box: { x: 1, y: 2, w: 2, h: 3 } }],
      },
    ])
    expect(events).toEqual([])
  })

  it("takes pixels from 1 for the devkit's corners", async () => {
    const { files } = await readFiles(save("a.xml", voc(car)), { coordinates: "devkit" })
    expect(files[0]?.annotations[0]).toMatchObject({ bounding_box: { x: 0, y: 1, w: 3, h: 4 } })
    const none = () => pascalvoc.read(directory, { coordinates: "" as never })
    expect(none).toThrow(expect.objectContaining({ code: "option" }))
  })

  it("makes attributes of the flags", async () => {
    const flags =
      "<truncated> 1 </truncated><difficult>0</difficult><occluded>true</occluded><pose>Left</pose></object>"
    const { files } = await readFiles(save("a.xml", voc(car.replace("</object>", flags) + car)))
    expect(files[0]?.annotations).toMatchObject([{ attributes: ["truncated", "occluded"] }, {}])
    expect(files[0]?.annotations[1]).not.toHaveProperty("attributes")
  })

  it("tells of parts and polygons that it does not read", async () => {
    const parts = `<part><name>head</name></part><polygon><x1>1</x1></polygon></object>`
    const path = save("a.xml", voc(car.replace("</object>", parts)))
    const { files, events } = await readFiles(path)
    expect(files[0]?.annotations).toHaveLength(1)
    expect(events).toEqual([
      { type: "skip", file: path, place: "line 3, object 1", reason: "part: only boxes are read" },
      { type: "skip", file: path, place: "line 3, object 1", reason: "polygon: only boxes are read" },
    ])
  })

  it.each([
    ["", undefined],
    ["<size><width>None</width><height>None</height></size>", undefined],
    ["<size><width>0</width><height>0</height></size>", undefined],
    ["<size><width>-3</width><height>80</height></size>", "the width -3 is no size of an image"],
    ["<size><width>1e999</width><height>80</height></size>", "the width 1e999 is no size of an image"],
    ["<size><width>12.5</width><height>80</height></size>", "the width 12.5 is no size of an image"],
  ])("leaves the width out for %j", async (size, warning) => {
    const path = save("a.xml", voc(car, size))
    const { files, events } = await readFiles(path)
    expect(files[0]?.item.slots?.[0]).not.toHaveProperty("width")
    const expected = warning && { type: "warning", message: `${path}: line 1: ${warning}` }
    expect(events).toEqual(expected ? [expected] : [])
  })

  it.each([
    ["<bndbox><xmin>1</xmin>", "<bndbox>", "bndbox has no xmin"],
    ["<xmin>1<", "<xmin><", "xmin is empty"],
    ["<xmin>1<", "<xmin>1_0<", "xmin 1_0 is not a finite number"],
    ["<xmin>1<", "<xmin>0x1<", "xmin 0x1 is not a finite number"],
    ["<xmin>1<", "<xmin>1e999<", "xmin 1e999 is not a finite number"],
    ["<xmin>1<", "<xmin>4<", "xmin 4 is larger than xmax 3"],
    ["<ymin>2<", "<ymin>5.5<", "ymin 5.5 is larger than ymax 5"],
    ["<name>car</name>", "", "object has no name"],
    ["<name>car</name>", "<name> </name>", "name is empty"],
  ])("refuses an object with %j made %j, or leaves it out alone", async (from, to, rule) => {
    const path = save("a.xml", voc(`${car}\n${car.replace(from, to)}\n${car}`))
    const place = "line 4, object 2"
    await expect(readFiles(path)).rejects.toMatchObject({ code: "format", file: path, place, rule })
    const { files, events } = await readFiles(path, { onInvalid: "skip" })
    expect(files[0]?.annotations).toHaveLength(2)
    expect(events).toEqual([{ type: "skip", file: path, place, reason: rule }])
  })

  it.each([
    ["<annotation>", "line 1, column 12", "unclosed root tag"],
    ["<annotation/>", "line 1", "annotation has no filename"],
    ["<a><filename>../a.jpg</filename></a>", "line 1", 'filename "../a.jpg" is not below the image folder'],
    [
      "<a><filename>b/../../a.jpg</filename></a>",
      "line 1",
      'filename "b/../../a.jpg" is not below the image folder',
    ],
    ["<a><filename>/</filename></a>", "line 1", 'filename "/" is not below the image folder'],
    ["<!DOCTYPE a><a/>", "line 1, column 12", "a DOCTYPE is not accepted"],
  ])("refuses the file %j, or leaves it out alone", async (xml, place, rule) => {
    const path = save("a.xml", xml)
    save("b.xml", voc(car))
    await expect(readFiles(directory)).rejects.toMatchObject({ code: "format", file: path, place, rule })
    const { files, events } = await readFiles(directory, { onInvalid: "skip" })
    expect(files).toHaveLength(1)
    expect(events).toEqual([{ type: "skip", file: path, place, reason: rule }])
  })

  it("reads files, directories and archives in their order, and can be read again", async () => {
    mkdirSync(join(directory, "folder/b"), { recursive: true })
    const name = (file: string) => voc("").replace("a.jpg", file)
    save("folder/z.xml", name("z.jpg"))
    save("folder/b/y.XML", name("b/y.jpg"))
    save("folder/note.txt", "no XML")
    const archive = new ZipFile()
    archive.addBuffer(Buffer.from(name("zipped.jpg")), "x/zipped.xml")
    archive.end()
    const chunks: Uint8Array[] = []
    for await (const chunk of archive.outputStream as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk)
    writeFileSync(join(directory, "a.zip"), Buffer.concat(chunks))

    const source = pascalvoc.read([join(directory, "a.zip"), join(directory, "folder")])
    for (let time = 0; time < 2; time++) {
      const seen: string[] = []
      for await (const { item } of source) seen.push(`${item.path} ${item.name}`)
      expect(seen).toEqual(["/ zipped.jpg", "/b y.jpg", "/ z.jpg"])
    }
  })
})
