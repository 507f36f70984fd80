import { createHash } from "node:crypto"
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { request } from "undici"
import { describe, expect, test } from "vitest"
import type { RemoteDataset } from "../../../src/client/index.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { type PushFile, pushTo } from "../../../src/sinks/index.ts"
import { type Interceptor, startProxy } from "../../cli/proxy.ts"
import { openDatasetAt } from "../../pull/open.ts"
import {
  contentOf,
  contentsOf,
  digestOf,
  type EmptyDataset,
  folderWith,
  openEmpty,
  requestsFor,
} from "./embedded.ts"

/** The dataset through a proxy that may answer in the service's place. */
async function openThrough(
  intercept: Interceptor,
): Promise<EmptyDataset & { readonly through: RemoteDataset }> {
  const opened = await openEmpty()
  const url = await startProxy(opened.server.url, intercept)
  const folder = await folderWith([])
  const through = await openDatasetAt({ url, apiKey: opened.server.apiKey }, folder, "acme/street")
  opened.requests.length = 0
  return { ...opened, through }
}

/** Answers the first `times` requests of one kind with a status and a body. */
function answering(method: string, what: string, status: number, body: string, times = 1): Interceptor {
  let count = 0
  return (incoming, response) => {
    if (incoming.method !== method || !incoming.url?.includes(what) || count >= times) return false
    count++
    response.writeHead(status, { "content-type": "text/plain" }).end(body)
    return true
  }
}

describe("a push that meets faults", () => {
  test.each([
    [403, "Request has expired"],
    [400, "<Code>ExpiredToken</Code>"],
  ])("asks for another address when one has expired: %i", async (status, said) => {
    const { through, call, requests } = await openThrough(answering("PUT", "/uploads/", status, said))
    const folder = await folderWith(["a.png"])
    expect((await through.push(folder)).items.done).toBe(1)
    expect(requestsFor(requests, "/sign")).toHaveLength(2)
    expect(await contentsOf({ call })).toEqual({ "/a.png#0": digestOf(contentOf("a.png")) })
  })

  test("an address that is refused twice is a failure, in the service's words", async () => {
    const { through, call } = await openThrough(answering("PUT", "/uploads/", 403, "not today", 2))
    const folder = await folderWith(["a.png"])
    const report = await through.push(folder, { concurrency: 1 })
    expect(report).toMatchObject({ items: { failed: 1 }, problems: [{ stage: "upload", item: "/a.png" }] })
    expect(report.problems[0]?.reason).toContain("403 not today")
    // The notes stay, and the next run takes the same upload.
    expect(await contentsOf({ call })).toEqual({ "/a.png": "uploading" })
    expect((await through.push(folder)).items.done).toBe(1)
    expect(await contentsOf({ call })).toEqual({ "/a.png#0": digestOf(contentOf("a.png")) })
  })

  test.each([
    ["GET", "/sign", "sign"],
    ["POST", "/confirm", "confirm"],
    ["POST", "register_upload", "register"],
  ])("names the stage: %s %s", async (method, what, stage) => {
    const { through } = await openThrough(answering(method, what, 418, "a teapot"))
    const folder = await folderWith(["a.png"])
    const report = await through.push(folder)
    expect(report).toMatchObject({ items: { failed: 1 }, problems: [{ stage, kind: "failed" }] })
    expect(report.problems[0]?.reason).toContain("418 a teapot")
    expect((await through.push(folder)).items).toMatchObject({ done: 1, failed: 0 })
  })

  test("a PUT that is tried again reads its file anew", async () => {
    let cut = false
    const { through, call } = await openThrough((incoming) => {
      if (incoming.method !== "PUT" || cut) return false
      cut = true
      incoming.once("data", () => incoming.socket.destroy())
      return true
    })
    const bytes = Buffer.alloc(3_000_000, "abcdefg")
    const folder = await folderWith({ "a.mp4": bytes })
    expect((await through.push(folder)).items.done).toBe(1)
    expect(cut).toBe(true)
    expect(await contentsOf({ call })).toEqual({ "/a.mp4#0": digestOf(bytes) })
  })

  test.each(["register_upload", "/confirm"])("an answer that is lost changes nothing: %s", async (what) => {
    let lost = false
    let target = ""
    const opened = await openThrough((incoming, response) => {
      if (lost || !incoming.url?.includes(what)) return false
      lost = true
      const onward = async () => {
        const body: Buffer[] = []
        for await (const piece of incoming) body.push(piece)
        const headers = Object.fromEntries(
          ["content-type", "authorization"].map((name) => [name, String(incoming.headers[name])]),
        )
        const reply = await request(target + incoming.url, {
          method: "POST",
          headers,
          body: Buffer.concat(body),
        })
        await reply.body.dump()
        response.destroy()
      }
      onward()
      return true
    })
    target = opened.server.url
    const folder = await folderWith(["a.png", "b.png"])
    expect((await opened.through.push(folder)).items).toMatchObject({ done: 2, failed: 0 })
    expect(lost).toBe(true)
    expect(Object.keys(await contentsOf(opened))).toEqual(["/a.png#0", "/b.png#0"])
  })

  test("a file that changes while it is sent is not confirmed", async () => {
    const folder = await folderWith({ "grows.mp4": Buffer.alloc(100), "b.png": contentOf("b.png") })
    let grown = false
    const { through, call } = await openThrough((incoming) => {
      // Once its length has been told.
      if (!grown && incoming.method === "PUT" && incoming.headers["content-length"] === "100") {
        appendFileSync(join(folder, "grows.mp4"), "more")
        grown = true
      }
      return false
    })
    const report = await through.push(folder, { concurrency: 1 })
    expect(report.items).toMatchObject({ done: 1, failed: 1 })
    expect(report.problems[0]?.reason).toMatch(/grows\.mp4: was changed while it was sent/)
    expect(await contentsOf({ call })).toMatchObject({ "/grows.mp4": "uploading" })
  })

  test("bytes that arrive as others are not confirmed", async () => {
    const other = createHash("sha256").update("other").digest("base64")
    const { through, requests } = await openThrough((incoming, response) => {
      if (incoming.method !== "PUT") return false
      response.writeHead(200, { "x-amz-checksum-sha256": other }).end("{}")
      return true
    })
    const report = await through.push(await folderWith(["a.png"]))
    expect(report.items.failed).toBe(1)
    expect(report.problems[0]).toMatchObject({ stage: "upload", reason: expect.stringContaining(other) })
    expect(requestsFor(requests, "/confirm")).toEqual([])
  })

  test("items are blocked with the service's reasons, and one bad item does not take its chunk with it", async () => {
    const registered: string[][] = []
    const { through } = await openThrough((incoming, response) => {
      if (!incoming.url?.includes("register_upload")) return false
      const answer = async () => {
        const body: Buffer[] = []
        for await (const piece of incoming) body.push(piece)
        const { items } = JSON.parse(Buffer.concat(body).toString())
        const names: string[] = items.map((item: { name: string }) => item.name)
        registered.push(names)
        response.setHeader("content-type", "application/json")
        if (names.includes("bad.png")) {
          response.statusCode = 422
          return response.end(JSON.stringify({ errors: { name: ["is not nice"] } }))
        }
        const blocked = (reason: string) => (item: { slots: object[] }) => ({
          ...item,
          slots: item.slots.map((slot) => ({ ...slot, type: "image", reason })),
        })
        return response.end(
          JSON.stringify({
            items: [],
            // One of them is not spoken of at all.
            blocked_items: items
              .filter((item: { name: string }) => item.name !== "d.png")
              .map(blocked("ITEM_COUNT_LIMIT_EXCEEDED")),
          }),
        )
      }
      answer()
      return true
    })
    const report = await through.push(await folderWith(["a.png", "b.png", "bad.png", "c.png", "d.png"]))
    expect(report.items).toEqual({ done: 0, present: 0, blocked: 3, failed: 2 })
    const problems = Object.fromEntries(
      report.problems.map(({ item, kind, reason }) => [item, `${kind} ${reason}`]),
    )
    expect(problems).toMatchObject({
      "/a.png": "blocked ITEM_COUNT_LIMIT_EXCEEDED",
      "/bad.png": expect.stringContaining("is not nice"),
      "/d.png": expect.stringContaining("nothing of /d.png"),
    })
    expect(registered.at(-1)).not.toContain("bad.png")
  })

  test("an item that the service calls there, and whose upload never ended, is taken up again", async () => {
    let strict = true
    let target: EmptyDataset | undefined
    // A service that gives nothing out twice: what is registered is blocked from then on.
    const opened = await openThrough((incoming, response) => {
      if (!strict || !incoming.url?.includes("register_upload")) return false
      const answer = async () => {
        const { json } = (await target?.call("GET", "v2/teams/acme/items")) ?? { json: { items: [] } }
        response.setHeader("content-type", "application/json")
        response.end(
          JSON.stringify({
            items: [],
            blocked_items: json.items.map(({ id, name, path }: Record<string, string>) => ({
              id,
              name,
              path,
              slots: [{ slot_name: "0", file_name: name, type: "image", reason: "already_exists" }],
            })),
          }),
        )
      }
      answer()
      return true
    })
    target = opened
    const folder = await folderWith(["a.png", "b.png"])
    strict = false
    await opened.dataset.push(join(folder, "a.png"))
    await opened.call("POST", "v2/teams/acme/items/register_upload", {
      body: {
        dataset_slug: "street",
        items: [{ name: "b.png", path: "/", slots: [{ slot_name: "0", file_name: "b.png" }] }],
      },
    })
    strict = true
    expect((await opened.through.push(folder)).items).toEqual({ done: 1, present: 1, blocked: 0, failed: 0 })
    expect(await contentsOf(opened)).toEqual({
      "/a.png#0": digestOf(contentOf("a.png")),
      "/b.png#0": digestOf(contentOf("b.png")),
    })
  })

  test("goes on by its notes: nothing is registered twice, nothing that was confirmed is sent again", async () => {
    const { through, requests, call } = await openThrough(answering("PUT", "/uploads/", 418, "no", 2))
    const folder = await folderWith(["a.png", "b.png", "c.png", "d.png"])
    const files: PushFile[] = [
      { path: `${folder}/a.png` },
      {
        name: "pair",
        slots: [{ path: `${folder}/b.png` }, { path: `${folder}/c.png` }, { path: `${folder}/d.png` }],
      },
    ]
    const journal = join(folder, "notes")
    const first = await pipeline(files, pushTo(through, { journal, concurrency: 1 }))
    expect(first).toMatchObject({ items: { done: 0, failed: 2 }, files: 2 })
    requests.length = 0
    const second = await pipeline(files, pushTo(through, { journal, concurrency: 1 }))
    expect(second).toMatchObject({ items: { done: 2, failed: 0 }, files: 2 })
    expect(requestsFor(requests, "register_upload")).toEqual([])
    expect(requests.filter(({ method }) => method === "PUT")).toHaveLength(2)
    expect(Object.keys(await contentsOf({ call }))).toEqual(["/a.png#0", "/pair#0", "/pair#1", "/pair#2"])
  })

  test("registers anew what the service has forgotten", async () => {
    const { through, call } = await openThrough(answering("PUT", "/uploads/", 418, "no"))
    const folder = await folderWith(["a.png"])
    expect((await through.push(folder)).items.failed).toBe(1)
    const { json } = await call("GET", "v2/teams/acme/items")
    await call("DELETE", "v2/teams/acme/items", {
      body: { filters: { item_ids: [json.items[0].id], dataset_ids: [1] } },
    })
    expect((await through.push(folder)).items).toMatchObject({ done: 1 })
    expect(Object.keys(await contentsOf({ call }))).toEqual(["/a.png#0"])
  })
})
