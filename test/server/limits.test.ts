import { describe, expect, test } from "vitest"

import { type Call, makeClass, png, start, upload } from "./support.ts"

const items = "v2/teams/acme/items"
const item = (name: string) => ({ name, path: "/", slots: [{ file_name: name, slot_name: "0" }] })

const register = (call: Call, names: readonly string[], dataset = "kerb-stones") =>
  call("POST", `${items}/register_upload`, { body: { items: names.map(item), dataset_slug: dataset } })

test("items beyond the dataset's number are blocked, the others are not", async () => {
  const { call } = await start({ limits: { itemsPerDataset: 3 } })
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  await call("POST", "datasets", { body: { name: "Other" } })
  const old = await upload(call, "old.png")
  const { status, json } = await register(call, ["a.png", "old.png", "b.png", "c.png", "d.png"])
  expect(status).toBe(200)
  expect(json.items.map((one: { name: string }) => one.name)).toEqual(["a.png", "b.png"])
  const blocked = json.blocked_items.map((one: { name: string; slots: { reason: string }[] }) => [
    one.name,
    one.slots[0]?.reason,
  ])
  expect(blocked).toEqual([
    ["old.png", "ALREADY_EXISTS"],
    ["c.png", "ITEM_COUNT_LIMIT_EXCEEDED"],
    ["d.png", "ITEM_COUNT_LIMIT_EXCEEDED"],
  ])
  expect("id" in json.blocked_items[1]).toBe(false)
  // Uploads that have begun go on, and a deleted item makes room.
  expect((await register(call, ["a.png"])).json.items).toEqual([json.items[0]])
  expect((await register(call, ["a.png"], "other")).json.items).toHaveLength(1)
  await call("DELETE", items, { body: { filters: { item_ids: [old] } } })
  expect((await register(call, ["c.png", "d.png"])).json).toMatchObject({
    items: [{ name: "c.png" }],
    blocked_items: [{ name: "d.png" }],
  })
})

test("a team whose storage is used up cannot begin an upload any more", async () => {
  const bytes = png(20, 20)
  const { call, server } = await start({ limits: { storageBytes: bytes.length } })
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const waiting = (await register(call, ["waiting.png"])).json.items[0].slots[0].upload_id
  const sign = () => call("GET", `${items}/uploads/${waiting}/sign`)
  expect((await sign()).status).toBe(200)
  const full = await upload(call, "a.png", { bytes })
  const refusal = { errors: { code: "INSUFFICIENT_REMAINING_STORAGE" } }
  for (const refused of [await register(call, ["b.png"]), await sign()]) {
    expect([refused.status, refused.json]).toEqual([429, refusal])
  }
  const { apiKey, slug } = server.addTeam("Beta")
  await call("POST", "datasets", { key: apiKey, body: { name: "Kerb stones" } })
  const other = await call("POST", `v2/teams/${slug}/items/register_upload`, {
    key: apiKey,
    body: { items: [item("b.png")], dataset_slug: "kerb-stones" },
  })
  expect(other.status).toBe(200)
  await call("DELETE", items, { body: { filters: { item_ids: [full] } } })
  expect((await register(call, ["b.png"])).status).toBe(200)
})

describe("413 for", () => {
  test("a body above the limit, which changes nothing, while its parts are taken", async () => {
    const { call } = await start({ limits: { bodyBytes: 3000 } })
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const sign = await makeClass(call, 1, "sign", ["bounding_box"])
    const path = `${items}/${await upload(call, "a.png")}`
    const annotations = Array.from({ length: 40 }, (_, index) => ({
      id: `a${index}`,
      annotation_class_id: sign,
      data: { bounding_box: { x: index, y: 2, w: 3, h: 4 } },
    }))
    const send = (part: unknown) => call("POST", `${path}/import`, { body: { annotations: part } })
    const whole = await send(annotations)
    expect([whole.status, whole.json]).toEqual([413, { errors: { body: ["is larger than 3000 bytes"] } }])
    expect((await call("GET", `${path}/annotations`)).json).toEqual([])
    expect((await send(annotations.slice(0, 20))).status).toBe(200)
    expect((await send(annotations.slice(20))).status).toBe(200)
    expect((await call("GET", `${path}/annotations`)).json).toHaveLength(40)
  })

  test("an address above the limit, by a little or by far", async () => {
    const { call } = await start({ limits: { addressBytes: 1000 } })
    const list = async (length: number) =>
      (await call("GET", `${items}?item_names[]=${"n".repeat(length)}`)).status
    expect(await list(900)).toBe(200)
    expect(await list(1000)).toBe(413)
    expect(await list(60_000)).toBe(413)
  })
})
