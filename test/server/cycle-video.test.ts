import { expect, test } from "vitest"

import {
  boxAt,
  byId,
  classNameOf,
  documentOf,
  type Json,
  layerOf,
  polygon,
  send,
  shapes,
  subs,
  withItems,
} from "./cycle.ts"

test("every kind of annotation over frames comes out as it went in, with the frames in between", async () => {
  const { call, video, classId, attributeIds } = await withItems()
  const beside = subs(attributeIds("bounding_box"))
  const moving = Object.keys(shapes).filter((type) => type !== "bounding_box" && type !== "tag")
  const annotation = (id: string, type: string, data: Json) => ({
    id,
    annotation_class_id: classId(type),
    data,
    context_keys: { slot_names: ["0"] },
  })
  const span = { hidden_areas: [], interpolated: true }
  await send(call, video, {
    annotations: [
      annotation("moves", "bounding_box", {
        frames: {
          1: { bounding_box: boxAt(0), ...beside.data, keyframe: true },
          3: { bounding_box: boxAt(10), attributes: { attributes: [] }, keyframe: true },
          5: { bounding_box: boxAt(10), keyframe: true },
        },
        segments: [
          [1, 4],
          [5, 7],
        ],
        interpolated: true,
        hidden_areas: [[2, 3]],
      }),
      annotation("keyframes", "bounding_box", {
        frames: {
          0: { bounding_box: boxAt(1), text: { text: "t0" }, keyframe: true },
          2: { text: { text: "t2" }, keyframe: true },
          4: { bounding_box: boxAt(9), attributes: { attributes: [] }, keyframe: true },
        },
        segments: [[0, 6]],
        only_keyframes: true,
        ...span,
      }),
      annotation("tracked", "bounding_box", {
        frames: Object.fromEntries(
          [2, 3, 4].map((index) => [index, { bounding_box: boxAt(index * index), keyframe: true }]),
        ),
        segments: [[2, 5]],
        ...span,
      }),
      annotation("outline", "polygon", { frames: { 0: polygon.data }, segments: [[0, 1]], ...span }),
      annotation("night", "tag", { frames: { 0: { tag: {}, keyframe: true } }, segments: [[0, 2]] }),
      ...moving.map((type) =>
        annotation(type, type, { frames: { 4: { [type]: shapes[type] } }, segments: [[4, 5]], ...span }),
      ),
      annotation("m1", "mask", { frames: { 2: { mask: {} }, 3: { mask: {} } }, segments: [[2, 4]] }),
      annotation("m2", "mask", { frames: { 3: { mask: {} } }, segments: [[3, 4]] }),
      annotation("layer", "raster_layer", {
        frames: { 2: layerOf([0, 8, 1, 40], "m1"), 3: layerOf([1, 8, 2, 8, 0, 32], "m1", "m2") },
        segments: [[0, 8]],
      }),
    ],
    overwrite: true,
  })
  const common = { slot_names: ["0"], properties: [], hidden_areas: [] }
  const line = { interpolated: true, interpolate_algorithm: "linear-1.1" }
  const keyframesOnly = { only_keyframes: true, interpolate_algorithm: "linear-1.1" }
  const box = (x: number, keyframe: boolean, more: Json = {}) => ({
    bounding_box: boxAt(x),
    ...more,
    keyframe,
  })
  const document = await documentOf(call, "walk.json")
  expect(document.item.slots).toMatchObject([{ type: "video", frame_count: 8, fps: 2 }])
  expect(byId(document.annotations)).toEqual(
    byId([
      {
        ...common,
        ...line,
        id: "moves",
        name: "a bounding_box",
        ranges: [
          [1, 4],
          [5, 7],
        ],
        hidden_areas: [[2, 3]],
        frames: {
          1: box(0, true, beside.file),
          2: box(5, false, beside.file),
          3: box(10, true),
          5: box(10, true),
          6: box(10, false),
        },
      },
      {
        ...common,
        ...line,
        id: "keyframes",
        name: "a bounding_box",
        only_keyframes: true,
        ranges: [[0, 6]],
        frames: {
          0: box(1, true, { text: { text: "t0" } }),
          2: { text: { text: "t2" }, keyframe: true },
          4: box(9, true),
        },
      },
      {
        ...common,
        ...line,
        id: "tracked",
        name: "a bounding_box",
        ranges: [[2, 5]],
        frames: { 2: box(4, true), 3: box(9, true), 4: box(16, true) },
      },
      {
        ...common,
        ...line,
        id: "outline",
        name: "a polygon",
        ranges: [[0, 1]],
        frames: { 0: { ...polygon.file, keyframe: true } },
      },
      {
        ...common,
        id: "night",
        name: "a tag",
        ranges: [[0, 2]],
        frames: { 0: { tag: {}, keyframe: true }, 1: { tag: {}, keyframe: false } },
      },
      ...moving.map((type) => ({
        ...common,
        ...line,
        id: type,
        name: classNameOf(type),
        ranges: [[4, 5]],
        frames: { 4: { [type]: shapes[type], keyframe: true } },
      })),
      {
        ...common,
        ...keyframesOnly,
        id: "m1",
        name: "a mask",
        ranges: [[2, 4]],
        frames: { 2: { mask: {}, keyframe: true }, 3: { mask: {}, keyframe: true } },
      },
      {
        ...common,
        ...keyframesOnly,
        id: "m2",
        name: "a mask",
        ranges: [[3, 4]],
        frames: { 3: { mask: {}, keyframe: true } },
      },
      {
        ...common,
        ...keyframesOnly,
        id: "layer",
        name: "__raster_layer__",
        ranges: [[0, 8]],
        frames: {
          2: { ...layerOf([0, 8, 1, 40], "m1"), keyframe: true },
          3: { ...layerOf([1, 8, 2, 8, 0, 32], "m1", "m2"), keyframe: true },
        },
      },
    ]),
  )
})
