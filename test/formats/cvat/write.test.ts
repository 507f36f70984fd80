import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import { type CvatWriteOptions, cvat } from "../../../src/formats/cvat/index.ts"
import type { WriteSummary } from "../../../src/formats/format.ts"
import type { Annotation, Frame, VideoAnnotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { filesBelow, inDirectory } from "../golden.ts"
import { type Cvat, childOf, parsedBelow } from "./parsed.ts"
import { checkCvat } from "./validator.ts"

interface Written {
  readonly documents: Map<string, Cvat>
  readonly summary: WriteSummary
  readonly events: readonly RunEvent[]
}

function write(files: readonly AnnotationFile[], options?: CvatWriteOptions): Promise<Written> {
  return inDirectory(async (directory) => {
    const events: RunEvent[] = []
    const onEvent = (event: RunEvent) => {
      events.push(event)
    }
    const summary = await pipeline(files, cvat.write(directory, options), { onEvent })
    const documents = parsedBelow(directory)
    for (const document of documents.values()) checkCvat(document)
    return { documents, summary, events }
  })
}

const slot = (rest: Partial<Slot> = {}): Slot => ({
  slot_name: "0",
  type: "image",
  width: 60,
  height: 40,
  ...rest,
})
const file = (
  name: string,
  annotations: readonly Annotation[],
  slots: readonly Slot[] = [slot()],
): AnnotationFile => ({
  path: `${name}.json`,
  item: { name, path: "/", slots },
  annotations,
})
const box = (name: string, x = 1): Annotation => ({
  type: "bounding_box",
  name,
  bounding_box: { x, y: 2, w: 3, h: 4 },
})
const videoSlot = slot({ type: "video", frame_count: 8 })
const frame = (x: number, rest: Partial<Frame> = {}): Frame => ({
  bounding_box: { x, y: 0, w: 2, h: 2 },
  keyframe: true,
  ...rest,
})
const track = (rest: Partial<VideoAnnotation> & Pick<VideoAnnotation, "frames">): VideoAnnotation => ({
  type: "video",
  name: "car",
  ...rest,
})

/** The shapes of a track as `frame keyframe outside xtl`. */
function states({ tracks }: Cvat): string[][] {
  return tracks.map(({ children }) =>
    children.map(
      ({ attributes: { frame, keyframe, outside, xtl } }) => `${frame} ${keyframe} ${outside} ${xtl}`,
    ),
  )
}

describe("a set of images", () => {
  it("is one document, with labels sorted and attributes declared", async () => {
    const { documents, summary } = await write([
      file("b.png", [{ ...box("truck"), attributes: ["wet"], text: { text: "a & b" } } as Annotation]),
      file("a.png", [box("car"), { type: "tag", name: "car", tag: {} }]),
    ])
    const { images, labels } = documents.get("output.xml") as Cvat
    expect(images.map(({ attributes }) => attributes.name)).toEqual(["b.png", "a.png"])
    expect(labels.map(({ name, type, attributes }) => ({ name, type, attributes }))).toEqual([
      { name: "car", type: "any", attributes: {} },
      { name: "truck", type: "rectangle", attributes: { wet: "checkbox", __text: "text" } },
    ])
    expect(summary).toMatchObject({ images: 2, annotations: 3, written: 3, skipped: [] })
  })

  it("of none is a document without images", async () => {
    const { documents, summary } = await write([])
    expect(documents.get("output.xml")?.images).toEqual([])
    expect(summary.images).toBe(0)
  })

  it("has the labels that are given, in their order, and no other", async () => {
    const { documents, summary } = await write([file("a.png", [box("car"), box("bus"), box("truck")])], {
      classes: ["truck", "lorry", "car"],
    })
    expect(documents.get("output.xml")?.labels.map(({ name }) => name)).toEqual(["truck", "lorry", "car"])
    expect(summary.skipped).toEqual([
      { class: "bus", type: "bounding_box", reason: "its class is not in the list of classes", count: 1 },
    ])
  })

  it("keeps what CVAT cannot hold out, and says why", async () => {
    const polygon = (...paths: { x: number; y: number }[][]): Annotation => ({
      type: "polygon",
      name: "p",
      polygon: { paths },
    })
    const { summary } = await write([
      file("a.png", [
        polygon([{ x: 1, y: 1 }]),
        { type: "line", name: "l", line: { path: [{ x: 1, y: 1 }] } },
        { type: "skeleton", name: "s", skeleton: { nodes: [] } },
        { type: "mask", name: "m", id: "1", mask: {} },
        { type: "string", name: "t", string: { sources: [] } },
        { type: "unknown", name: "u" },
      ]),
    ])
    expect(summary.skipped.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
      "polygon: a polygon needs three points",
      "line: a line needs two points",
      "skeleton: it has no point",
      "mask: no raster layer holds its pixels",
      "string: CVAT has no such shape",
      "unknown: its shape is not known",
    ])
  })

  it("has the same bytes each time, and leaves nothing half-written when the input fails", () =>
    inDirectory(async (directory) => {
      const files = [
        file("a.png", [box("car")]),
        file("clip.mp4", [track({ frames: { 0: frame(1) } })], [videoSlot]),
      ]
      const bytes = async (name: string) => {
        await pipeline(files, cvat.write(join(directory, name)))
        return filesBelow(join(directory, name)).map((one) => [
          one,
          readFileSync(join(directory, name, one), "utf8"),
        ])
      }
      expect(await bytes("one")).toEqual(await bytes("two"))
      const failing = (async function* () {
        yield* files
        throw new Error("gone")
      })()
      await expect(pipeline(failing, cvat.write(join(directory, "three")))).rejects.toThrow("gone")
      expect(filesBelow(join(directory, "three"))).toEqual(["clip.xml"])
    }))

  it("takes options of its own alone", () => {
    expect(() => cvat.write("out", { videos: "all" as "frames" })).toThrow(
      expect.objectContaining({ code: "option", option: "videos" }),
    )
  })
})

describe("a video", () => {
  it("is a document of tracks, closed where its ranges end", async () => {
    const { documents, summary } = await write([
      file(
        "clip.mp4",
        [
          track({
            interpolated: true,
            ranges: [
              [1, 4],
              [6, 8],
            ],
            frames: { 1: frame(0), 2: frame(5, { keyframe: false }), 3: frame(10), 6: frame(20) },
          }),
        ],
        [videoSlot],
      ),
    ])
    expect([...documents.keys()]).toEqual(["clip.xml"])
    expect(states(documents.get("clip.xml") as Cvat)).toEqual([
      ["1 1 0 0", "2 0 0 5", "3 1 0 10", "4 1 1 10", "6 1 0 20"],
    ])
    expect(summary).toMatchObject({ images: 1, annotations: 1, written: 1 })
    const task = childOf(documents.get("clip.xml")?.root, "meta", "task")
    expect(childOf(task, "size")?.text).toBe("8")
    expect(childOf(documents.get("clip.xml")?.root, "meta", "source")?.text).toBe("clip.mp4")
  })

  it("has keyframes alone where nothing moves in between, and is not where it is hidden", async () => {
    const { documents } = await write([
      file(
        "clip.mp4",
        [
          track({
            ranges: [[0, 6]],
            hidden_areas: [[2, 4]],
            frames: { 0: frame(1), 5: frame(7, { keyframe: false }) },
          }),
        ],
        [videoSlot],
      ),
    ])
    expect(states(documents.get("clip.xml") as Cvat)).toEqual([
      ["0 1 0 1", "2 1 1 1", "4 1 0 1", "5 1 0 7", "6 1 1 7"],
    ])
  })

  it("has masks frame by frame, out of the raster layer that holds there", async () => {
    const layer = (run: number) => ({
      dense_rle: [0, run, 1, 3, 0, 60 * 40 - run - 3],
      mask_annotation_ids_mapping: { m: 1 },
      total_pixels: 60 * 40,
    })
    const masks: Annotation[] = [
      {
        ...track({ frames: { 1: { mask: {} }, 2: { mask: {} } }, ranges: [[1, 4]], only_keyframes: true }),
        id: "m",
      },
      track({
        name: "__raster_layer__",
        frames: { 1: { raster_layer: layer(0) }, 2: { raster_layer: layer(60) } },
        ranges: [[0, 8]],
      }),
    ]
    const { documents, summary } = await write([file("clip.mp4", masks, [videoSlot])])
    expect(summary).toMatchObject({ written: 2, skipped: [] })
    const [one] = (documents.get("clip.xml") as Cvat).tracks
    expect(
      one?.children.map(({ attributes: { frame, outside, top, rle } }) => [frame, outside, top, rle]),
    ).toEqual([
      ["1", "0", "0", "0, 3"],
      ["2", "0", "1", "0, 3"],
      ["4", "1", "1", "0, 3"],
    ])
  })

  it("holds a shape until its next keyframe where the track does not move, for CVAT would move it", async () => {
    const held = track({ frames: { 0: frame(0), 4: frame(40), 5: frame(50) }, ranges: [[0, 7]] })
    const { documents } = await write([file("clip.mp4", [held], [videoSlot])])
    expect(states(documents.get("clip.xml") as Cvat)).toEqual([
      ["0 1 0 0", "3 1 0 0", "4 1 0 40", "5 1 0 50", "7 1 1 50"],
    ])
  })

  it("keeps what frames without a shape change, where the shape is then; tells of frames that the video does not have", async () => {
    const changing = track({
      frames: { 0: frame(0), 3: { attributes: ["wet"], keyframe: true }, 6: frame(60), 20: frame(1) },
      ranges: [[0, 8]],
      interpolated: true,
      only_keyframes: true,
    })
    const { documents, summary } = await write([file("clip.mp4", [changing], [videoSlot])])
    const document = documents.get("clip.xml") as Cvat
    expect(states(document)).toEqual([["0 1 0 0", "3 1 0 30", "6 1 0 60"]])
    expect(JSON.stringify(document.tracks[0]?.children[1])).toContain("wet")
    expect(summary.skipped).toEqual([
      { class: "car", type: "bounding_box", reason: "the video has no such frame", count: 1 },
    ])
  })

  it("keeps out what a track cannot be", async () => {
    const parts = [0, 20].map((x) => [
      { x, y: 0 },
      { x: x + 5, y: 0 },
      { x, y: 5 },
    ])
    const { summary } = await write([
      file(
        "clip.mp4",
        [
          box("still"),
          track({ frames: { 0: { tag: {} } } }),
          track({ frames: { 0: {} } }),
          track({ frames: { 90: frame(1) } }),
          track({ frames: { 0: frame(1), 1: { keypoint: { x: 1, y: 2 } } } }),
          track({ frames: { 0: { polygon: { paths: parts } } } }),
          track({
            name: "__raster_layer__",
            frames: {
              0: { raster_layer: { dense_rle: [], mask_annotation_ids_mapping: {}, total_pixels: 0 } },
            },
          }),
        ],
        [videoSlot],
      ),
    ])
    expect(summary.skipped.map(({ reason }) => reason)).toEqual(
      [
        "it belongs to no frame of the video",
        "a track of CVAT has no tags",
        "it has no frame with a shape",
        "the video has none of its frames",
        "its frames are of different types",
        "a track of CVAT has one part a frame",
        "no mask annotation belongs to it",
      ].filter((reason) => summary.skipped.some((one) => one.reason === reason)),
    )
    expect(summary).toMatchObject({ annotations: 7, written: 0 })
    expect(summary.skipped.reduce((sum, { count }) => sum + count, 0)).toBe(7)
  })

  it("is images when asked for, as darwin-py has it", async () => {
    const { documents, summary } = await write(
      [file("clip.mp4", [track({ frames: { 0: frame(1) } })], [videoSlot])],
      {
        videos: "frames",
      },
    )
    expect([...documents.keys()]).toEqual(["output.xml"])
    expect(documents.get("output.xml")?.images[0]?.attributes.name).toBe("clip/0000000.png")
    expect(summary.images).toBe(8)
  })

  it("has a file of its own among others of its name, and beside the slots of its item", async () => {
    const two = [slot({ slot_name: "left" }), slot({ slot_name: "cam", type: "video", frame_count: 2 })]
    const { documents, events } = await write([
      file("output.mp4", [], [videoSlot]),
      file("Clip.mp4", [], [videoSlot]),
      file("clip.avi", [], [videoSlot]),
      file(
        "both",
        [
          { ...track({ frames: { 0: frame(1) } }), slot_names: ["cam"] },
          { ...box("a"), slot_names: ["left"] },
        ],
        two,
      ),
    ])
    expect([...documents.keys()].sort()).toEqual(
      ["Clip.xml", "both/cam.xml", "clip_2.xml", "output.xml", "output_2.xml"].sort(),
    )
    expect(documents.get("output.xml")?.images.map(({ attributes }) => attributes.name)).toEqual([
      "both/left",
    ])
    expect(events.filter(({ type }) => type === "warning")).toHaveLength(2)
  })
})
