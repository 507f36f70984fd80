import { rm } from "node:fs/promises"
import path from "node:path"

import { describe, expect, test } from "vitest"

import { type Call, makeClass, moveToStage, png, release, start, upload } from "./support.ts"
import { documentsOf } from "./unzip.ts"

const exports = "v2/teams/acme/datasets/kerb-stones/exports"

const box = (x: number) => ({ bounding_box: { x, y: 2, w: 3, h: 4 } })

async function annotate(call: Call, item: string, annotations: readonly unknown[], more = {}): Promise<void> {
  const reply = await call("POST", `v2/teams/acme/items/${item}/import`, {
    body: { annotations, overwrite: "true", ...more },
  })
  if (reply.status !== 200) throw new Error(reply.bytes.toString())
}

async function twoItems() {
  const running = await start()
  const { call } = running
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const sign = await makeClass(call, 1, "sign", ["bounding_box"])
  const kerb = await makeClass(call, 1, "kerb", ["polygon"])
  const bytes = png(64, 48, 5)
  const ids = [
    await upload(call, "a.png", { bytes }),
    await upload(call, "a.jpg", { path: "/street", bytes }),
    await upload(call, "new.png"),
  ]
  const [a = "", b = ""] = ids
  await annotate(call, a, [{ id: "a1", annotation_class_id: sign, data: box(1) }])
  await annotate(call, b, [
    { id: "b1", annotation_class_id: sign, data: box(2) },
    {
      id: "b2",
      annotation_class_id: kerb,
      data: { polygon: { path: triangle(0), additional_paths: [triangle(5)] } },
    },
  ])
  await moveToStage(call, 1, [a, b], "complete")
  return { ...running, a, b, sign, kerb, bytes }
}

const triangle = (at: number) => [
  { x: at, y: at },
  { x: at + 9, y: at },
  { x: at, y: at + 7.5 },
]

const download = async (call: Call, url: string) => documentsOf((await call("GET", url, { key: null })).bytes)

test("from upload to the zip: completed items, with everything their documents need", async () => {
  const { call, server, a, b, bytes } = await twoItems()
  const made = await release(call, "v1")
  expect(made).toMatchObject({
    name: "v1",
    version: 1,
    status: "complete",
    latest: true,
    format: "darwin_json_2",
  })
  expect(made.inserted_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(made.metadata.num_images).toBe(2)
  expect(made.metadata.annotation_classes.map((one: { name: string }) => one.name)).toEqual(["sign", "kerb"])
  expect(made.download_url.startsWith(`${server.url}/`)).toBe(true)
  const documents = await download(call, made.download_url)
  expect([...documents.keys()]).toEqual([".v7/metadata.json", "a.json", `a-${b}.json`])
  const first = documents.get("a.json")
  expect(first).toMatchObject({
    version: "2.0",
    item: {
      name: "a.png",
      path: "/",
      source_info: {
        item_id: a,
        dataset: { name: "Kerb stones", slug: "kerb-stones" },
        team: { name: "acme", slug: "acme" },
        workview_url: `${server.url}/workview?dataset=1&item=${a}`,
      },
      slots: [
        { slot_name: "0", type: "image", width: 64, height: 48, source_files: [{ file_name: "a.png" }] },
      ],
    },
    annotations: [{ id: "a1", name: "sign", slot_names: ["0"], properties: [], ...box(1) }],
    properties: [],
  })
  expect(Object.keys(first.annotations[0]).sort()).toEqual([
    "bounding_box",
    "id",
    "name",
    "properties",
    "slot_names",
  ])
  expect("frame_urls" in first.item.slots[0]).toBe(false)
  const [, polygon] = documents.get(`a-${b}.json`).annotations
  expect(polygon.polygon).toEqual({ paths: [triangle(0), triangle(5)] })
  expect(polygon.bounding_box).toEqual({ x: 0, y: 0, w: 14, h: 12.5 })
  const file = await call("GET", first.item.slots[0].source_files[0].url)
  expect(file.bytes.equals(bytes)).toBe(true)
  expect(documents.get(".v7/metadata.json").classes).toMatchObject([
    { name: "sign", type: "bounding_box", sub_types: [], properties: [], description: null, color: "auto" },
    { name: "kerb", type: "polygon" },
  ])
})

test("is asked for, pending, then there; the newest is the latest", async () => {
  const { call } = await twoItems()
  const asked = await call("POST", exports, { body: { name: "v1", annotation_filters: {}, format: null } })
  expect(asked.json).toMatchObject({ name: "v1", status: "pending", download_url: null, latest: false })
  await release(call, "v2")
  const { json } = await call("GET", exports)
  expect(json.map((one: { name: string; latest: boolean }) => [one.name, one.latest])).toEqual([
    ["v2", true],
    ["v1", false],
  ])
})

test("does not change any more, whatever happens to the dataset", async () => {
  const { call, a, b, sign } = await twoItems()
  const made = await release(call, "v1")
  const before = await call("GET", made.download_url, { key: null })
  await annotate(call, a, [{ id: "changed", annotation_class_id: sign, data: box(9) }])
  const fileUrl = (await documentsOf(before.bytes)).get("a.json").item.slots[0].source_files[0].url
  await call("DELETE", "v2/teams/acme/items", { body: { filters: { item_ids: [a, b] } } })
  const after = await call("GET", made.download_url, { key: null })
  expect(after.bytes.equals(before.bytes)).toBe(true)
  expect(after.headers.etag).toBe(before.headers.etag)
  expect((await call("GET", fileUrl)).status).toBe(200)
})

test("is what the dataset was when it was asked for, not when it was made", async () => {
  const { call, server } = await start()
  await server.seed({
    dataset: "Kerb stones",
    classes: [{ name: "sign", type: "bounding_box", sub_types: [] }],
    items: Array.from({ length: 200 }, (_, index) => ({
      name: `${index}.png`,
      path: "/",
      status: "complete" as const,
      slots: [
        { slot_name: "0", type: "image" as const, file_name: "x.png", bytes: png(1, 1), width: 1, height: 1 },
      ],
      annotations: [{ type: "bounding_box" as const, id: `a${index}`, name: "sign", ...box(index) }],
    })),
  })
  // The second waits for the first, and the dataset changes in the meantime.
  await call("POST", exports, { body: { name: "first" } })
  await call("POST", exports, { body: { name: "second" } })
  const item = (await call("GET", "v2/teams/acme/items?item_names[]=199.png")).json.items[0].id
  await annotate(call, item, [])
  await server.idle()
  const [second] = (await call("GET", exports)).json
  expect(second).toMatchObject({ name: "second", status: "complete" })
  expect((await download(call, second.download_url)).get("199.json").annotations).toMatchObject([
    { id: "a199" },
  ])
  const third = await release(call, "third")
  expect((await download(call, third.download_url)).get("199.json").annotations).toEqual([])
})

describe("options", () => {
  test("statuses choose other items than the completed ones", async () => {
    const { call } = await twoItems()
    const made = await release(call, "all", {
      filters: { statuses: ["new", "annotate", "review", "complete"] },
    })
    expect(made.metadata.num_images).toBe(3)
    const fresh = await release(call, "new", { filters: { statuses: ["new"] } })
    expect([...(await download(call, fresh.download_url)).keys()]).toEqual([".v7/metadata.json", "new.json"])
  })

  test("classes choose annotations, and the items that have some", async () => {
    const { call, kerb } = await twoItems()
    const made = await release(call, "kerbs", { filters: { annotation_class_ids: [kerb] } })
    expect(made.metadata).toMatchObject({ num_images: 1, annotation_classes: [{ id: kerb, name: "kerb" }] })
    const documents = await download(call, made.download_url)
    expect([...documents.keys()]).toEqual([".v7/metadata.json", "a.json"])
    expect(documents.get("a.json").annotations.map((one: { name: string }) => one.name)).toEqual(["kerb"])
  })

  test("tokens in addresses open the files without a key", async () => {
    const { call, bytes } = await twoItems()
    const urlOf = async (name: string, withToken: boolean): Promise<string> => {
      const made = await release(call, name, { include_export_token: withToken })
      return (await download(call, made.download_url)).get("a.json").item.slots[0].source_files[0].url
    }
    const plain = await urlOf("plain", false)
    const tokened = await urlOf("tokened", true)
    expect(plain).not.toContain("token")
    expect((await call("GET", plain, { key: null })).status).toBe(401)
    expect((await call("GET", tokened, { key: null })).bytes.equals(bytes)).toBe(true)
    expect(
      (
        await call(
          "GET",
          tokened.replace(/token=(.)/, (_, first) => `token=${first === "_" ? "-" : "_"}`),
          { key: null },
        )
      ).status,
    ).toBe(401)
  })

  test("authorship names people", async () => {
    const { call, a, sign } = await twoItems()
    const actors = [
      { email: "ann@example.org", role: "annotator" },
      { email: "owner@acme.example", role: "reviewer" },
    ]
    await annotate(call, a, [{ id: "a1", annotation_class_id: sign, data: box(1), actors }])
    const plain = await release(call, "plain")
    const named = await release(call, "named", { include_authorship: true })
    const [without] = (await download(call, plain.download_url)).get("a.json").annotations
    const [withPeople] = (await download(call, named.download_url)).get("a.json").annotations
    expect("annotators" in without).toBe(false)
    expect(withPeople).toMatchObject({
      annotators: [{ full_name: "ann", email: "ann@example.org" }],
      reviewers: [{ full_name: "Team Owner", email: "owner@acme.example" }],
    })
  })

  test.each([
    [{ name: "v1", filters: { colour: ["red"] } }],
    [{ name: "v1", filters: { statuses: ["done"] } }],
    [{ name: "v1", annotation_filters: { annotation_class_ids: [1] } }],
    [{ name: "v1", format: "coco" }],
    [{ name: "../v1" }],
    [{ name: "" }],
    [{}],
  ])("that are not known are refused: %j", async (body) => {
    const { call } = await twoItems()
    expect((await call("POST", exports, { body })).status).toBe(422)
    expect((await call("GET", exports)).json).toEqual([])
  })
})

test("names are used once, and nothing to export is refused", async () => {
  const { call, a, b } = await twoItems()
  await release(call, "v1")
  const taken = await call("POST", exports, { body: { name: "v1" } })
  expect([taken.status, taken.json]).toEqual([422, { errors: { name: ["has already been taken"] } }])
  await moveToStage(call, 1, [a, b], "annotate")
  const nothing = await call("POST", exports, { body: { name: "v2" } })
  expect([nothing.status, Object.keys(nothing.json.errors)]).toEqual([422, ["filters"]])
})

test("a release that cannot be written fails and does not hold up the next", async () => {
  const { call, directory } = await twoItems()
  await release(call, "v1")
  await rm(path.join(directory, "tmp"), { recursive: true })
  const failed = await release(call, "v2")
  expect(failed).toMatchObject({ status: "failed", download_url: null, latest: false })
  expect(failed.error).toContain("ENOENT")
  const { json } = await call("GET", exports)
  expect(json.map((one: { status: string; latest: boolean }) => [one.status, one.latest])).toEqual([
    ["failed", false],
    ["complete", true],
  ])
})

test("the zip comes without a key, whole or in ranges, never packed again", async () => {
  const { call } = await twoItems()
  const { download_url: url } = await release(call, "v1")
  const whole = await call("GET", url, { key: null, headers: { "accept-encoding": "gzip, deflate" } })
  expect(whole.headers).toMatchObject({
    "content-type": "application/zip",
    "content-length": String(whole.bytes.length),
    "accept-ranges": "bytes",
  })
  expect(whole.headers["content-encoding"]).toBeUndefined()
  const part = await call("GET", url, { key: null, headers: { range: "bytes=10-19" } })
  expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 10-19/${whole.bytes.length}`])
  expect(part.bytes.equals(whole.bytes.subarray(10, 20))).toBe(true)
  const tail = await call("GET", url, {
    key: null,
    headers: { range: "bytes=-5", "if-range": String(whole.headers.etag) },
  })
  expect(tail.bytes.equals(whole.bytes.subarray(-5))).toBe(true)
  const changed = await call("GET", url, { key: null, headers: { range: "bytes=5-", "if-range": '"other"' } })
  expect([changed.status, changed.bytes.length]).toEqual([200, whole.bytes.length])
  const beyond = await call("GET", url, { key: null, headers: { range: "bytes=99999999-" } })
  expect([beyond.status, beyond.headers["content-range"]]).toEqual([416, `bytes */${whole.bytes.length}`])
  const known = await call("GET", url, {
    key: null,
    headers: { "if-none-match": String(whole.headers.etag) },
  })
  expect([known.status, known.bytes.length]).toEqual([304, 0])
  const head = await call("HEAD", url, { key: null })
  expect([head.status, head.headers["content-length"]]).toEqual([200, String(whole.bytes.length)])
  expect((await call("GET", url.replace(/token=.*/, "token=x"), { key: null })).status).toBe(403)
})
