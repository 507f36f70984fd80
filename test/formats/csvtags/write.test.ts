import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { csvtags } from "../../../src/formats/csvtags/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../../src/model/annotation-file.ts"
import { readAll, rowsOf, writeAll } from "../csv.ts"
import { filesBelow, inDirectory } from "../golden.ts"

function image(
  name: string,
  tags: readonly (string | Annotation)[],
  folder = "/",
  slots?: readonly Slot[],
): AnnotationFile {
  return {
    path: `${name}.json`,
    version: "2.0",
    item: {
      name,
      path: folder,
      slots: slots ?? [{ slot_name: "0", type: "image", source_files: [{ file_name: name }] }],
    },
    annotations: tags.map((tag) => (typeof tag === "string" ? { name: tag, type: "tag", tag: {} } : tag)),
  }
}

async function written(files: readonly AnnotationFile[], options?: object) {
  return inDirectory(async (directory) => {
    const { result: summary, events } = await writeAll(csvtags, directory, files, options)
    const [name = "", ...others] = filesBelow(directory)
    expect(others).toEqual([])
    return { name, text: readFileSync(join(directory, name), "utf8"), summary, events }
  })
}

describe("csvtags.write", () => {
  it("writes a row an image, with its whole path", async () => {
    const { name, text, summary, events } = await written([
      image("a.jpg", ["night", "rain"]),
      image("b, c.jpg", [' say "hi"\nthere ', "=SUM(A1)"], "/x//y/"),
      image("filename", []),
    ])
    expect(name).toBe("tags.csv")
    expect(text).toBe('/a.jpg,night,rain\n"/x/y/b, c.jpg","say ""hi""\nthere",=SUM(A1)\n/filename\n')
    expect(summary).toMatchObject({ images: 3, annotations: 4, written: 4, skipped: [] })
    expect(events.map(({ type }) => type)).toEqual(["file", "file", "file"])
  })

  it("counts what CSV tags cannot hold", async () => {
    const { text, summary, events } = await written([
      image("a.jpg", [
        "night",
        { type: "bounding_box", name: "car", bounding_box: { x: 1, y: 2, w: 3, h: 4 } },
        " night",
        "  ",
        { type: "unknown", name: "odd" },
        { type: "polygon", name: "night", polygon: { paths: [] } },
      ]),
    ])
    expect(text).toBe("/a.jpg,night\n")
    expect(summary.written).toBe(1)
    expect(summary.skipped).toEqual([
      { class: "night", type: "polygon", reason: "CSV tags has tags only", count: 1 },
      { class: "car", type: "bounding_box", reason: "CSV tags has tags only", count: 1 },
      { class: " night", type: "tag", reason: "the image has this tag already", count: 1 },
      { class: "  ", type: "tag", reason: "its class has no name", count: 1 },
      { class: "odd", type: "unknown", reason: "CSV tags has tags only", count: 1 },
    ])
    expect(events).toContainEqual({
      type: "skip",
      file: "a.jpg.json",
      place: "annotations[2]",
      reason: "tag: the image has this tag already",
    })
  })

  it("writes a row for each slot and each frame", async () => {
    const slot = (slot_name: string, file_name: string): Slot => ({
      slot_name,
      type: "image",
      source_files: [{ file_name }],
    })
    const { text, summary } = await written([
      image(
        "pair",
        [
          { type: "tag", name: "both", tag: {}, slot_names: ["l", "r"] },
          { type: "tag", name: "left", tag: {} },
          { type: "tag", name: "lost", tag: {}, slot_names: ["x"] },
        ],
        "/f",
        [slot("l", "left.png"), slot("r", "right.png")],
      ),
      image(
        "clip.mp4",
        [
          {
            type: "video",
            name: "night",
            frames: { 0: { tag: {}, keyframe: true } },
            ranges: [[0, 2]],
            only_keyframes: true,
          },
        ],
        "/f",
        [{ slot_name: "0", type: "video", frame_count: 3 }],
      ),
    ])
    expect(text.split("\n")).toEqual([
      "/f/pair/l/left.png,both,left",
      "/f/pair/r/right.png,both",
      "/f/clip/0000000.png,night",
      "/f/clip/0000001.png,night",
      "/f/clip/0000002.png",
      "",
    ])
    expect(summary).toMatchObject({ images: 5, annotations: 6, written: 5 })
  })

  it("tells of half characters, which no file can hold", async () => {
    const { text, events } = await written([image("a.jpg", ["\ud83d!"])])
    expect(text).toBe("/a.jpg,\ufffd!\n")
    expect(events).toContainEqual({
      type: "warning",
      message: 'a.jpg.json: U+FFFD is written for half a character in "/a.jpg"',
    })
  })

  it("writes an empty file for an empty input", async () => {
    expect((await written([])).text).toBe("")
  })

  it("writes to the name asked for, and refuses others", async () => {
    expect((await written([image("a.jpg", [])], { fileName: "Train set.CSV" })).name).toBe("Train set.CSV")
    for (const fileName of [
      "tags",
      "tags.txt",
      "a/tags.csv",
      "../tags.csv",
      ".csv",
      "",
      "con.csv",
      "a\0.csv",
    ]) {
      expect(() => csvtags.write("out", { fileName })).toThrow(
        expect.objectContaining({ code: "option", option: "fileName" }),
      )
    }
  })

  it.each([
    ["..", "/"],
    ["a.jpg", "/../b"],
    ["a//b.jpg", "/"],
    ["./a.jpg", "/"],
    ["b/", "/"],
    ["  ", "/"],
    ["", "/"],
  ])("refuses the name %j in %j, and leaves nothing", async (name, folder) => {
    await inDirectory(async (directory) => {
      const files = [image("a.jpg", []), image(name, [], folder)]
      await expect(writeAll(csvtags, directory, files)).rejects.toMatchObject({ code: "path" })
      expect(filesBelow(directory)).toEqual([])
    })
  })

  it("leaves what stood there when its input fails", async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "tags.csv"), "old\n")
      const failing = (async function* () {
        yield image("a.jpg", ["night"])
        throw new Error("the source broke")
      })()
      await expect(writeAll(csvtags, directory, failing)).rejects.toThrow("the source broke")
      expect(filesBelow(directory)).toEqual(["tags.csv"])
      expect(readFileSync(join(directory, "tags.csv"), "utf8")).toBe("old\n")
    })
  })
})

const text = fc.string({
  unit: fc.constantFrom("a", "B", " ", ",", '"', "\n", "\r", ".", "é", "🚗", "'", ";", "=", "\ufeff"),
})
const names = text.map((one) => `${one.trim()}x.jpg`)
const folders = fc
  .array(
    text.map((one) => `f${one}`),
    { maxLength: 2 },
  )
  .map((parts) => `/${parts.join("/")}`)
const tags = fc.uniqueArray(
  text.map((one) => one.trim()).filter((one) => one !== ""),
  { maxLength: 4 },
)

it("gives images and their tags back, to darwin-py as well", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(names, folders, tags), { maxLength: 5 }), async (sets) => {
      const files = sets.map(([name, folder, tags], index) => image(`${index}${name}`, tags, folder))
      await inDirectory(async (directory) => {
        const { result: summary, events } = await writeAll(csvtags, directory, files)
        expect(events.filter(({ type }) => type !== "file")).toEqual([])
        expect(summary.written).toBe(sets.reduce((sum, [, , tags]) => sum + tags.length, 0))
        const { result, events: told } = await readAll(csvtags, directory)
        expect(told).toEqual([])
        const path = join(directory, "tags.csv")
        expect(result).toEqual(files.map((file) => ({ ...file, path })))
        expect(rowsOf(path)).toEqual(
          files.map(({ item, annotations }) => [
            `${item.path}/${item.name}`.replace("//", "/"),
            ...annotations.map(({ name }) => name),
          ]),
        )
        const bytes = readFileSync(path)
        await writeAll(csvtags, directory, files)
        expect(readFileSync(path)).toEqual(bytes)
      })
    }),
    { numRuns: 100 },
  )
})
