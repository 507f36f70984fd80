import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { csvtagsvideo } from "../../../src/formats/csvtagsvideo/index.ts"
import type { Annotation, VideoAnnotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../../src/model/annotation-file.ts"
import { readAll, rowsOf, writeAll } from "../csv.ts"
import { filesBelow, inDirectory } from "../golden.ts"

function video(
  name: string,
  annotations: readonly Annotation[],
  folder = "/",
  slots?: readonly Slot[],
): AnnotationFile {
  return {
    path: `${name}.json`,
    version: "2.0",
    item: {
      name,
      path: folder,
      slots: slots ?? [{ slot_name: "0", type: "video", source_files: [{ file_name: name }] }],
    },
    annotations,
  }
}

/** A track as it is read. */
function track(name: string, start: number, end: number): VideoAnnotation {
  return {
    name,
    type: "video",
    frames: { [start]: { tag: {}, keyframe: true } },
    ranges: [[start, end]],
    interpolated: false,
    only_keyframes: true,
  }
}

async function written(files: readonly AnnotationFile[], options?: object) {
  return inDirectory(async (directory) => {
    const { result: summary, events } = await writeAll(csvtagsvideo, directory, files, options)
    const [name = "", ...others] = filesBelow(directory)
    expect(others).toEqual([])
    return { name, text: readFileSync(join(directory, name), "utf8"), summary, events }
  })
}

describe("csvtagsvideo.write", () => {
  it("writes a row for each span of frames", async () => {
    const listed = (...frames: number[]) => Object.fromEntries(frames.map((frame) => [frame, { tag: {} }]))
    const { name, text, summary } = await written([
      video("a.mp4", [
        track("night", 0, 4),
        { type: "video", name: "listed", frames: listed(5, 0, 1, 2, 6, 9) },
        {
          type: "video",
          name: "ranges",
          frames: listed(0, 10),
          ranges: [
            [10, 20],
            [0, 5],
            [4, 6],
          ],
        },
        { type: "video", name: "segments", frames: listed(3), segments: [[0, 5]], sections: listed(5, 7) },
        {
          type: "video",
          name: "odd",
          frames: listed(0),
          ranges: [
            [-5, 2.5],
            [9, 9],
            [8, 7],
          ],
        },
        { type: "video", name: "long", frames: listed(0), ranges: [[0, 1e300]] },
      ]),
      video("b.mp4", [track("a,b", 7, 8)], "/x"),
    ])
    expect(name).toBe("tags.csv")
    expect(text.split("\n")).toEqual([
      "/a.mp4,night,0,3",
      "/a.mp4,listed,0,2",
      "/a.mp4,listed,5,6",
      "/a.mp4,listed,9,9",
      "/a.mp4,ranges,0,5",
      "/a.mp4,ranges,10,19",
      "/a.mp4,segments,0,5",
      "/a.mp4,segments,7,7",
      "/a.mp4,odd,0,2",
      "/a.mp4,long,0,999999999999999",
      '/x/b.mp4,"a,b",7,7',
      "",
    ])
    expect(summary).toMatchObject({ images: 2, annotations: 7, written: 7, skipped: [] })
  })

  it("counts what it cannot hold, each track as one", async () => {
    const reason = "CSV tags of videos has tags over frames only"
    const { text, summary, events } = await written([
      video("a.mp4", [
        { type: "tag", name: "still", tag: {} },
        { type: "video", name: "car", frames: { 0: { bounding_box: { x: 0, y: 0, w: 1, h: 1 } }, 1: {} } },
        { type: "video", name: "none", frames: {} },
        { type: "video", name: "empty", frames: { 0: { tag: {} } }, ranges: [] },
        track(" ", 0, 1),
        track("night", 0, 2),
        { ...track("night", 0, 2), id: "again" },
        { type: "unknown", name: "odd" },
      ]),
      video("b.jpg", []),
    ])
    expect(text).toBe("/a.mp4,empty,0,0\n/a.mp4,night,0,1\n")
    expect(summary).toMatchObject({ images: 1, annotations: 8, written: 2 })
    expect(summary.skipped).toEqual([
      { class: "still", type: "tag", reason, count: 1 },
      { class: "car", type: "bounding_box", reason, count: 1 },
      { class: "none", type: "video", reason, count: 1 },
      { class: " ", type: "tag", reason: "its class has no name", count: 1 },
      { class: "night", type: "tag", reason: "the video has this tag over these frames already", count: 1 },
      { class: "odd", type: "unknown", reason, count: 1 },
    ])
    expect(events).toContainEqual({
      type: "skip",
      file: "b.jpg.json",
      place: "item",
      reason: "it has no tag over frames",
    })
  })

  it("names each slot of an item with several", async () => {
    const slots: Slot[] = [
      { slot_name: "l", type: "video", source_files: [{ file_name: "left.mp4" }] },
      { slot_name: "r", type: "video" },
    ]
    const { text, summary } = await written([
      video(
        "pair",
        [
          { ...track("both", 0, 1), slot_names: ["l", "r"] },
          track("first", 0, 1),
          { ...track("lost", 0, 1), slot_names: ["x"] },
        ],
        "/f",
        slots,
      ),
    ])
    expect(text).toBe("/f/pair/l/left.mp4,both,0,0\n/f/pair/l/left.mp4,first,0,0\n/f/pair/r,both,0,0\n")
    expect(summary).toMatchObject({ images: 2, annotations: 3, written: 2 })
    expect(summary.skipped).toEqual([
      { class: "lost", type: "tag", reason: "the item has no slot of that name", count: 1 },
    ])
  })

  it("refuses options and names that are none, and leaves nothing", async () => {
    expect(() => csvtagsvideo.write("out", { fileName: "a.txt" })).toThrow(
      expect.objectContaining({ code: "option", option: "fileName" }),
    )
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "tags.csv"), "old\n")
      const files = [video("a.mp4", [track("a", 0, 1)]), video("..", [track("a", 0, 1)])]
      await expect(writeAll(csvtagsvideo, directory, files)).rejects.toMatchObject({ code: "path" })
      expect(filesBelow(directory)).toEqual(["tags.csv"])
    })
  })
})

describe("csvtagsvideo.read", () => {
  it.each([
    "filename,tag,start,end",
    "File Name,Tag,start_frame,end_frame",
    "file,tag,Start Frame,End Frame",
  ])("takes %j for the names of columns", async (header) => {
    await inDirectory(async (directory) => {
      const path = join(directory, "a.csv")
      writeFileSync(path, `${header}\r\na.mp4,night,0,0\r\n`)
      expect((await readAll(csvtagsvideo, path)).result).toHaveLength(1)
      writeFileSync(path, `b.mp4,night,0,0\n${header}\n`)
      await expect(readAll(csvtagsvideo, path)).rejects.toMatchObject({ code: "format", place: "line 2" })
    })
  })

  it.each(["1e3", "1.0", "-1", "+1", "0x1", " ", "NaN", "1000000000000000"])(
    "refuses the frame %j",
    async (frame) => {
      await inDirectory(async (directory) => {
        const path = join(directory, "a.csv")
        writeFileSync(path, `a.mp4,night,0,${frame}\na.mp4,rain,0,1\n`)
        await expect(readAll(csvtagsvideo, path)).rejects.toMatchObject({ code: "format", place: "line 1" })
        const { result } = await readAll(csvtagsvideo, path, { onInvalid: "skip" })
        expect(result[0]?.annotations).toEqual([track("rain", 0, 2)])
      })
    },
  )
})

const text = fc.string({ unit: fc.constantFrom("a", "B", " ", ",", '"', "\n", "\r", ".", "é", "🚗") })
const tags = text.map((one) => `t${one.trim()}`)
const spans = fc.tuple(tags, fc.nat(1000), fc.integer({ min: 1, max: 1000 }))
const tracks = fc.uniqueArray(spans, { minLength: 1, maxLength: 5, selector: (span) => span.join() })

it("gives tags over frames back, to darwin-py as well", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, tracks), { maxLength: 4 }), async (sets) => {
      const files = sets.map(([name, spans], index) => {
        const tags = spans.map(([tag, start, count]) => track(tag, start, start + count))
        return video(`${index}${name}.mp4`, tags, index % 2 === 0 ? "/" : "/a b/c")
      })
      await inDirectory(async (directory) => {
        const { result: summary } = await writeAll(csvtagsvideo, directory, files)
        expect(summary.written).toBe(summary.annotations)
        const path = join(directory, "tags.csv")
        const { result, events } = await readAll(csvtagsvideo, directory)
        expect(events).toEqual([])
        expect(result).toEqual(files.map((file) => ({ ...file, path })))
        for (const row of rowsOf(path)) {
          expect(row).toHaveLength(4)
          expect(Number.parseInt(row[2] ?? "", 10)).toBeLessThanOrEqual(Number.parseInt(row[3] ?? "", 10))
        }
      })
    }),
    { numRuns: 100 },
  )
})
