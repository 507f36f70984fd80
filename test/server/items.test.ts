import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { beforeAll, describe, expect, test } from "vitest"

import { type DarwinServer, startServer } from "../../src/server/index.ts"
import { type Call, callerOf, moveToStage, start, upload } from "./support.ts"

const items = "v2/teams/acme/items"

const namesOf = (json: { items: { name: string }[] }) => json.items.map((item) => item.name)

/** Three items in two folders: a.png new, b,c.png complete, d.png archived. */
async function three(): Promise<{ call: Call; ids: string[] }> {
  const { call } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  await call("POST", "datasets", { body: { name: "Other" } })
  const ids = [
    await upload(call, "a.png"),
    await upload(call, "b,c.png", { path: "street/north" }),
    await upload(call, "d.png", { path: "/street" }),
  ]
  await upload(call, "a.png", { dataset: "other" })
  await moveToStage(call, 1, [ids[1] ?? ""], "complete")
  await call("POST", `${items}/archive`, { body: { filters: { dataset_ids: [1], item_ids: [ids[2]] } } })
  return { call, ids }
}

describe("listing", () => {
  test("items have what clients rely on, and nothing null that they cannot take", async () => {
    const { call, ids } = await three()
    const { json } = await call(
      "GET",
      `${items}?dataset_ids%5B%5D=1&page%5Bsize%5D=500&include_workflow_data=true`,
    )
    expect(json.page).toEqual({ count: 3, next: null, previous: null })
    expect(json.items.map((item: { id: string }) => item.id)).toEqual(ids)
    expect(json.items[1]).toMatchObject({
      name: "b,c.png",
      path: "/street/north",
      status: "complete",
      processing_status: "complete",
      archived: false,
      dataset_id: 1,
      layout: { type: "simple", version: 1, slots: ["0"] },
      slot_types: ["image"],
      inserted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
    expect(json.items[1].slots).toMatchObject([
      { slot_name: "0", type: "image", file_name: "b,c.png", metadata: { width: 8, height: 6 } },
    ])
    expect(json.items[1].slots[0].size_bytes).toBeGreaterThan(0)
    expect(json.items[0].workflow_data.workflow_id).toBeTypeOf("string")
    const plain = await call("GET", `${items}?dataset_ids[]=1`)
    expect("workflow_data" in plain.json.items[0]).toBe(false)
    expect((await call("GET", `${items}/${ids[1]}`)).json.name).toBe("b,c.png")
    expect((await call("GET", `${items}/0190aaaa`)).status).toBe(404)
  })

  test.each([
    ["", ["a.png", "b,c.png", "d.png", "a.png"]],
    ["dataset_ids[]=1", ["a.png", "b,c.png", "d.png"]],
    ["dataset_ids=1&dataset_ids=2", ["a.png", "b,c.png", "d.png", "a.png"]],
    ["dataset_ids=2", ["a.png"]],
    ["dataset_ids=all", ["a.png", "b,c.png", "d.png", "a.png"]],
    ["dataset_ids[]=77", []],
    ["dataset_ids[]=1&item_names[]=a.png", ["a.png"]],
    ["dataset_ids[]=1&item_names%5B%5D=b%2Cc.png", ["b,c.png"]],
    ["dataset_ids[]=1&item_names[]=a.png,d.png", []],
    ["dataset_ids[]=1&item_names=a.png,d.png", ["a.png", "d.png"]],
    ["dataset_ids[]=1&item_names=b,c.png", ["b,c.png"]],
    ["dataset_ids[]=1&statuses=new,annotate,review,complete", ["a.png", "b,c.png"]],
    ["dataset_ids[]=1&statuses[]=archived", ["d.png"]],
    ["dataset_ids[]=1&statuses[]=complete&statuses[]=archived", ["b,c.png", "d.png"]],
    ["dataset_ids[]=1&slot_types[]=image", ["a.png", "b,c.png", "d.png"]],
    ["dataset_ids[]=1&slot_types=video,pdf", []],
    ["dataset_ids[]=1&item_paths[]=/street", ["d.png"]],
    ["dataset_ids[]=1&item_paths[]=street/", ["d.png"]],
    ["dataset_ids[]=1&item_paths[]=/", ["a.png"]],
    ["dataset_ids[]=1&item_paths[]=/street/north/b,c.png&item_paths[]=/a.png", ["a.png", "b,c.png"]],
    ["dataset_ids[]=1&sort[filename]=desc", ["d.png", "b,c.png", "a.png"]],
    ["dataset_ids[]=1&sort%5Bfile_size%5D=desc&sort[name]=desc", ["d.png", "b,c.png", "a.png"]],
  ])("?%s", async (query, expected) => {
    const { call } = await three()
    const { status, json } = await call("GET", `${items}?${query}`)
    expect(status).toBe(200)
    expect(namesOf(json)).toEqual(expected)
  })

  test("by id, and by the stage of a workflow", async () => {
    const { call, ids } = await three()
    expect(namesOf((await call("GET", `${items}?item_ids[]=${ids[2]}`)).json)).toEqual(["d.png"])
    expect(namesOf((await call("GET", `${items}?item_ids=${ids[2]},${ids[0]}`)).json)).toEqual([
      "a.png",
      "d.png",
    ])
    const workflowId = (await call("GET", "datasets/1")).json.workflow_ids[0]
    const { stages } = (await call("GET", `v2/teams/acme/workflows/${workflowId}`)).json
    expect((await call("GET", `${items}/ids?workflow_stage_ids=${stages[3].id}`)).json).toEqual({
      item_ids: [ids[1]],
    })
    expect((await call("GET", `${items}/ids?workflow_stage_ids=${stages[0].id}`)).json).toEqual({
      item_ids: [ids[0]],
    })
  })

  test.each([
    "path=/street",
    "types[]=image",
    "filenames=a.png",
    "statuses[]=done",
    "dataset_ids[]=one",
    "page[size]=0",
    "page[size]=100000",
    "page[from]=nonsense",
    "sort[colour]=asc",
    "sort[name]=up",
  ])("refuses what it does not know: ?%s", async (query) => {
    const { call } = await start()
    const { status, json } = await call("GET", `${items}?${query}`)
    expect(status).toBe(422)
    expect(Object.keys(json.errors)).toHaveLength(1)
  })

  test("folders count their items", async () => {
    const { call } = await three()
    expect((await call("GET", `${items}/folders?dataset_ids=1&statuses=complete`)).json.folders).toEqual([
      { dataset_id: 1, path: "/", filtered_item_count: 0, unfiltered_item_count: 1 },
      { dataset_id: 1, path: "/street", filtered_item_count: 0, unfiltered_item_count: 1 },
      { dataset_id: 1, path: "/street/north", filtered_item_count: 1, unfiltered_item_count: 1 },
    ])
  })
})

describe("pages", () => {
  let server: DarwinServer
  let call: Call

  beforeAll(async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "darwin-server-"))
    server = await startServer({ dataDirectory: directory, port: 0, team: "acme" })
    call = callerOf(server)
    await server.seed({
      dataset: "Kerb stones",
      classes: [],
      items: Array.from({ length: 23 }, (_, index) => ({
        name: `${String(index).padStart(2, "0")}.png`,
        path: index % 2 === 0 ? "/even" : "/odd",
        status: "new" as const,
        slots: [
          {
            slot_name: "0",
            type: "image" as const,
            file_name: "x.png",
            bytes: Buffer.from("x"),
            width: 1,
            height: 1,
          },
        ],
        annotations: [],
      })),
    })
    return async () => {
      await server.close()
      await rm(directory, { recursive: true })
    }
  })

  async function walk(query: string): Promise<string[]> {
    const names: string[] = []
    for (let from = ""; ; ) {
      const { json } = await call("GET", `${items}?dataset_ids[]=1&page[size]=5&${query}${from}`)
      expect(json.page.count).toBe(json.items.length)
      names.push(...namesOf(json))
      if (json.page.next === null) return names
      from = `&page[from]=${encodeURIComponent(json.page.next)}`
    }
  }

  const all = Array.from({ length: 23 }, (_, index) => `${String(index).padStart(2, "0")}.png`)
  const even = all.filter((_, index) => index % 2 === 0)
  const odd = all.filter((_, index) => index % 2 === 1)

  test.each([
    ["", all],
    ["sort[name]=desc", all.toReversed()],
    ["sort[path]=asc&sort[name]=desc", [...even.toReversed(), ...odd.toReversed()]],
    ["sort[path]=desc&sort[name]=asc", [...odd, ...even]],
    ["sort[updated_at]=desc", undefined],
  ])("by cursor come to an end and hold everything once: %s", async (query, expected) => {
    const names = await walk(query)
    expect(names.toSorted()).toEqual(all)
    if (expected !== undefined) expect(names).toEqual(expected)
  })

  test("by offset end with a short one", async () => {
    const sizes: number[] = []
    for (let offset = 0; ; offset += 10) {
      const { json } = await call("GET", `${items}?dataset_ids=1&page[offset]=${offset}&page[size]=10`)
      sizes.push(json.items.length)
      if (json.items.length < 10) break
    }
    expect(sizes).toEqual([10, 10, 3])
    const ids = (await call("GET", `${items}/list_ids?dataset_ids=1&page[offset]=20`)).json.item_ids
    expect(ids).toHaveLength(3)
  })
})

describe("actions", () => {
  test("archive, restore, move, order, delete", async () => {
    const { call, ids } = await three()
    const filters = { dataset_ids: [1], item_ids: [ids[0]] }
    const item = async () => (await call("GET", `${items}/${ids[0]}`)).json
    const act = async (name: string, more: Record<string, unknown> = {}) =>
      (await call("POST", `${items}/${name}`, { body: { filters, ...more } })).json
    expect(await act("archive")).toEqual({ affected_item_count: 1 })
    expect(await item()).toMatchObject({ archived: true, status: "archived" })
    expect(await act("archive")).toEqual({ affected_item_count: 0 })
    expect(await act("restore")).toEqual({ affected_item_count: 1 })
    expect(await item()).toMatchObject({ archived: false, status: "new" })
    expect(await act("path", { path: "west/" })).toEqual({ affected_item_count: 1 })
    expect(await act("priority", { priority: 7 })).toEqual({ affected_item_count: 1 })
    expect(await act("layout", { layout: { version: 3, slots_grid: [[["0"]]] } })).toEqual({
      affected_item_count: 1,
    })
    expect(await item()).toMatchObject({ path: "/west", priority: 7, layout: { slots_grid: [[["0"]]] } })
    expect((await call("POST", `${items}/path`, { body: { filters, path: "/../x" } })).status).toBe(422)
    expect((await call("DELETE", items, { body: { filters } })).json).toEqual({ affected_item_count: 1 })
    expect((await call("GET", `${items}/${ids[0]}`)).status).toBe(404)
    expect(namesOf((await call("GET", `${items}?dataset_ids[]=1`)).json)).toEqual(["b,c.png", "d.png"])
  })

  test("never take a lost or unknown filter for everything", async () => {
    const { call } = await three()
    for (const filters of [{}, { item_names: ["a.png"] }, { dataset_ids: [1], names: ["a.png"] }]) {
      expect((await call("POST", `${items}/archive`, { body: { filters } })).status).toBe(422)
    }
    expect((await call("POST", `${items}/archive`, { body: {} })).status).toBe(422)
    expect(namesOf((await call("GET", `${items}?statuses[]=archived`)).json)).toEqual(["d.png"])
  })

  test("stages set the status; those of other workflows do not", async () => {
    const { call, ids } = await three()
    for (const [type, status] of [
      ["annotate", "annotate"],
      ["review", "review"],
      ["complete", "complete"],
      ["dataset", "new"],
    ] as const) {
      expect((await moveToStage(call, 1, [ids[0] ?? ""], type)).json).toEqual({ affected_item_count: 1 })
      expect((await call("GET", `${items}/${ids[0]}`)).json.status).toBe(status)
    }
    expect((await moveToStage(call, 2, [ids[0] ?? ""], "complete")).json).toEqual({ affected_item_count: 0 })
    const unknown = await call("POST", `${items}/stage`, {
      body: { filters: { item_ids: ids }, stage_id: "none", workflow_id: "none" },
    })
    expect(unknown.status).toBe(404)
  })

  test("an archived item does not come back to a place that is taken", async () => {
    const { call, ids } = await three()
    await upload(call, "d.png", { path: "/street" })
    const reply = await call("POST", `${items}/restore`, { body: { filters: { item_ids: [ids[2]] } } })
    expect(reply.status).toBe(422)
    const { json } = await call("GET", `${items}?dataset_ids[]=1&item_names[]=d.png`)
    expect(json.items.map((item: { status: string }) => item.status)).toEqual(["archived", "new"])
  })
})
