import { describe, expect, it } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import type { Annotation, VideoAnnotation } from "../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../src/model/annotation-file.ts"
import { images } from "../../src/transforms/images.ts"

const image = (slot_name: string, extra: Partial<Slot> = {}): Slot => ({
  slot_name,
  type: "image",
  width: 40,
  height: 30,
  source_files: [{ file_name: `${slot_name}.png`, url: `http://127.0.0.1/${slot_name}` }],
  ...extra,
})

const video = (extra: Partial<Slot> = {}): Slot => ({
  ...image("0"),
  type: "video",
  frame_count: 4,
  ...extra,
})

const file = (
  slots: readonly Slot[],
  annotations: readonly Annotation[],
  name = "walk.v1.mp4",
): AnnotationFile => ({
  path: "/data/walk.json",
  version: "2.0",
  item: { name, path: "/cam", source_info: { item_id: "i1" }, slots },
  annotations,
  properties: [{ name: "site", value: "north" }],
})

const box = (x: number) => ({ bounding_box: { x, y: 2, w: 3, h: 4 } })

const still = (name: string, ...slot_names: string[]): Annotation => ({
  name,
  slot_names,
  type: "bounding_box",
  ...box(1),
})

const track = (frames: VideoAnnotation["frames"], extra: Partial<VideoAnnotation> = {}): VideoAnnotation => ({
  id: "t1",
  name: "person",
  type: "video",
  slot_names: ["0"],
  frames,
  ...extra,
})

async function split(input: AnnotationFile): Promise<{ files: AnnotationFile[]; skips: unknown[] }> {
  const before = JSON.stringify(input)
  const skips: unknown[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type === "skip") skips.push([event.place, event.reason])
  }
  const files: AnnotationFile[] = []
  for await (const one of images()([input] as unknown as AsyncIterable<AnnotationFile>, { onEvent }))
    files.push(one)
  expect(JSON.stringify(input)).toBe(before)
  return { files, skips }
}

describe("images", () => {
  it("passes a file of one image as it is", async () => {
    for (const slots of [[image("0")], []]) {
      const whole = file(slots, [still("car"), still("van", "elsewhere")])
      const { files, skips } = await split(whole)
      expect(files[0]).toBe(whole)
      expect(files.length).toBe(1)
      expect(skips).toEqual([])
    }
  })

  it("makes a file of each slot, with the annotations that name it", async () => {
    const whole = file(
      [image("0"), image("left/1", { width: 9 }), image("bare", { source_files: [] })],
      [still("a"), still("b", "left/1"), still("c", "0", "left/1"), still("d", "nowhere")],
      "set?.x",
    )
    const { files, skips } = await split(whole)
    expect(files.map(({ item }) => item.name)).toEqual([
      "set_.x/0/0.png",
      "set_.x/left_1/left_1.png",
      "set_.x/bare",
    ])
    expect(files.map(({ annotations }) => annotations.map(({ name }) => name))).toEqual([
      ["a", "c"],
      ["b", "c"],
      [],
    ])
    expect(files.map(({ item }) => item.slots)).toEqual(whole.item.slots?.map((slot) => [slot]))
    expect(files[1]?.item.path).toBe("/cam")
    expect(skips).toEqual([["annotations[3]", "bounding_box: the item has no slot of that name"]])
  })

  it("makes a file of each frame, named, sized and addressed as such", async () => {
    const urls = ["http://h/0", "http://h/1"]
    const whole = file(
      [video({ frame_urls: urls, frame_count: 9, fps: 2 })],
      [track({ "1": { ...box(5), keyframe: true, text: { text: "x" }, instance_id: { value: 3 } } })],
    )
    const { files } = await split(whole)
    expect(files.map(({ item }) => item.name)).toEqual(["walk.v1/0000000.png", "walk.v1/0000001.png"])
    expect(files[1]).toEqual({
      path: "/data/walk.json",
      version: "2.0",
      properties: [{ name: "site", value: "north" }],
      item: {
        name: "walk.v1/0000001.png",
        path: "/cam",
        source_info: { item_id: "i1" },
        slots: [
          {
            slot_name: "0",
            type: "image",
            width: 40,
            height: 30,
            source_files: [{ file_name: "0000001.png", url: "http://h/1" }],
          },
        ],
      },
      annotations: [
        {
          id: "t1",
          name: "person",
          slot_names: ["0"],
          type: "bounding_box",
          ...box(5),
          text: { text: "x" },
          instance_id: { value: 3 },
        },
      ],
    })
    expect(files[0]?.annotations).toEqual([])
  })

  it("counts frames by their addresses, else by the count, else by the annotations", async () => {
    const count = async (slot: Slot, ...annotations: Annotation[]) => {
      return (await split(file([slot], annotations))).files.length
    }
    expect(await count(video({ frame_urls: ["a", "b"], frame_count: 4 }))).toBe(2)
    expect(await count(video({ frame_urls: [] }))).toBe(4)
    expect(await count(image("0", { type: "dicom" }), track({ "6": box(1) }))).toBe(7)
    expect(await count(image("0", { type: "pdf" }), still("page"))).toBe(1)
  })

  it("tells of a video without frames", async () => {
    const { frame_count: _, ...slot } = video()
    const { files, skips } = await split(file([slot], []))
    expect(files).toEqual([])
    expect(skips).toEqual([["item", "it has no picture: the video has no frames"]])
  })

  it("refuses counts that no video has", async () => {
    await expect(split(file([video({ frame_count: 1e12 })], []))).rejects.toMatchObject({
      code: "format",
      file: "/data/walk.json",
      place: "item.slots[0]",
    })
  })

  it("lets sections count before frames, and sorts frames by number", async () => {
    const { files } = await split(
      file([video()], [track({ "10": box(10), "2": box(2), "1": box(1) }, { sections: { "2": box(20) } })]),
    )
    expect(
      files.map(({ annotations }) => annotations.map((one) => "bounding_box" in one && one.bounding_box?.x)),
    ).toEqual([[], [1], [20], []])
  })

  it("reports frames beyond the end, frames without a shape, stills and empty tracks", async () => {
    const { files, skips } = await split(
      file(
        [video()],
        [
          track({ "0": box(1), "2": { text: { text: "x" } }, "9": box(2) }),
          still("night"),
          track({}),
          track({ "1": box(1) }, { sections: { "7": box(1) } }),
        ],
      ),
    )
    expect(skips).toEqual([
      ["annotations[1]", "bounding_box: it belongs to no frame of the video"],
      ["annotations[0].frames.2", "bounding_box: the frame has no shape"],
      ["annotations[0].frames.9", "bounding_box: the video has no such frame"],
      ["annotations[2]", "video: it has no frame"],
      ["annotations[3].sections.7", "bounding_box: the video has no such frame"],
    ])
    expect(files.map(({ annotations }) => annotations.length)).toEqual([1, 1, 0, 0])
  })

  it("keeps the properties of the frame and of the whole", async () => {
    const properties = [
      { name: "pose", value: "up", frame_index: 1 },
      { name: "pose", value: "down", frame_index: 2 },
      { name: "age", value: "old", frame_index: null },
      { name: "hat", value: "red" },
    ]
    const { files } = await split(file([video()], [track({ "1": box(1), "2": box(2) }, { properties })]))
    expect(files.map(({ annotations }) => annotations[0]?.properties)).toEqual([
      undefined,
      [{ ...properties[0], frame_index: 0 }, properties[2], properties[3]],
      [{ ...properties[1], frame_index: 0 }, properties[2], properties[3]],
      undefined,
    ])
  })

  it("carries tracks of keyframes alone through their ranges, and shapes into keyframes without one", async () => {
    const polygon = { polygon: { paths: [[{ x: 1, y: 1 }]] }, bounding_box: { x: 1, y: 1, w: 0, h: 0 } }
    const { files } = await split(
      file(
        [video({ frame_count: 9 })],
        [
          track(
            {
              "1": { attributes: ["a"] },
              "2": { ...polygon, text: { text: "t" } },
              "4": { attributes: ["b"] },
              "7": box(7),
            },
            {
              only_keyframes: true,
              ranges: [
                [1, 6],
                [7, 9],
              ],
            },
          ),
        ],
      ),
    )
    const base = { id: "t1", name: "person", slot_names: ["0"] }
    const drawn = { ...base, ...polygon, type: "polygon" }
    expect(files.map(({ annotations }) => annotations)).toEqual([
      [],
      [{ ...drawn, attributes: ["a"] }],
      [{ ...drawn, text: { text: "t" } }],
      [{ ...drawn, text: { text: "t" } }],
      [{ ...drawn, attributes: ["b"] }],
      [{ ...drawn, attributes: ["b"] }],
      [],
      [{ ...base, ...box(7), type: "bounding_box" }],
      [{ ...base, ...box(7), type: "bounding_box" }],
    ])
  })

  it("does not interpolate what is not listed", async () => {
    const frames = { "0": { ...box(0), keyframe: true }, "3": { ...box(3), keyframe: true } }
    const { files } = await split(file([video()], [track(frames, { interpolated: true, ranges: [[0, 4]] })]))
    expect(files.map(({ annotations }) => annotations.length)).toEqual([1, 0, 0, 1])
  })

  it("carries a raster layer on for the masks that are there", async () => {
    const layer = {
      dense_rle: [0, 1100, 1, 50, 2, 50],
      mask_annotation_ids_mapping: { a: 1, b: 2 },
      total_pixels: 1200,
    }
    const keyframes = { only_keyframes: true } as const
    const { files } = await split(
      file(
        [video({ frame_count: 5 })],
        [
          track({ "1": { mask: {} } }, { id: "a", ...keyframes, ranges: [[1, 4]] }),
          track({ "1": { mask: {} } }, { id: "b", ...keyframes, ranges: [[1, 2]] }),
          track(
            { "1": { raster_layer: layer } },
            { id: "r", name: "__raster_layer__", ...keyframes, ranges: [[0, 5]] },
          ),
        ],
      ),
    )
    expect(files.map(({ annotations }) => annotations.map(({ id }) => id))).toEqual([
      [],
      ["a", "b", "r"],
      ["a", "r"],
      ["a", "r"],
      [],
    ])
    expect(files[1]?.annotations[2]).toMatchObject({ raster_layer: layer })
    expect(files[2]?.annotations[1]).toHaveProperty("raster_layer.mask_annotation_ids_mapping", { a: 1 })
  })

  it("splits slots and frames together", async () => {
    const whole = file(
      [video({ slot_name: "cam", frame_count: 2 }), image("map")],
      [track({ "1": box(1) }, { slot_names: ["cam"] }), still("road", "map")],
    )
    const { files, skips } = await split(whole)
    expect(files.map(({ item, annotations }) => [item.name, annotations.length])).toEqual([
      ["walk.v1.mp4/cam/0000000.png", 0],
      ["walk.v1.mp4/cam/0000001.png", 1],
      ["walk.v1.mp4/map/map.png", 1],
    ])
    expect(skips).toEqual([])
  })
})
