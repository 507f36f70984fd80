import { describe, expect, test } from "vitest"

import { type Call, makeClass, register, start, upload } from "./support.ts"

const box = { bounding_box: { x: 1, y: 2, w: 3, h: 4 } }

async function withItem(): Promise<{ call: Call; item: string; boxes: number; polygons: number }> {
  const { call } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const boxes = await makeClass(call, 1, "sign", ["bounding_box", "text", "instance_id"])
  const polygons = await makeClass(call, 1, "kerb", ["polygon"])
  return { call, item: `v2/teams/acme/items/${await upload(call, "a.png")}`, boxes, polygons }
}

describe("import", () => {
  test("adds or replaces, as text or truth value says, and keeps ids", async () => {
    const { call, item, boxes } = await withItem()
    const annotation = (id: string, more = {}) => ({
      id,
      annotation_class_id: boxes,
      data: { ...box, text: { text: "left" }, measures: { any: 1 }, ...more },
      context_keys: { slot_names: ["0"] },
    })
    const send = (body: unknown) => call("POST", `${item}/import`, { body })
    const ids = async () =>
      (await call("GET", `${item}/annotations`)).json.map((one: { id: string }) => one.id)
    expect((await send({ annotations: [annotation("a1")], overwrite: "true" })).status).toBe(200)
    expect((await call("GET", `${item}/annotations`)).json).toEqual([
      { ...annotation("a1"), actors: [], annotation_properties: {} },
    ])
    await send({ annotations: [annotation("a2")], overwrite: "false" })
    await send({ annotations: [annotation("a3")], overwrite: false })
    expect(await ids()).toEqual(["a1", "a2", "a3"])
    await send({ annotations: [annotation("a2", { text: { text: "right" } })], overwrite: false })
    expect(await ids()).toEqual(["a1", "a2", "a3"])
    expect((await call("GET", `${item}/annotations`)).json[1].data.text).toEqual({ text: "right" })
    await send({ annotations: [annotation("a4")], overwrite: true })
    expect(await ids()).toEqual(["a4"])
    await send({ annotations: [], overwrite: "true" })
    expect(await ids()).toEqual([])
    await send({ annotations: [{ annotation_class_id: boxes, data: box }], overwrite: "false" })
    expect(await ids()).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
  })

  test("keeps all slots that an annotation names, and takes the first where it names none", async () => {
    const { call, boxes } = await withItem()
    const [pair] = await register(call, [
      {
        name: "pair",
        path: "/",
        slots: ["0", "1", "2"].map((name) => ({ slot_name: name, file_name: `${name}.png` })),
      },
    ])
    const item = `v2/teams/acme/items/${pair.id}`
    const annotation = (id: string, names?: readonly string[]) => ({
      id,
      annotation_class_id: boxes,
      data: box,
      ...(names === undefined ? {} : { context_keys: { slot_names: names } }),
    })
    const annotations = [annotation("a", ["1", "0"]), annotation("b", []), annotation("c")]
    expect((await call("POST", `${item}/import`, { body: { annotations } })).status).toBe(200)
    const { json } = await call("GET", `${item}/annotations`)
    expect(json.map((one: { context_keys: unknown }) => one.context_keys)).toEqual([
      { slot_names: ["1", "0"] },
      { slot_names: ["0"] },
      { slot_names: ["0"] },
    ])
    const wrong = { annotations: [annotation("d", ["0", "9"])] }
    expect((await call("POST", `${item}/import`, { body: wrong })).status).toBe(422)
  })

  test("of many at once stands or falls by each request alone", async () => {
    const { call, item, boxes } = await withItem()
    const replies = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        call("POST", `${item}/import`, {
          body: {
            annotations: [
              { id: `a${index}`, annotation_class_id: boxes, data: box },
              { id: `b${index}`, annotation_class_id: index % 3 === 0 ? 999 : boxes, data: box },
            ],
          },
        }),
      ),
    )
    expect(replies.map(({ status }) => status)).toEqual(
      replies.map((_, index) => (index % 3 === 0 ? 404 : 200)),
    )
    const ids = (await call("GET", `${item}/annotations`)).json.map((one: { id: string }) => one.id)
    const kept = replies.flatMap((_, index) => (index % 3 === 0 ? [] : [`a${index}`, `b${index}`]))
    expect(ids.toSorted()).toEqual(kept.toSorted())
  })

  test("appends item properties beside others, but a property of one value changes it", async () => {
    const { call, item } = await withItem()
    const create = async (name: string, type: string, values: readonly string[]) =>
      (
        await call("POST", "v2/teams/acme/properties", {
          body: {
            name,
            type,
            granularity: "item",
            property_values: values.map((value) => ({ value, color: "auto" })),
          },
        })
      ).json
    const many = await create("many", "multi_select", ["a", "b"])
    const one = await create("one", "single_select", ["a", "b"])
    const memo = await create("memo", "text", [])
    const send = (values: readonly [{ id: string }, unknown][], overwrite = false) =>
      call("POST", `${item}/import`, {
        body: {
          annotations: [],
          properties: values.map(([property, value]) => ({ property_id: property.id, value })),
          overwrite,
        },
      })
    const value = (property: { property_values: { id: string }[] }, index: number) => ({
      id: property.property_values[index]?.id,
    })
    const listed = async () =>
      Object.fromEntries(
        (await call("GET", `${item}/properties`)).json.properties.map(
          (entry: { id: string; values: unknown[] }) => [entry.id, entry.values],
        ),
      )
    await send([
      [many, value(many, 0)],
      [one, value(one, 0)],
      [memo, { text: "first" }],
    ])
    await send([
      [many, value(many, 1)],
      [one, value(one, 1)],
      [memo, { text: "second" }],
    ])
    expect(await listed()).toEqual({
      [many.id]: [value(many, 0), value(many, 1)],
      [one.id]: [value(one, 1)],
      [memo.id]: [{ text: "second" }],
    })
    await send([[memo, null]])
    expect((await listed())[memo.id]).toEqual([])
    await send([[one, value(one, 0)]], true)
    expect(await listed()).toEqual({ [one.id]: [value(one, 0)] })
    expect((await send([[one, { text: "free" }]])).status).toBe(422)
    expect((await send([[one, value(many, 0)]])).status).toBe(422)
  })

  test("stores item properties, and clears them with overwrite", async () => {
    const { call, item } = await withItem()
    const made = await call("POST", "v2/teams/acme/properties", {
      body: {
        name: "site",
        type: "multi_select",
        granularity: "item",
        required: false,
        property_values: [
          { value: "north", color: "auto" },
          { value: "south", color: "auto" },
        ],
      },
    })
    const [north, south] = made.json.property_values
    const properties = [north, south].map((value) => ({
      property_id: made.json.id,
      value: { id: value.id },
      actors: [],
    }))
    await call("POST", `${item}/import`, { body: { annotations: [], properties, overwrite: "true" } })
    await call("POST", `${item}/import`, { body: { annotations: [], properties, overwrite: "false" } })
    expect((await call("GET", `${item}/properties`)).json).toEqual({
      properties: [{ id: made.json.id, values: [{ id: north.id }, { id: south.id }] }],
    })
    await call("POST", `${item}/import`, { body: { annotations: [], overwrite: "true" } })
    expect((await call("GET", `${item}/properties`)).json).toEqual({ properties: [] })
  })

  test.each<[string, (classes: { boxes: number; polygons: number }) => unknown]>([
    ["a class that is not there", () => ({ annotation_class_id: 999, data: box })],
    ["another shape than its class", ({ polygons }) => ({ annotation_class_id: polygons, data: box })],
    ["no shape", ({ boxes }) => ({ annotation_class_id: boxes, data: {} })],
    ["half a box", ({ boxes }) => ({ annotation_class_id: boxes, data: { bounding_box: { x: 1, y: 2 } } })],
    [
      "an empty polygon",
      ({ polygons }) => ({ annotation_class_id: polygons, data: { polygon: { path: [] } } }),
    ],
    [
      "an unknown slot",
      ({ boxes }) => ({ annotation_class_id: boxes, data: box, context_keys: { slot_names: ["9"] } }),
    ],
    [
      "an attribute that its class lacks",
      ({ boxes }) => ({
        annotation_class_id: boxes,
        data: { frames: { 0: { ...box, attributes: { attributes: [7] } } } },
      }),
    ],
    ["no data", ({ boxes }) => ({ annotation_class_id: boxes })],
    ["no frames", ({ boxes }) => ({ annotation_class_id: boxes, data: { frames: {}, segments: [[0, 1]] } })],
    ["frames with odd keys", ({ boxes }) => ({ annotation_class_id: boxes, data: { frames: { one: box } } })],
    [
      "endless spans",
      ({ boxes }) => ({ annotation_class_id: boxes, data: { frames: { 0: box }, segments: [[0, 1e9]] } }),
    ],
    [
      "an unknown property",
      ({ boxes }) => ({
        annotation_class_id: boxes,
        data: box,
        annotation_properties: { 0: { none: ["x"] } },
      }),
    ],
  ])("refuses all when one has %s", async (_name, wrong) => {
    const { call, item, boxes, polygons } = await withItem()
    const good = { id: "good", annotation_class_id: boxes, data: box }
    const reply = await call("POST", `${item}/import`, {
      body: { annotations: [good, wrong({ boxes, polygons })], overwrite: "true" },
    })
    expect([404, 422]).toContain(reply.status)
    expect(Object.keys(reply.json.errors).length).toBeGreaterThan(0)
    expect((await call("GET", `${item}/annotations`)).json).toEqual([])
  })

  test("checks raster layers", async () => {
    const { call, item } = await withItem()
    const layer = (value: unknown) => ({
      annotations: [{ annotation_class_id: 1, data: { raster_layer: value } }],
      overwrite: "true",
    })
    const good = { dense_rle: [0, 40, 1, 8], mask_annotation_ids_mapping: { m1: 1 }, total_pixels: 48 }
    expect((await call("POST", `${item}/import`, { body: layer(good) })).status).toBe(200)
    for (const change of [
      { dense_rle: [0, 40, 1] },
      { dense_rle: [0, 40, 1, 9] },
      { mask_annotation_ids_mapping: { m1: 0 } },
      { mask_annotation_ids_mapping: { m1: 1, m2: 1 } },
    ]) {
      const reply = await call("POST", `${item}/import`, { body: layer({ ...good, ...change }) })
      expect(reply.status).toBe(422)
      expect(Object.keys(reply.json.errors)[0]).toMatch(/^annotations\.0\.data\.raster_layer/)
    }
  })
})
