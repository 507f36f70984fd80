import { expect, test } from "vitest"

import { type Call, png, type Reply, release, start } from "./support.ts"
import { documentsOf } from "./unzip.ts"

type Json = Record<string, unknown>

/** An annotation in the form in which clients import it, and the one in which a release must give it back. */
interface Kind {
  readonly id: string
  readonly type: string
  readonly data: Json
  readonly file: Json
}

const square = (at: number, side = 10) => [
  { x: at, y: at },
  { x: at + side, y: at },
  { x: at + side, y: at + side },
  { x: at, y: at + side },
]
const boxAt = (x: number) => ({ x, y: 2.125, w: 30.5, h: 15 })

/** What stands beside shapes, in both forms; attribute ids come from the server. */
const subs = (attributes: readonly number[]) => ({
  data: {
    text: { text: "left side" },
    attributes: { attributes },
    instance_id: { value: 12 },
    directional_vector: { angle: -1.65, length: 118.3 },
    inference: { confidence: 0.99, model: { id: "m", name: "tracker", type: "auto_track" } },
    measures: { area: { value: 4.5, unit: "px" } },
  },
  file: {
    text: { text: "left side" },
    attributes: ["wet", "cracked"],
    instance_id: { value: 12 },
    directional_vector: { angle: -1.65, length: 118.3 },
    inference: { confidence: 0.99, model: { id: "m", name: "tracker", type: "auto_track" } },
    measures: { area: { value: 4.5, unit: "px" } },
  },
})

const polygon = {
  data: { polygon: { path: square(0), additional_paths: [square(3, 2), square(20, 5)] } },
  file: {
    polygon: { paths: [square(0), square(3, 2), square(20, 5)] },
    bounding_box: { x: 0, y: 0, w: 25, h: 25 },
  },
}

/** Shapes that are the same in both forms. */
const shapes: Readonly<Record<string, Json>> = {
  bounding_box: boxAt(1),
  tag: {},
  line: { path: square(4) },
  keypoint: { x: 3.5, y: -4 },
  ellipse: { angle: 0.2, center: { x: 100, y: 80 }, radius: { x: 12, y: 9 } },
  cuboid: { back: boxAt(2), front: boxAt(0) },
  skeleton: {
    nodes: [
      { name: "head", x: 1, y: 2, occluded: false },
      { name: "foot", x: 4, y: 9, occluded: true },
    ],
  },
  string: { sources: [{ id: "still-line", ranges: null }] },
  graph: { nodes: [{ id: "still-line", name: "key" }], edges: [{ start: "key", end: "key" }] },
  table: {
    bounding_box: boxAt(3),
    cells: [{ id: "c", row: 1, col: 1, row_span: 1, col_span: 2, is_header: true, bounding_box: boxAt(3) }],
  },
  simple_table: { bounding_box: boxAt(5), col_offsets: [0.5], row_offsets: [0.3, 0.6] },
}

const layerOf = (runs: number[], ...masks: string[]) => ({
  raster_layer: {
    dense_rle: runs,
    mask_annotation_ids_mapping: Object.fromEntries(masks.map((id, index) => [id, index + 1])),
    total_pixels: 48,
  },
})

const classNameOf = (type: string) => (type === "raster_layer" ? "__raster_layer__" : `a ${type}`)

const types = [...Object.keys(shapes), "polygon", "mask"]

/** A dataset with a picture of two slots and a video of eight frames, and classes of all types; both items complete. */
async function withItems() {
  const { call, server } = await start()
  const slot = { type: "image" as const, width: 8, height: 6, bytes: png(8, 6) }
  await server.seed({
    dataset: "Kerb stones",
    classes: types.map((type) => ({
      name: classNameOf(type),
      type: type as "tag",
      sub_types: ["text", "attributes", "instance_id", "directional_vector", "inference"],
      attributes: ["wet", "cracked"],
    })),
    items: [
      {
        name: "still.png",
        path: "/street",
        status: "complete",
        slots: ["0", "1"].map((name) => ({ ...slot, slot_name: name, file_name: `${name}.png` })),
        annotations: [],
      },
      {
        name: "walk.mp4",
        path: "/",
        status: "complete",
        slots: [
          {
            ...slot,
            type: "video",
            slot_name: "0",
            file_name: "walk.mp4",
            fps: 2,
            frames: Array.from({ length: 8 }, (_, index) => png(8, 6, index)),
          },
        ],
        annotations: [],
      },
    ],
  })
  const { items } = (await call("GET", "v2/teams/acme/items?dataset_ids[]=1&sort[name]=asc")).json
  const classes = (await call("GET", "teams/acme/annotation_classes?include_tags=true")).json
  const attributes: { class_id: number; id: number }[] = (await call("GET", "datasets/1/attributes")).json
  const classId = (type: string): number =>
    classes.annotation_classes.find((one: { name: string }) => one.name === classNameOf(type)).id
  return {
    call,
    still: items[0].id as string,
    video: items[1].id as string,
    classId,
    attributeIds: (type: string) =>
      attributes.filter((one) => one.class_id === classId(type)).map(({ id }) => id),
  }
}

async function send(call: Call, item: string, body: Json): Promise<Reply> {
  const reply = await call("POST", `v2/teams/acme/items/${item}/import`, { body })
  if (reply.status !== 200) throw new Error(reply.bytes.toString())
  return reply
}

async function documentOf(call: Call, name: string, options: Json = {}): Promise<Reply["json"]> {
  const made = await release(call, `r${Math.random()}`, options)
  return (await documentsOf((await call("GET", made.download_url, { key: null })).bytes)).get(name)
}

const byId = (annotations: readonly Json[]) =>
  Object.fromEntries(annotations.map((annotation) => [annotation.id, annotation]))

test("every kind of annotation of a picture comes out as it went in", async () => {
  const { call, still, classId, attributeIds } = await withItems()
  const kinds: Kind[] = [
    ...Object.entries(shapes).map(([type, shape]) => {
      const beside = subs(attributeIds(type))
      return {
        id: `still-${type}`,
        type,
        data: { [type]: shape, ...beside.data },
        file: { [type]: shape, ...beside.file },
      }
    }),
    { id: "still-polygon", type: "polygon", data: polygon.data, file: polygon.file },
    { id: "m1", type: "mask", data: { mask: {} }, file: { mask: {} } },
    { id: "m2", type: "mask", data: { mask: {} }, file: { mask: {} } },
    { id: "m3", type: "mask", data: { mask: {} }, file: { mask: {} } },
  ]
  const slotsOf = (id: string) => (id === "m3" ? ["1"] : id === "still-tag" ? ["0", "1"] : ["0"])
  const layers = [
    {
      id: "r0",
      type: "raster_layer",
      slots: ["0"],
      data: layerOf([0, 10, 1, 4, 2, 6, 0, 28], "m1", "m2"),
    },
    { id: "r1", type: "raster_layer", slots: ["1"], data: layerOf([1, 48], "m3") },
  ]
  await send(call, still, {
    annotations: [
      ...kinds.map(({ id, type, data }) => ({
        id,
        annotation_class_id: classId(type),
        data,
        context_keys: { slot_names: slotsOf(id) },
      })),
      ...layers.map(({ id, type, data, slots }) => ({
        id,
        annotation_class_id: classId(type),
        data,
        context_keys: { slot_names: slots },
      })),
    ],
    overwrite: "true",
  })
  const document = await documentOf(call, "still.json")
  expect(document.item.slots).toMatchObject([
    { slot_name: "0", type: "image", width: 8, height: 6 },
    { slot_name: "1", type: "image", width: 8, height: 6 },
  ])
  expect(byId(document.annotations)).toEqual(
    byId([
      ...kinds.map(({ id, type, file }) => ({
        id,
        name: classNameOf(type),
        slot_names: slotsOf(id),
        properties: [],
        ...file,
      })),
      ...layers.map(({ id, type, data, slots }) => ({
        id,
        name: classNameOf(type),
        slot_names: slots,
        properties: [],
        ...data,
      })),
    ]),
  )
})

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

test("properties of every level, kind and nesting come out as they went in, with their definitions", async () => {
  const { call, still, classId } = await withItems()
  const create = async (body: Json) =>
    (await call("POST", "v2/teams/acme/properties", { body: { required: false, ...body } })).json
  const values = (...list: string[]) => list.map((value) => ({ value, color: "auto", type: "string" }))
  const idOf = (property: Reply["json"], value: string): string =>
    property.property_values.find((one: { value: string }) => one.value === value).id
  const ofBoxes = { annotation_class_id: classId("bounding_box") }

  const colour = await create({
    ...ofBoxes,
    name: "colour",
    type: "multi_select",
    granularity: "section",
    property_values: values("red", "blue"),
  })
  const note = await create({ ...ofBoxes, name: "note", type: "text", granularity: "annotation" })
  const shade = await create({
    ...ofBoxes,
    name: "shade",
    type: "single_select",
    granularity: "section",
    property_values: values("dark", "light"),
    parent_property_id: colour.id,
    trigger_condition: { type: "value_match", property_value_ids: [idOf(colour, "red")] },
  })
  const why = await create({
    ...ofBoxes,
    name: "why",
    type: "text",
    granularity: "annotation",
    parent_property_id: note.id,
    trigger_condition: { type: "any_value" },
  })
  const weather = await create({
    name: "weather",
    type: "multi_select",
    granularity: "item",
    property_values: values("sun", "rain"),
    dataset_ids: [1],
  })
  const site = await create({ name: "site", type: "text", granularity: "item" })
  const depth = await create({
    name: "depth",
    type: "single_select",
    granularity: "item",
    property_values: values("deep"),
    parent_property_id: weather.id,
    trigger_condition: { type: "value_match", property_value_ids: [idOf(weather, "rain")] },
  })
  const empty = await create({ name: "empty", type: "text", granularity: "item" })
  await create({ name: "unused", type: "text", granularity: "item" })

  await send(call, still, {
    annotations: [
      {
        id: "b1",
        annotation_class_id: classId("bounding_box"),
        data: { bounding_box: boxAt(1) },
        annotation_properties: {
          0: {
            [colour.id]: [idOf(colour, "red"), idOf(colour, "blue")],
            [shade.id]: [idOf(shade, "dark")],
          },
          3: { [colour.id]: [] },
          global: { [note.id]: [{ text: "über" }], [why.id]: [] },
        },
        actors: [
          { email: "ann@example.org", role: "annotator" },
          { email: "owner@acme.example", role: "reviewer" },
        ],
      },
    ],
    properties: [
      { property_id: weather.id, value: { id: idOf(weather, "sun") }, actors: [] },
      { property_id: weather.id, value: { id: idOf(weather, "rain") }, actors: [] },
      {
        property_id: site.id,
        value: { text: "north" },
        actors: [{ email: "ann@example.org", role: "annotator" }],
      },
      { property_id: depth.id, value: { id: idOf(depth, "deep") }, actors: [] },
      { property_id: empty.id, value: null, actors: [] },
    ],
    overwrite: "true",
  })

  const ann = { full_name: "ann", email: "ann@example.org" }
  const nobody = { annotators: [], reviewers: [] }
  const document = await documentOf(call, "still.json", { include_authorship: true })
  expect(document.annotations).toEqual([
    {
      id: "b1",
      name: "a bounding_box",
      slot_names: ["0"],
      bounding_box: boxAt(1),
      properties: [
        { frame_index: 0, name: "colour", value: "red" },
        { frame_index: 0, name: "colour", value: "blue" },
        { frame_index: 0, name: "shade", value: "dark" },
        { frame_index: 3, name: "colour", value: null },
        { frame_index: null, name: "note", value: "über" },
        { frame_index: null, name: "why", value: null },
      ],
      annotators: [ann],
      reviewers: [{ full_name: "Team Owner", email: "owner@acme.example" }],
    },
  ])
  expect(document.properties).toEqual([
    { name: "weather", value: "sun", ...nobody },
    { name: "weather", value: "rain", ...nobody },
    { name: "site", value: "north", annotators: [ann], reviewers: [] },
    { name: "depth", value: "deep", ...nobody },
    { name: "empty", value: null, ...nobody },
  ])

  const metadata = await documentOf(call, ".v7/metadata.json")
  const boxes = metadata.classes.find((one: { name: string }) => one.name === "a bounding_box")
  const plain = { required: false, description: "" }
  const colours = (...list: string[]) => list.map((value) => ({ value, color: "auto" }))
  expect(boxes.properties).toEqual([
    {
      ...plain,
      name: "colour",
      type: "multi_select",
      granularity: "section",
      property_values: colours("red", "blue"),
    },
    { ...plain, name: "note", type: "text", granularity: "annotation", property_values: [] },
    {
      ...plain,
      name: "shade",
      type: "single_select",
      granularity: "section",
      property_values: colours("dark", "light"),
      parent_name: "colour",
      trigger_condition: { type: "value_match", values: ["red"] },
    },
    {
      ...plain,
      name: "why",
      type: "text",
      granularity: "annotation",
      property_values: [],
      parent_name: "note",
      trigger_condition: { type: "any_value" },
    },
  ])
  expect(metadata.properties.map((one: { name: string }) => one.name)).toEqual([
    "weather",
    "site",
    "depth",
    "empty",
  ])
  expect(metadata.properties[2]).toEqual({
    ...plain,
    name: "depth",
    type: "single_select",
    granularity: "item",
    property_values: colours("deep"),
    parent_name: "weather",
    trigger_condition: { type: "value_match", values: ["rain"] },
  })
})
