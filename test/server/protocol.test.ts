import { request as rawRequest } from "node:http"
import { deflateSync } from "node:zlib"

import { describe, expect, test } from "vitest"

import { callerOf, start } from "./support.ts"

describe("keys", () => {
  test("have the form that clients check, and stay the same after a restart", async () => {
    const first = await start()
    expect(first.server.apiKey).toMatch(/^[A-Za-z0-9]{7}\.[A-Za-z0-9_-]{32}$/)
    await first.server.close()
    const second = await start({ dataDirectory: first.directory })
    expect(second.server.apiKey).toBe(first.server.apiKey)
    expect((await second.call("GET", "users/token_info")).json.selected_team.slug).toBe("acme")
  })

  test("of a team whose name is not its slug are found again", async () => {
    const first = await start({ team: "Straße & Söhne" })
    expect(first.server.team).toBe("stra-e-sohne")
    await first.server.close()
    const second = await start({ team: "Straße & Söhne", dataDirectory: first.directory })
    expect([second.server.team, second.server.apiKey]).toEqual([first.server.team, first.server.apiKey])
  })

  test("may be given", async () => {
    const { call } = await start({ apiKey: "ABCDEFG.0123456789abcdefghijklmnopqrstuv" })
    const reply = await call("GET", "users/token_info", { key: "ABCDEFG.0123456789abcdefghijklmnopqrstuv" })
    expect(reply.status).toBe(200)
  })

  test("are needed, and a wrong one is refused", async () => {
    const { call } = await start()
    for (const key of [null, "ABCDEFG.0123456789abcdefghijklmnopqrstuv"]) {
      const reply = await call("GET", "datasets", { key })
      expect(reply.status).toBe(401)
      expect(reply.json.errors.code).toBe("UNAUTHENTICATED")
    }
  })

  test("open their own team and nothing of another", async () => {
    const { server, call } = await start()
    const other = server.addTeam("Beta Works")
    expect(other.slug).toBe("beta-works")
    const made = await call("POST", "datasets", { body: { name: "Kerb stones" } })
    const otherCall = callerOf({ url: server.url, apiKey: other.apiKey })
    expect((await otherCall("GET", "datasets")).json).toEqual([])
    expect((await otherCall("GET", `datasets/${made.json.id}`)).status).toBe(404)
    expect((await otherCall("GET", "v2/teams/acme/items")).status).toBe(403)
    expect((await otherCall("GET", "acme/kerb-stones")).status).toBe(404)
    expect((await otherCall("GET", "v2/teams/beta-works/items?dataset_ids[]=1")).json.items).toEqual([])
    expect((await otherCall("POST", "datasets", { body: { name: "Kerb stones" } })).status).toBe(201)
  })

  test("a watcher sees where they went", async () => {
    const seen: string[] = []
    const { call, server } = await start({
      onRequest: ({ method, url, headers }) => seen.push(`${method} ${url} ${headers.authorization}`),
    })
    await call("GET", "datasets")
    expect(seen).toEqual([`GET /api/datasets ApiKey ${server.apiKey}`])
  })
})

describe("requests", () => {
  test("may have slashes too many", async () => {
    const { call, server } = await start()
    expect((await call("GET", "teams/acme/")).json.slug).toBe("acme")
    expect((await call("GET", `${server.url}//api/datasets`)).json).toEqual([])
  })

  test("may have bodies that are empty, packed, or on a DELETE", async () => {
    const { call } = await start()
    const empty = await call("POST", "datasets", { raw: "" })
    expect(empty.status).toBe(422)
    expect(empty.json.errors.name).toBeDefined()
    const packed = await call("POST", "datasets", {
      raw: deflateSync(JSON.stringify({ name: "Packed" })),
      headers: { "x-darwin-payload-compression-version": "1" },
    })
    expect([packed.status, packed.json.name]).toEqual([201, "Packed"])
    const deleted = await call("DELETE", "v2/teams/acme/items", { body: { filters: { item_ids: ["none"] } } })
    expect([deleted.status, deleted.json]).toEqual([200, { affected_item_count: 0 }])
  })

  test("that cannot be read are refused in JSON", async () => {
    const { call } = await start()
    const broken = await call("POST", "datasets", { raw: "{" })
    expect([broken.status, Object.keys(broken.json)]).toEqual([400, ["errors"]])
    const unpackable = await call("POST", "datasets", {
      raw: "{}",
      headers: { "x-darwin-payload-compression-version": "1" },
    })
    expect(unpackable.status).toBe(400)
    const missing = await call("GET", "v2/teams/acme/nothing")
    expect([missing.status, missing.json.errors.code]).toEqual([404, "NOT_FOUND"])
  })

  test("with a very long address are answered, and beyond the limit with 413", async () => {
    const { call, server } = await start()
    const name = "n".repeat(400)
    const query = Array.from({ length: 100 }, () => `item_names%5B%5D=${name}`).join("&")
    expect(query.length).toBeGreaterThan(40_000)
    expect((await call("GET", `v2/teams/acme/items?${query}`)).json.items).toEqual([])
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = rawRequest(
        `${server.url}/api/v2/teams/acme/items?item_names=${"n".repeat(200_000)}`,
        (reply) => {
          resolve(reply.statusCode)
          reply.resume()
        },
      )
      sent.on("error", reject)
      sent.end()
    })
    expect(status).toBe(413)
  })

  test("of 32 MB are taken, larger ones read to their end and answered with 413", async () => {
    const { call } = await start()
    const body = (size: number) => `{"name": "Large", "more": "${"x".repeat(size)}"}`
    expect((await call("POST", "datasets", { raw: body(32_000_000) })).status).toBe(201)
    const refused = await call("POST", "datasets", { raw: body(40_000_000) })
    expect([refused.status, Object.keys(refused.json.errors)]).toEqual([413, ["body"]])
    const bomb = await call("POST", "datasets", {
      raw: deflateSync(body(40_000_000)),
      headers: { "x-darwin-payload-compression-version": "1" },
    })
    expect(bomb.status).toBe(413)
  })
})

test("the OpenAPI document describes the routes from their schemas", async () => {
  const { call } = await start()
  const { json } = await call("GET", "openapi.json", { key: null })
  expect(json.openapi).toBe("3.1.0")
  const items = json.paths["/api/v2/teams/{team}/items"]
  expect(Object.keys(items).sort()).toEqual(["delete", "get"])
  expect(items.get.parameters.map((parameter: { name: string }) => parameter.name)).toContain("item_names[]")
  const created = json.paths["/api/datasets"].post.responses["201"].content["application/json"].schema
  expect(created.properties.slug).toEqual({ type: "string" })
  const threads = json.paths["/api/v2/teams/{team}/items/{id}/comment_threads"]
  expect(Object.keys(threads).sort()).toEqual(["get", "post"])
  const imported = json.paths["/api/v2/teams/{team}/items/{id}/import"].post.requestBody
  expect(Object.keys(imported.content["application/json"].schema.properties)).toContain("annotations")
  expect(Object.keys(json.paths).length).toBeGreaterThan(36)
})

test("pages that clients print the addresses of are there", async () => {
  const { call, server } = await start()
  for (const path of ["/", "/datasets/7", "/workview?dataset=7&item=0190aaaa"]) {
    const reply = await call("GET", `${server.url}${path}`, { key: null })
    expect(reply.status).toBe(200)
    expect(reply.headers["content-type"]).toMatch(/^text\/html/)
  }
})
