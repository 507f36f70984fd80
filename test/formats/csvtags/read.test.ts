import { Buffer } from "node:buffer"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { csvtags } from "../../../src/formats/csvtags/index.ts"
import { readAll } from "../csv.ts"
import { inDirectory } from "../golden.ts"

async function read(content: string | Uint8Array, onInvalid: "throw" | "skip" = "throw") {
  return inDirectory(async (directory) => {
    const path = join(directory, "a.csv")
    writeFileSync(path, content)
    const { result, events } = await readAll(csvtags, path, { onInvalid })
    const tagged = result.map(({ item, annotations }) => [
      `${item.path} ${item.name}`,
      ...annotations.map(({ name }) => name),
    ])
    const skips = events.map((event) => (event.type === "skip" ? `${event.place}: ${event.reason}` : event))
    return { tagged, skips }
  })
}

describe("csvtags.read", () => {
  it("gives files of the model", async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "a.csv")
      writeFileSync(path, "/street/kerb.jpg,night\n")
      const { result } = await readAll(csvtags, path)
      expect(result).toEqual([
        {
          path,
          version: "2.0",
          item: {
            name: "kerb.jpg",
            path: "/street",
            slots: [{ slot_name: "0", type: "image", source_files: [{ file_name: "kerb.jpg" }] }],
          },
          annotations: [{ name: "night", type: "tag", tag: {} }],
        },
      ])
    })
  })

  it("puts rows of one image together that follow one another, and tells of tags that come twice", async () => {
    expect(await read("a.jpg,x,y\n\n/a.jpg,y,z,z\nb.jpg\na.jpg,x\n")).toEqual({
      tagged: [["/ a.jpg", "x", "y", "z"], ["/ b.jpg"], ["/ a.jpg", "x"]],
      skips: ["line 3: the image has this tag twice", "line 3: the image has this tag twice"],
    })
  })

  it.each([
    "filename,tag",
    "file_name,tag1,tag2",
    "Filename , Tags",
    "image,tag,,",
    "full_path,tag_1",
    "filename",
  ])("takes %j for the names of columns", async (header) => {
    expect((await read(`\ufeff\n${header}\r\na.jpg,night\r\n`)).tagged).toEqual([["/ a.jpg", "night"]])
    expect((await read(`b.jpg\n${header}\n`)).tagged).toHaveLength(2)
  })

  it.each(["/filename,tag", "filename.jpg,tag", "filename,night", "file name,tag,night"])(
    "takes %j for an image",
    async (row) => expect((await read(row)).tagged).toHaveLength(1),
  )

  it.each([
    [",night", "line 2", "the row has no file name"],
    ["..,night", "line 2", "expected the name of a file"],
    ["a/,night", "line 2", "expected the name of a file"],
    ['b.jpg,5" disk', "line 2", "a quote stands in a cell that does not begin with one"],
  ])("refuses the row %j, or leaves it out", async (row, place, rule) => {
    const text = `a.jpg,night\n${row}\nc.jpg,rain\n`
    await expect(read(text)).rejects.toMatchObject({ code: "format", place, rule })
    expect(await read(text, "skip")).toEqual({
      tagged: [
        ["/ a.jpg", "night"],
        ["/ c.jpg", "rain"],
      ],
      skips: [`${place}: ${rule}`],
    })
  })

  it("gives what stands before a quote that is never closed, and goes on with the next file", async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "a.csv"), 'a.jpg,night\nb.jpg,"rain\nc.jpg\n')
      writeFileSync(join(directory, "b.csv"), Buffer.from("a.jpg,night\nd.jpg,fog\n", "utf16le"))
      const { result, events } = await readAll(csvtags, directory, { onInvalid: "skip" })
      expect(result.map(({ item }) => item.name)).toEqual(["a.jpg", "a.jpg", "d.jpg"])
      expect(events).toEqual([
        { type: "skip", file: join(directory, "a.csv"), place: "line 2", reason: "a quote is not closed" },
      ])
    })
  })

  it("holds any class name", async () => {
    const { tagged } = await read("a.jpg,__proto__,constructor,=1+1,日本,🚗\n")
    expect(tagged).toEqual([["/ a.jpg", "__proto__", "constructor", "=1+1", "日本", "🚗"]])
  })
})
