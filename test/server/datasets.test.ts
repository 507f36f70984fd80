import { describe, expect, test } from "vitest"

import { makeClass, moveToStage, start, upload } from "./support.ts"

describe("datasets", () => {
  test("are created, listed, found by id and by name, and archived", async () => {
    const { call } = await start()
    const made = await call("POST", "datasets", { body: { name: "Kerb stones" } })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      id: 1,
      name: "Kerb stones",
      slug: "kerb-stones",
      num_items: 0,
      progress: 0,
    })
    expect((await call("GET", "datasets")).json).toEqual([made.json])
    expect((await call("GET", "datasets/1")).json).toEqual(made.json)
    expect((await call("GET", "datasets?id=1")).json).toEqual(made.json)
    expect((await call("GET", "acme/kerb-stones")).json).toEqual(made.json)
    const archived = await call("PUT", "datasets/1/archive", { body: { team_slug: "acme" } })
    expect(archived.json).toMatchObject({ id: 1, archived: true })
    expect((await call("GET", "datasets")).json).toEqual([])
    expect((await call("GET", "datasets/1")).status).toBe(404)
  })

  test("have names of their own", async () => {
    const { call } = await start()
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const taken = await call("POST", "datasets", { body: { name: "Kerb stones" } })
    expect([taken.status, taken.json]).toEqual([422, { errors: { name: ["has already been taken"] } }])
    expect((await call("POST", "datasets", { body: { name: "kerb STONES" } })).json.slug).toBe(
      "kerb-stones-2",
    )
    expect((await call("POST", "datasets", { body: { name: "Straße" } })).json.slug).toBe("stra-e")
    expect((await call("POST", "datasets", { body: { name: "通り" } })).json.slug).toBe("dataset")
    expect((await call("POST", "datasets", { body: { name: " " } })).status).toBe(422)
  })

  test("count their items and what is complete", async () => {
    const { call } = await start()
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const ids = [await upload(call, "a.png"), await upload(call, "b.png"), await upload(call, "c.png")]
    await moveToStage(call, 1, ids.slice(0, 1), "complete")
    expect((await call("GET", "datasets/1")).json).toMatchObject({
      num_items: 3,
      num_images: 3,
      progress: 1 / 3,
    })
  })

  test("are shown to guests only when open", async () => {
    const { call, server } = await start()
    await call("POST", "datasets", { body: { name: "Closed" } })
    await server.seed({ dataset: "Open", classes: [], items: [], public: true })
    expect((await call("GET", "acme/closed", { key: null })).status).toBe(401)
    expect((await call("GET", "acme/open", { key: null })).json.name).toBe("Open")
    expect((await call("GET", "v2/teams/acme/datasets/open/exports", { key: null })).json).toEqual([])
    expect((await call("GET", "v2/teams/acme/datasets/closed/exports", { key: null })).status).toBe(401)
  })
})

describe("classes", () => {
  test("a new team has the raster layer class and nothing else", async () => {
    const { call } = await start()
    const { json } = await call("GET", "teams/acme/annotation_classes?include_tags=true")
    expect(json.annotation_classes).toHaveLength(1)
    expect(json.annotation_classes[0]).toMatchObject({
      name: "__raster_layer__",
      annotation_types: ["raster_layer"],
      datasets: [],
    })
  })

  test("are created with their types in order, and switched on for datasets", async () => {
    const { call } = await start()
    for (const name of ["One", "Two"]) await call("POST", "datasets", { body: { name } })
    const id = await makeClass(call, 1, "kerb", ["text", "polygon", "attributes"])
    const listed = async () =>
      (await call("GET", "teams/acme/annotation_classes")).json.annotation_classes.find(
        (one: { id: number }) => one.id === id,
      )
    expect(await listed()).toMatchObject({
      annotation_types: ["polygon", "text", "attributes"],
      datasets: [{ id: 1 }],
      metadata: { _color: "auto" },
    })
    await call("PUT", `annotation_classes/${id}`, { body: { datasets: [{ id: 1 }, { id: 2 }], id } })
    expect((await listed()).datasets).toEqual([{ id: 1 }, { id: 2 }])
    expect((await call("PUT", `annotation_classes/${id}`, { body: { datasets: [{ id: 9 }] } })).status).toBe(
      422,
    )
    const again = await call("POST", "teams/acme/annotation_classes", {
      body: { name: "kerb", annotation_types: ["polygon"] },
    })
    expect(again.status).toBe(422)
    expect(again.bytes.toString()).toContain("already exists")
    const boxes = await call("POST", "teams/acme/annotation_classes", {
      body: { name: "kerb", annotation_types: ["bounding_box"] },
    })
    expect(boxes.status).toBe(201)
    expect(
      (await call("POST", "annotation_classes", { body: { name: "x", annotation_type_ids: [999] } })).status,
    ).toBe(422)
  })

  test("types have ids for all shapes and what stands beside them", async () => {
    const { call } = await start()
    const { json } = await call("GET", "annotation_types")
    const names = json.map((type: { name: string }) => type.name)
    for (const name of [
      "bounding_box",
      "polygon",
      "tag",
      "mask",
      "raster_layer",
      "skeleton",
      "text",
      "instance_id",
    ]) {
      expect(names).toContain(name)
    }
    expect(new Set(json.map((type: { id: number }) => type.id)).size).toBe(json.length)
  })
})

test("workflows go from dataset to complete", async () => {
  const { call } = await start()
  const dataset = (await call("POST", "datasets", { body: { name: "Kerb stones" } })).json
  const workflow = (await call("GET", `v2/teams/acme/workflows/${dataset.workflow_ids[0]}`)).json
  expect(workflow.stages.map((stage: { type: string }) => stage.type)).toEqual([
    "dataset",
    "annotate",
    "review",
    "complete",
  ])
  expect(workflow.dataset).toMatchObject({ id: dataset.id, name: "Kerb stones" })
  expect((await call("GET", "v2/teams/acme/workflows?worker=false")).json).toEqual([workflow])
})

describe("properties", () => {
  test("are created, extended, nested, renamed and deleted", async () => {
    const { call } = await start()
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const classId = await makeClass(call, 1, "kerb", ["polygon"])
    const base = "v2/teams/acme/properties"
    const made = await call("POST", base, {
      body: {
        name: "weather",
        type: "single_select",
        description: "",
        required: false,
        granularity: "section",
        annotation_class_id: classId,
        property_values: [{ type: "string", value: "dry", color: "auto" }],
      },
    })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ name: "weather", dataset_ids: [], annotation_class_id: classId })
    expect(made.json.property_values).toMatchObject([{ value: "dry", type: "string", color: "auto" }])
    const extended = await call("PUT", `${base}/${made.json.id}`, {
      body: {
        name: "weather",
        type: "single_select",
        required: true,
        description: "of the day",
        property_values: [{ value: "wet", color: "rgba(1,2,3,1.0)", type: "string" }],
      },
    })
    expect(extended.json.property_values.map((one: { value: string }) => one.value)).toEqual(["dry", "wet"])
    const wet = extended.json.property_values[1].id
    const nested = await call("POST", base, {
      body: {
        name: "depth",
        type: "text",
        granularity: "section",
        required: false,
        annotation_class_id: classId,
        parent_property_id: made.json.id,
        trigger_condition: { type: "value_match", property_value_ids: [wet] },
      },
    })
    expect(nested.json.trigger_condition).toEqual({ type: "value_match", property_value_ids: [wet] })
    const renamed = await call("PUT", `${base}/${made.json.id}/property_values/${wet}`, {
      body: { value: "soaked", color: "auto" },
    })
    expect(renamed.json).toMatchObject({ id: wet, value: "soaked", type: "string" })
    const plain = await call("GET", base)
    expect(plain.json.properties[0].property_values).toBeUndefined()
    const full = await call("GET", `${base}?include_values=true`)
    expect(full.json.properties).toHaveLength(2)
    expect(full.json.properties[0]).toEqual((await call("GET", `${base}/${made.json.id}`)).json)
    expect((await call("DELETE", `${base}/${made.json.id}`, { body: {} })).status).toBe(422)
    expect((await call("DELETE", `${base}/${nested.json.id}`)).json).toEqual({})
    expect((await call("DELETE", `${base}/${made.json.id}`)).status).toBe(200)
  })

  test("of items belong to datasets; what is not valid is refused", async () => {
    const { call } = await start()
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const base = "v2/teams/acme/properties"
    const site = { name: "site", type: "text", granularity: "item", required: false, dataset_ids: [1] }
    expect((await call("POST", base, { body: site })).json).toMatchObject({
      dataset_ids: [1],
      annotation_class_id: null,
    })
    const taken = await call("POST", base, { body: site })
    expect([taken.status, taken.json]).toEqual([422, { errors: { name: ["has already been taken"] } }])
    for (const change of [
      { type: "number" },
      { granularity: null },
      { dataset_ids: [7] },
      { granularity: "section" },
    ]) {
      expect((await call("POST", base, { body: { ...site, name: "other", ...change } })).status).toBe(422)
    }
  })
})
