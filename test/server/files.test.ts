import { PNG } from "pngjs"
import { describe, expect, test } from "vitest"

import { png, start, upload } from "./support.ts"

const files = "v2/teams/acme/files"

async function withClip() {
  const running = await start()
  const frames = [png(20, 10, 1), png(20, 10, 2), png(20, 10, 3)]
  await running.server.seed({
    dataset: "Kerb stones",
    classes: [],
    items: [
      {
        name: "clip.avi",
        path: "/",
        status: "complete",
        slots: [
          {
            slot_name: "0",
            type: "video",
            file_name: "clip.avi",
            bytes: Buffer.from("RIFF"),
            width: 20,
            height: 10,
            fps: 4,
            frames,
          },
        ],
        annotations: [],
      },
    ],
  })
  const { json } = await running.call("GET", "v2/teams/acme/items")
  return { ...running, frames, slot: json.items[0].slots[0] }
}

describe("frames", () => {
  test("of a video are pictures of their own", async () => {
    const { call, frames, slot } = await withClip()
    expect(slot).toMatchObject({
      type: "video",
      fps: 4,
      total_sections: 3,
      metadata: { width: 20, height: 10 },
    })
    for (const [index, frame] of frames.entries()) {
      const reply = await call("GET", `${files}/${slot.id}/sections/${index}`)
      expect(reply.headers["content-type"]).toBe("image/png")
      expect(reply.bytes.equals(frame)).toBe(true)
    }
    expect((await call("GET", `${files}/${slot.id}/sections/3`)).status).toBe(404)
    expect((await call("GET", `${files}/${slot.id}/sections/x`)).status).toBe(422)
    expect((await call("GET", `${files}/none/sections/0`)).status).toBe(404)
    expect((await call("GET", `${files}/${slot.id}/sections/0`, { key: null })).status).toBe(401)
    expect((await call("GET", `v2/teams/acme/uploads/${slot.upload_id}`)).headers["content-type"]).toBe(
      "video/x-msvideo",
    )
  })

  test("a picture is its own first section", async () => {
    const { call } = await start()
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const bytes = png(5, 5)
    const item = await upload(call, "a.png", { bytes })
    const [slot] = (await call("GET", `v2/teams/acme/items/${item}`)).json.slots
    expect((await call("GET", `${files}/${slot.id}/sections/0`)).bytes.equals(bytes)).toBe(true)
    expect((await call("GET", `${files}/${slot.id}/sections/1`)).status).toBe(404)
  })
})

describe("thumbnails", () => {
  test("are small pictures of large ones, and the same of small ones", async () => {
    const { call } = await start()
    await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const large = new PNG({ width: 1024, height: 512 })
    // Left half red, right half blue.
    for (let offset = 0; offset < large.data.length; offset += 4) {
      const left = (offset / 4) % 1024 < 512
      large.data.set(left ? [200, 0, 0, 255] : [0, 0, 100, 255], offset)
    }
    const pictures = [PNG.sync.write(large), png(30, 20)]
    const sizes: [number, number][] = []
    for (const [index, bytes] of pictures.entries()) {
      const item = await upload(call, `${index}.png`, { bytes })
      const [slot] = (await call("GET", `v2/teams/acme/items/${item}`)).json.slots
      const reply = await call("GET", `${files}/${slot.id}/thumbnail`)
      expect([reply.headers["content-type"], reply.headers["content-length"]]).toEqual([
        "image/png",
        String(reply.bytes.length),
      ])
      const small = PNG.sync.read(reply.bytes)
      sizes.push([small.width, small.height])
      if (index === 0)
        expect([...small.data.subarray(0, 4), ...small.data.subarray(-4)]).toEqual([
          200, 0, 0, 255, 0, 0, 100, 255,
        ])
    }
    expect(sizes).toEqual([
      [256, 128],
      [30, 20],
    ])
  })

  test("of videos show the first frame, of other files the file", async () => {
    const { call, frames, slot } = await withClip()
    expect((await call("GET", `${files}/${slot.id}/thumbnail`)).bytes.equals(frames[0] as Buffer)).toBe(true)
    const item = await upload(call, "notes.pdf", { bytes: Buffer.from("%PDF-1.4") })
    const [document] = (await call("GET", `v2/teams/acme/items/${item}`)).json.slots
    expect((await call("GET", `${files}/${document.id}/thumbnail`)).bytes.toString()).toBe("%PDF-1.4")
  })
})

test("files have lengths and digests, and can be had in parts", async () => {
  const { call } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const bytes = png(60, 40)
  const item = await upload(call, "a.png", { bytes })
  const [slot] = (await call("GET", `v2/teams/acme/items/${item}`)).json.slots
  const url = `v2/teams/acme/uploads/${slot.upload_id}`
  const whole = await call("GET", url)
  expect(whole.headers).toMatchObject({ "content-type": "image/png", "content-length": String(bytes.length) })
  const rest = await call("GET", url, {
    headers: { range: "bytes=100-", "if-range": String(whole.headers.etag) },
  })
  expect([rest.status, rest.bytes.equals(bytes.subarray(100))]).toEqual([206, true])
  expect((await call("GET", url.replace("acme", "other"))).status).toBe(403)
  expect((await call("GET", "v2/teams/acme/uploads/none")).status).toBe(404)
})
