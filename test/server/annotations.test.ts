import { describe, expect, test } from "vitest"

import { type Call, makeClass, start, upload } from "./support.ts"

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
