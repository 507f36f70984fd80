import { describe, expect, test } from "vitest"

import type { ClassLookup } from "../../src/server/class-lookup.ts"
import { toDarwinAnnotations } from "../../src/server/darwin-annotations.ts"
import type { StoredAnnotation } from "../../src/server/store/annotations.ts"

const types = [
  "bounding_box",
  "polygon",
  "tag",
  "skeleton",
  "mask",
  "raster_layer",
  "ellipse",
  "line",
] as const
type Type = (typeof types)[number]

const lookup: ClassLookup = {
  classes: new Map(
    types.map((type, id) => [
      id,
      {
        id,
        teamId: 1,
        name: type === "raster_layer" ? "__raster_layer__" : `a ${type}`,
        type,
        annotationTypes: [type],
        description: null,
        metadata: {},
        datasetIds: [],
        insertedAt: 0,
        updatedAt: 0,
      },
    ]),
  ),
  attributes: new Map([
    [7, "wet"],
    [8, "cracked"],
  ]),
  properties: new Map([
    [
      "p",
      {
        id: "p",
        teamId: 1,
        name: "weather",
        slug: "weather",
        type: "single_select",
        required: false,
        granularity: "section",
        description: null,
        classId: 0,
        parentId: null,
        trigger: null,
        position: 0,
        datasetIds: [],
        values: [{ id: "v", value: "dry", color: "auto", position: 0 }],
      },
    ],
  ]),
  fullNames: new Map([["ann@example.org", "Ann Example"]]),
}

let count = 0
const stored = (
  type: Type,
  data: StoredAnnotation["data"],
  more: Partial<StoredAnnotation> = {},
): StoredAnnotation => {
  count += 1
  return {
    id: `id${count}`,
    classId: types.indexOf(type),
    slotNames: ["0"],
    data,
    actors: [],
    properties: {},
    ...more,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: documents have many shapes
const convert = (annotations: readonly StoredAnnotation[], frameCount: number | null = 10): any[] =>
  toDarwinAnnotations(annotations, {
    lookup,
    slots: [{ slotName: "0", frameCount }],
    includeAuthorship: false,
  })

const box = (x: number) => ({ bounding_box: { x, y: 0, w: 10, h: 20 } })

describe("over frames", () => {
  test("the worked example: straight lines between keyframes, the rest holds", () => {
    const [video] = convert([
      stored("bounding_box", {
        frames: {
          "1": { ...box(0), instance_id: { value: 9 }, attributes: { attributes: [] }, keyframe: true },
          "3": { ...box(10), keyframe: true },
        },
        segments: [[1, 4]],
        interpolated: true,
        hidden_areas: [[2, 3]],
      }),
    ])
    expect(video).toEqual({
      id: expect.any(String),
      name: "a bounding_box",
      slot_names: ["0"],
      properties: [],
      ranges: [[1, 4]],
      hidden_areas: [[2, 3]],
      interpolated: true,
      interpolate_algorithm: "linear-1.1",
      frames: {
        1: { ...box(0), instance_id: { value: 9 }, keyframe: true },
        2: { ...box(5), instance_id: { value: 9 }, keyframe: false },
        3: { ...box(10), instance_id: { value: 9 }, keyframe: true },
      },
    })
  })

  test("nothing moves without interpolation; ends and gaps are those of the ranges", () => {
    const [video] = convert([
      stored("bounding_box", {
        frames: { "2": box(0), "6": box(40) },
        segments: [
          [6, 99],
          [1, 4],
        ],
      }),
    ])
    expect(video.ranges).toEqual([
      [1, 4],
      [6, 10],
    ])
    const lefts = Object.entries<{ bounding_box: { x: number }; keyframe: boolean }>(video.frames).map(
      ([index, frame]) => [Number(index), frame.bounding_box.x, frame.keyframe],
    )
    expect(lefts).toEqual([
      [1, 0, false],
      [2, 0, true],
      [3, 0, false],
      [6, 40, true],
      [7, 40, false],
      [8, 40, false],
      [9, 40, false],
    ])
  })

  test("without ranges it lasts from the first keyframe to the last", () => {
    const [video] = convert(
      [stored("bounding_box", { frames: { "12": box(4), "4": box(0) }, interpolated: true })],
      null,
    )
    expect(video.ranges).toEqual([[4, 13]])
    expect(Object.keys(video.frames)).toHaveLength(9)
    expect(video.frames["8"].bounding_box.x).toBe(2)
  })

  test("points move one by one, unless their number changes; nodes by name", () => {
    const path = (...xs: number[]) => xs.map((x) => ({ x, y: 0 }))
    const frames = (first: unknown, last: unknown, key: string) => ({
      frames: { "0": { [key]: first }, "2": { [key]: last } },
      segments: [[0, 3]] as [number, number][],
      interpolated: true,
    })
    const [same, other, nodes, ellipse] = convert([
      stored("polygon", frames({ path: path(0, 2, 4) }, { path: path(10, 4, 4) }, "polygon")),
      stored("polygon", frames({ path: path(0, 2, 4) }, { path: path(9, 9, 9, 9) }, "polygon")),
      stored(
        "skeleton",
        frames(
          { nodes: [named("head", 0), named("foot", 10)] },
          { nodes: [named("foot", 20), named("head", 2, true)] },
          "skeleton",
        ),
      ),
      stored(
        "ellipse",
        frames(
          { angle: 0, center: { x: 0, y: 0 }, radius: { x: 2, y: 2 } },
          { angle: 1, center: { x: 8, y: 4 }, radius: { x: 4, y: 2 } },
          "ellipse",
        ),
      ),
    ])
    expect(same.frames["1"]).toEqual({
      polygon: { paths: [path(5, 3, 4)] },
      bounding_box: { x: 3, y: 0, w: 2, h: 0 },
      keyframe: false,
    })
    expect(other.frames["1"].polygon.paths).toEqual([path(0, 2, 4)])
    expect(nodes.frames["1"].skeleton.nodes).toEqual([named("head", 1), named("foot", 15)])
    expect(ellipse.frames["1"].ellipse).toEqual({
      angle: 0.5,
      center: { x: 4, y: 2 },
      radius: { x: 3, y: 2 },
    })
  })

  test("what stands beside the shape can end", () => {
    const [video] = convert([
      stored("bounding_box", {
        frames: {
          "0": { ...box(0), text: { text: "a" }, attributes: { attributes: [7] } },
          "1": { ...box(0), attributes: { attributes: [] } },
        },
        segments: [[0, 2]],
      }),
    ])
    expect(video.frames["0"]).toEqual({ ...box(0), text: { text: "a" }, attributes: ["wet"], keyframe: true })
    expect(video.frames["1"]).toEqual({ ...box(0), keyframe: true })
  })

  test("a keyframe without a shape keeps the one before", () => {
    const [video] = convert([
      stored("bounding_box", {
        frames: { "0": box(3), "2": { text: { text: "later" } } },
        segments: [[0, 3]],
      }),
    ])
    expect(video.frames["2"]).toEqual({ ...box(3), text: { text: "later" }, keyframe: true })
  })

  test("where keyframes alone are asked for, they are listed as they came", () => {
    const [track] = convert([
      stored("bounding_box", {
        frames: {
          "0": { ...box(3), keyframe: true },
          "2": { text: { text: "later" }, keyframe: true },
          "4": { ...box(9), keyframe: true },
        },
        segments: [[0, 6]],
        interpolated: true,
        only_keyframes: true,
        interpolate_algorithm: "linear-1.0",
        global_sub_types: { text: {} },
      }),
    ])
    expect(track).toMatchObject({
      only_keyframes: true,
      ranges: [[0, 6]],
      interpolated: true,
      interpolate_algorithm: "linear-1.0",
      global_sub_types: { text: {} },
    })
    expect(track.frames).toEqual({
      0: { ...box(3), keyframe: true },
      2: { text: { text: "later" }, keyframe: true },
      4: { ...box(9), text: { text: "later" }, keyframe: true },
    })
  })

  test("a frame that is sent although it is no keyframe stays none", () => {
    const [video] = convert([
      stored("bounding_box", {
        frames: { "0": box(0), "1": { ...box(9), keyframe: false }, "2": { ...box(4), keyframe: true } },
        segments: [[0, 3]],
      }),
    ])
    expect(video.frames).toEqual({
      0: { ...box(0), keyframe: true },
      1: { ...box(9), keyframe: false },
      2: { ...box(4), keyframe: true },
    })
  })

  test("tags list every frame and say nothing of interpolation", () => {
    const [video] = convert([stored("tag", { frames: { "0": { tag: {} } }, segments: [[0, 2]] })])
    expect(video.frames).toEqual({ 0: { tag: {}, keyframe: true }, 1: { tag: {}, keyframe: false } })
    expect(Object.keys(video).sort()).toEqual([
      "frames",
      "hidden_areas",
      "id",
      "name",
      "properties",
      "ranges",
      "slot_names",
    ])
  })

  test("masks and their layer list keyframes only; the layer lasts as long as the video", () => {
    const layer = (runs: number[]) => ({
      raster_layer: { dense_rle: runs, mask_annotation_ids_mapping: { m: 1, gone: 2 }, total_pixels: 10 },
    })
    const [mask, raster] = convert([
      stored("mask", { frames: { "2": { mask: {} }, "3": { mask: {} } }, segments: [[2, 4]] }, { id: "m" }),
      stored("raster_layer", {
        frames: { "2": layer([0, 5, 1, 3, 2, 2]), "3": layer([1, 10]), "5": layer([2, 10]) },
        segments: [[0, 3]],
      }),
    ])
    expect(mask).toMatchObject({
      only_keyframes: true,
      ranges: [[2, 4]],
      interpolate_algorithm: "linear-1.1",
    })
    expect(mask.frames).toEqual({ 2: { mask: {}, keyframe: true }, 3: { mask: {}, keyframe: true } })
    expect(raster).toMatchObject({ name: "__raster_layer__", only_keyframes: true, ranges: [[0, 10]] })
    expect(raster.frames).toEqual({
      2: {
        raster_layer: {
          dense_rle: [0, 5, 1, 3, 0, 2],
          mask_annotation_ids_mapping: { m: 1 },
          total_pixels: 10,
        },
        keyframe: true,
      },
      3: {
        raster_layer: { dense_rle: [1, 10], mask_annotation_ids_mapping: { m: 1 }, total_pixels: 10 },
        keyframe: true,
      },
    })
  })
})

const named = (name: string, x: number, occluded = false) => ({ name, x, y: 0, occluded })

describe("stills", () => {
  test("names stand for ids, text for itself, and null for no value", () => {
    const [annotation] = convert([
      stored(
        "bounding_box",
        { ...box(1), attributes: { attributes: [8, 7, 99] }, instance_id: { value: 4 }, text: null },
        {
          properties: { "0": { p: ["v"], gone: ["x"] }, global: { p: [{ text: "free" }] }, "2": { p: [] } },
        },
      ),
    ])
    expect(annotation).toMatchObject({ attributes: ["cracked", "wet"], instance_id: { value: 4 } })
    expect("text" in annotation).toBe(false)
    expect(annotation.properties).toEqual([
      { frame_index: 0, name: "weather", value: "dry" },
      { frame_index: 2, name: "weather", value: null },
      { frame_index: null, name: "weather", value: "free" },
    ])
  })

  test("masks without pixels and layers without masks are left out", () => {
    const layer = (mapping: Record<string, number>, runs: number[]) => ({
      raster_layer: { dense_rle: runs, mask_annotation_ids_mapping: mapping, total_pixels: 10 },
    })
    expect(convert([stored("mask", { mask: {} }, { id: "alone" })])).toEqual([])
    expect(convert([stored("raster_layer", layer({ none: 1 }, [0, 5, 1, 5]))])).toEqual([])
    expect(convert([stored("raster_layer", layer({}, []))])).toEqual([])
    const kept = convert([
      stored("raster_layer", layer({ m1: 1, m2: 2, m3: 3 }, [0, 5, 1, 1, 3, 1, 1, 3]), { id: "r" }),
      stored("mask", { mask: {} }, { id: "m2" }),
      stored("mask", { mask: {} }, { id: "m1" }),
    ])
    expect(kept.map(({ id }) => id)).toEqual(["m1", "r"])
    expect(kept[1].raster_layer).toEqual({
      dense_rle: [0, 5, 1, 1, 0, 1, 1, 3],
      mask_annotation_ids_mapping: { m1: 1 },
      total_pixels: 10,
    })
  })

  test("layers of one slot become one, the later on top", () => {
    const layer = (id: string, runs: number[]) => ({
      raster_layer: { dense_rle: runs, mask_annotation_ids_mapping: { [id]: 1 }, total_pixels: 10 },
    })
    const [, , raster, ...more] = convert([
      stored("mask", { mask: {} }, { id: "m1" }),
      stored("mask", { mask: {} }, { id: "m2" }),
      stored("raster_layer", layer("m1", [0, 2, 1, 5, 0, 3])),
      stored("raster_layer", layer("m2", [0, 4, 1, 1, 0, 1, 1, 2, 0, 2])),
    ])
    expect(more).toEqual([])
    expect(raster.raster_layer).toEqual({
      dense_rle: [0, 2, 1, 2, 2, 1, 1, 1, 2, 2, 0, 2],
      mask_annotation_ids_mapping: { m1: 1, m2: 2 },
      total_pixels: 10,
    })
  })

  test("come before videos, and layers last", () => {
    const order = convert([
      stored("raster_layer", {
        raster_layer: { dense_rle: [1, 10], mask_annotation_ids_mapping: { m: 1 }, total_pixels: 10 },
      }),
      stored("tag", { frames: { "0": { tag: {} } } }),
      stored("mask", { mask: {} }, { id: "m" }),
      stored("line", { line: { path: [{ x: 0, y: 0 }] } }),
    ]).map(({ name }) => name)
    expect(order).toEqual(["a mask", "a line", "a tag", "__raster_layer__"])
  })
})
