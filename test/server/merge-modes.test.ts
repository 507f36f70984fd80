import { describe, expect, test } from "vitest"

import { png, type Reply, register, start } from "./support.ts"

const items = "v2/teams/acme/items"

async function withDataset() {
  const running = await start()
  await running.call("POST", "datasets", { body: { name: "Kerb stones" } })
  return running
}

const slots = (...names: string[]) =>
  names.map((name) => ({ slot_name: name, file_name: `${name}.png`, fps: "native" }))

const grid = { version: 3, slots_grid: [[["a"], ["b"]], [["c"]]] }

test("an item of several slots has a size, a type and an upload for each, and keeps its layout", async () => {
  const { call } = await withDataset()
  const [item] = await register(
    call,
    [
      {
        name: "merged",
        path: "/",
        layout: grid,
        slots: [
          { slot_name: "a", file_name: "a.png", fps: "native" },
          { slot_name: "b", file_name: "b.png", fps: "native" },
          { slot_name: "c", file_name: "c.pdf", fps: "native" },
        ],
      },
    ],
    { handle_as_slices: false, force_tiling: false, ignore_dicom_layout: true },
  )
  const get = async () => (await call("GET", `${items}/${item.id}`)).json
  const files = [png(8, 6), png(4, 2), Buffer.from("%PDF-1.7")]
  for (const [index, bytes] of files.entries()) {
    expect((await get()).status).toBe("uploading")
    const uploads = `${items}/uploads/${item.slots[index].upload_id}`
    const { upload_url: url } = (await call("GET", `${uploads}/sign`)).json
    await call("PUT", url, { key: null, raw: bytes, headers: { "content-type": undefined } })
    expect((await call("POST", `${uploads}/confirm`, { body: {} })).status).toBe(200)
  }
  const found = await get()
  expect(found).toMatchObject({ status: "new", layout: grid, slot_types: ["image", "pdf"] })
  expect(found.slots).toMatchObject([
    { slot_name: "a", type: "image", size_bytes: files[0]?.length, metadata: { width: 8, height: 6 } },
    { slot_name: "b", type: "image", size_bytes: files[1]?.length, metadata: { width: 4, height: 2 } },
    { slot_name: "c", type: "pdf", size_bytes: files[2]?.length, metadata: {} },
  ])
})

test("slices, frames and views are accepted as they are asked for", async () => {
  const { call } = await withDataset()
  const one = (name: string, more: object) => ({
    name,
    path: "/",
    layout: null,
    slots: [{ slot_name: "0", file_name: name, ...more }],
  })
  const registered = await register(
    call,
    [
      one("series.dcm", {}),
      one("clip.mp4", { fps: 5, as_frames: true }),
      one("v.nii", { extract_views: "true" }),
    ],
    { handle_as_slices: true },
  )
  expect(registered.map((item: Reply["json"]) => item.slots[0])).toMatchObject([
    { type: "dicom", as_frames: false, extract_views: false },
    { type: "video", as_frames: true, extract_views: false },
    { type: "dicom", as_frames: false, extract_views: true },
  ])
})

describe("layouts", () => {
  test.each([
    [{ version: 1, type: "horizontal", slots: ["a", "b", "c"] }],
    [{ version: 2, type: "grid", layout_shape: [2, 2], slots: ["a", "b"] }],
    [grid],
    [{ version: 3, slots_grid: [[["a", "b", "c"]]] }],
  ])("of all versions are given back: %j", async (layout) => {
    const { call } = await withDataset()
    const [item] = await register(call, [{ name: "x", path: "/", layout, slots: slots("a", "b", "c") }])
    expect((await call("GET", `${items}/${item.id}`)).json.layout).toEqual(layout)
  })

  test.each([
    [{ version: 3, slots_grid: [[["a"], ["z"]]] }],
    [{ version: 1, slots: ["z"] }],
    [{ version: 3, slots_grid: ["a"] }],
    [{ version: 3 }],
    [{ version: 4, slots_grid: [[["a"]]] }],
    [{ slots: ["a"] }],
  ])("that no client could show are refused: %j", async (layout) => {
    const { call } = await withDataset()
    const body = { items: [{ name: "x", path: "/", layout, slots: slots("a") }], dataset_slug: "kerb-stones" }
    const refused = await call("POST", `${items}/register_upload`, { body })
    expect([refused.status, Object.keys(refused.json.errors)]).toEqual([422, ["layout"]])
    const [item] = await register(call, [{ name: "x", path: "/", slots: slots("a") }])
    const filters = { item_ids: [item.id] }
    expect((await call("POST", `${items}/layout`, { body: { filters, layout } })).status).toBe(422)
    const kept = (await call("GET", `${items}/${item.id}`)).json.layout
    expect(kept).toEqual({ type: "simple", version: 1, slots: ["a"] })
  })

  test("belong to what makes an unfinished upload the same", async () => {
    const { call } = await withDataset()
    const item = { name: "x", path: "/", slots: slots("a", "b") }
    const [first] = await register(call, [item])
    const [again] = await register(call, [item])
    const layout = { version: 3, slots_grid: [[["a", "b"]]] }
    const [other] = await register(call, [{ ...item, layout }])
    expect(again).toEqual(first)
    expect(other.id).not.toBe(first.id)
    expect((await call("GET", `${items}?dataset_ids[]=1`)).json.items).toMatchObject([{ layout }])
  })
})
