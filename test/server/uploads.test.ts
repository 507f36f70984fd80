import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { connect } from "node:net"
import path from "node:path"

import { describe, expect, test } from "vitest"

import { type Call, png, start, upload } from "./support.ts"

const items = "v2/teams/acme/items"

async function register(call: Call, list: readonly unknown[]) {
  return call("POST", `${items}/register_upload`, {
    body: { items: list, dataset_slug: "kerb-stones", options: { handle_as_slices: false } },
  })
}

async function withDataset() {
  const running = await start()
  await running.call("POST", "datasets", { body: { name: "Kerb stones" } })
  return running
}

const put = (call: Call, url: string, raw: Uint8Array | AsyncIterable<Uint8Array>) =>
  call("PUT", url, { key: null, raw, headers: { "content-type": undefined } })

async function signed(call: Call, uploadId: string): Promise<string> {
  return (await call("GET", `${items}/uploads/${uploadId}/sign`)).json.upload_url
}

describe("registering", () => {
  test("normalises the path and echoes the files", async () => {
    const { call } = await withDataset()
    const { status, json } = await register(call, [
      {
        name: "kerb.jpg",
        path: "a/c",
        slots: [{ file_name: "kerb.jpg", slot_name: "0", fps: 0, as_frames: false }],
      },
      {
        name: "both",
        path: "/",
        layout: null,
        slots: [
          { file_name: "x.mp4", slot_name: "x", fps: "native" },
          { file_name: "y.mp4", slot_name: "y", fps: "5" },
          { file_name: "z.pdf", slot_name: "z", fps: 2.5 },
          { file_name: "v.nii.gz", slot_name: "v" },
        ],
      },
    ])
    expect(status).toBe(200)
    expect(json.blocked_items).toEqual([])
    expect(json.items[0]).toMatchObject({
      name: "kerb.jpg",
      path: "/a/c",
      slots: [
        { type: "image", file_name: "kerb.jpg", slot_name: "0", as_frames: false, extract_views: false },
      ],
    })
    expect(json.items[1].slots.map((slot: { type: string }) => slot.type)).toEqual([
      "video",
      "video",
      "pdf",
      "dicom",
    ])
    const uploads = json.items.flatMap((item: { slots: { upload_id: string }[] }) =>
      item.slots.map((slot) => slot.upload_id),
    )
    expect(new Set(uploads).size).toBe(5)
    const listed = (await call("GET", `${items}/${json.items[1].id}`)).json
    expect(listed).toMatchObject({ status: "uploading", processing_status: "uploading", slots: [] })
    expect(listed.uploads.map((one: { fps: number | null }) => one.fps)).toEqual([null, 5, 2.5, null])
  })

  test("blocks what is there, also within one request, and lets unfinished uploads go on", async () => {
    const { call } = await withDataset()
    await upload(call, "old.png")
    const item = (name: string) => ({ name, path: "/", slots: [{ file_name: name, slot_name: "0" }] })
    const first = (await register(call, [item("old.png"), item("new.png"), item("new.png")])).json
    expect(first.items.map((one: { name: string }) => one.name)).toEqual(["new.png"])
    expect(first.blocked_items).toMatchObject([
      {
        name: "old.png",
        path: "/",
        slots: [{ file_name: "old.png", reason: "ALREADY_EXISTS", type: "image" }],
      },
      { name: "new.png", slots: [{ reason: "ALREADY_EXISTS" }] },
    ])
    const second = (await register(call, [item("new.png")])).json
    expect(second.items).toEqual(first.items)
    const other = { name: "new.png", path: "/", slots: [{ file_name: "other.png", slot_name: "0" }] }
    const third = (await register(call, [other])).json
    expect(third.items[0].slots[0].upload_id).not.toBe(first.items[0].slots[0].upload_id)
    expect((await call("GET", `${items}?dataset_ids[]=1`)).json.items).toHaveLength(2)
  })

  test("refuses names and folders that lead elsewhere", async () => {
    const { call } = await withDataset()
    const slots = [{ file_name: "a.png", slot_name: "0" }]
    for (const item of [
      { name: "a/b.png", path: "/", slots },
      { name: "..", path: "/", slots },
      { name: "a.png", path: "/a/../..", slots },
      { name: "a.png", path: "/", slots: [] },
      { name: "", path: "/", slots },
      { name: "a.png", path: "/", slots: [...slots, ...slots] },
    ]) {
      expect((await register(call, [item])).status).toBe(422)
    }
    const unknown = await call("POST", `${items}/register_upload`, {
      body: { items: [], dataset_slug: "none" },
    })
    expect(unknown.status).toBe(404)
  })
})

describe("the bytes", () => {
  test("come with a length or in chunks, are checked and measured", async () => {
    const { call, server } = await withDataset()
    const chunked = async function* (bytes: Buffer) {
      for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000)
    }
    const bytes = png(70, 50, 3)
    for (const [name, raw] of [
      ["whole.png", bytes],
      ["chunked.png", chunked(bytes)],
    ] as const) {
      const { json } = await register(call, [
        { name, path: "/", slots: [{ file_name: name, slot_name: "0" }] },
      ])
      const uploadId = json.items[0].slots[0].upload_id
      const url = await signed(call, uploadId)
      expect(url.startsWith(`${server.url}/`)).toBe(true)
      expect((await call("POST", `${items}/uploads/${uploadId}/confirm`, { body: {} })).status).toBe(422)
      expect((await put(call, url, Buffer.from("first try"))).status).toBe(200)
      expect((await put(call, url, raw)).status).toBe(200)
      expect((await call("POST", `${items}/uploads/${uploadId}/confirm`, { body: {} })).status).toBe(200)
      expect((await call("POST", `${items}/uploads/${uploadId}/confirm`, { body: {} })).status).toBe(200)
      const item = (await call("GET", `${items}/${json.items[0].id}`)).json
      expect(item).toMatchObject({ status: "new", processing_status: "complete" })
      expect(item.slots[0]).toMatchObject({ size_bytes: bytes.length, metadata: { width: 70, height: 50 } })
      expect((await put(call, url, Buffer.from("too late"))).status).toBe(409)
      const file = await call("GET", `v2/teams/acme/uploads/${uploadId}`)
      expect(file.bytes.equals(bytes)).toBe(true)
    }
  })

  test("may be none, sent in chunks without a length: the item is an error then", async () => {
    const { call } = await withDataset()
    const { json } = await register(call, [
      { name: "empty.png", path: "/", slots: [{ file_name: "empty.png", slot_name: "0" }] },
    ])
    const uploadId = json.items[0].slots[0].upload_id
    const nothing = async function* (): AsyncGenerator<Uint8Array> {}
    expect((await put(call, await signed(call, uploadId), nothing())).status).toBe(200)
    expect((await call("POST", `${items}/uploads/${uploadId}/confirm`, { body: {} })).status).toBe(200)
    expect((await call("GET", `${items}/${json.items[0].id}`)).json.status).toBe("error")
  })

  test("that are no picture make an error of the item; other kinds of file are taken as they are", async () => {
    const { call } = await withDataset()
    const broken = await upload(call, "broken.png", { bytes: Buffer.from("not a picture") })
    const video = await upload(call, "clip.mp4", { bytes: Buffer.from("whatever") })
    expect((await call("GET", `${items}/${broken}`)).json.status).toBe("error")
    expect((await call("GET", `${items}/${video}`)).json).toMatchObject({
      status: "new",
      slots: [{ type: "video", metadata: {} }],
    })
  })

  test("go in with the token of their upload only", async () => {
    const { call } = await withDataset()
    const { json } = await register(call, [
      { name: "a.png", path: "/", slots: [{ file_name: "a.png", slot_name: "0" }] },
    ])
    const url = await signed(call, json.items[0].slots[0].upload_id)
    expect((await put(call, url.replace(/token=.*/, "token=other"), png(1, 1))).status).toBe(403)
    expect((await put(call, url.replace(/\?.*/, ""), png(1, 1))).status).toBe(422)
    expect((await put(call, url.replace(/uploads\/[^?]*/, "uploads/none"), png(1, 1))).status).toBe(404)
  })

  test("that stop halfway leave nothing behind", async () => {
    const { call, server, directory } = await withDataset()
    const { json } = await register(call, [
      { name: "a.png", path: "/", slots: [{ file_name: "a.png", slot_name: "0" }] },
    ])
    const url = new URL(await signed(call, json.items[0].slots[0].upload_id))
    const arrived = async () => (await readdir(path.join(directory, "tmp"))).length
    const socket = connect(Number(url.port), url.hostname)
    socket.write(
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 100000\r\n\r\nhalf`,
    )
    while ((await arrived()) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    socket.destroy()
    while ((await arrived()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const confirm = `${server.url}/api/${items}/uploads/${json.items[0].slots[0].upload_id}/confirm`
    expect((await call("POST", confirm, { body: {} })).status).toBe(422)
  })

  test("lie on disk as they came", async () => {
    const { call, directory } = await withDataset()
    const bytes = png(300, 200, 9)
    await upload(call, "a.png", { bytes })
    const files = await readdir(path.join(directory, "uploads"), { recursive: true, withFileTypes: true })
    const [file] = files.filter((entry) => entry.isFile())
    const stored = await readFile(path.join(file?.parentPath ?? "", file?.name ?? ""))
    const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex")
    expect(digest(stored)).toBe(digest(bytes))
  })
})
