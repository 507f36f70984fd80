import { expect, test } from "vitest"

import { boxAt, documentOf, type Json, send, withItems } from "./cycle.ts"
import type { Reply } from "./support.ts"

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
