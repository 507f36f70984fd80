import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { findItems } from "../../src/api/find-items.ts"
import type { Session } from "../../src/api/session.ts"
import { Client, type RemoteDataset } from "../../src/client/index.ts"
import { type DarwinServer, type RequestRecord, startServer } from "../../src/server/index.ts"
import { stubItem } from "../servers/darwin-stub.ts"
import { sendJson, startRecordingServer } from "../servers/recording-server.ts"
import { seedItem } from "../servers/seed-item.ts"

const many = Array.from(
  { length: 1_000 },
  (_, at) => `/long/${String(at).padStart(4, "0")}${"é%".repeat(40)}.png`,
)
const odd = [
  "/a.png",
  "/a,b.png",
  "/a",
  "/street/a.png",
  "/street/deep/er/a.png",
  "/[x]{y}.png",
  "/50% off & more=+.png",
  "/Straße/日本 語 🚗.png",
  "/é.png", // as one character
  "/e\u0301.png", // as two
  "/?#.png",
]

let directory: string
let server: DarwinServer
let client: Client
let dataset: RemoteDataset
let requests: RequestRecord[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "find-items-"))
  server = await startServer({
    dataDirectory: directory,
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
  await server.seed({ dataset: "Signs", classes: [], items: [...odd, ...many].map((path) => seedItem(path)) })
  await server.seed({ dataset: "Others", classes: [], items: [seedItem("/a.png"), seedItem("/else.png")] })
  client = await Client.fromApiKey(server.apiKey, { baseUrl: server.url })
  dataset = await client.getRemoteDataset("acme/signs")
})
afterAll(async () => {
  await client.close()
  await server.close()
  rmSync(directory, { recursive: true })
})
beforeEach(() => {
  requests = []
})

const find = (paths: readonly string[], context = {}) =>
  findItems(dataset.session, dataset.id, paths, context)

describe("on the embedded server", () => {
  test("finds by folder and name, character by character, and keeps the order", async () => {
    const asked = [...odd].reverse()
    const found = await find(asked)
    expect([...found.keys()]).toEqual(asked)
    for (const [path, items] of found) {
      expect(items.map(({ path, name }) => `${path === "/" ? "" : path}/${name}`)).toEqual([path])
    }
    expect(requests).toHaveLength(1)
  })

  test("what is not there has no items: another folder, another case, another dataset, a folder", async () => {
    const absent = ["/deep/a.png", "/A.PNG", "/else.png", "/street", "/street/", "/", "", "/b.png", "/a/"]
    expect(await find(absent)).toEqual(new Map(absent.map((path) => [path, []])))
  })

  test("a missing or doubled slash does not matter, and every spelling is answered", async () => {
    const found = await find(["street/a.png", "/street//a.png", "/street/a.png"])
    const ids = [...found.values()].map((items) => items.map(({ id }) => id))
    expect(ids[0]).toHaveLength(1)
    expect(ids).toEqual([ids[0], ids[0], ids[0]])
  })

  test("a thousand long names go in addresses of bounded length", async () => {
    const found = await find([...many, "/long/no such.png"])
    expect(found.size).toBe(1_001)
    for (const path of many) expect(found.get(path)).toHaveLength(1)
    expect(found.get("/long/no such.png")).toEqual([])
    expect(Math.max(...requests.map(({ url }) => server.url.length + url.length))).toBeLessThanOrEqual(6_000)
    for (const { url } of requests) expect(namesIn(url).length).toBeLessThanOrEqual(100)
  })

  test("nothing is asked for where nothing is wanted", async () => {
    expect(await find([])).toEqual(new Map())
    expect(await find(["/", ""])).toEqual(
      new Map([
        ["/", []],
        ["", []],
      ]),
    )
    expect(requests).toEqual([])
  })

  test("an abort ends it before the next request", async () => {
    const controller = new AbortController()
    controller.abort(new Error("enough"))
    await expect(find(many, { signal: controller.signal })).rejects.toThrow("enough")
    expect(requests).toEqual([])
  })
})

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

interface StrictServer {
  readonly session: Session
  /** How many names each request that was answered asked for. */
  readonly answered: number[]
  /** The same of the requests that were refused. */
  readonly refused: number[]
}

/** A server that refuses addresses beyond a length, gives pages of two, and knows items of every name asked for. */
async function startStrict(
  maxCharacters: number,
  status: number,
  folders: readonly string[] = ["/"],
): Promise<StrictServer> {
  const answered: number[] = []
  const refused: number[] = []
  const strict = await startRecordingServer(({ url }, response) => {
    const names = namesIn(url)
    if (url.length > maxCharacters) {
      refused.push(names.length)
      return sendJson(response, { errors: "too long" }, status)
    }
    const from = Number(new URL(url, "http://x").searchParams.get("page[from]") ?? 0)
    if (from === 0) answered.push(names.length)
    const items = names.flatMap((name) =>
      folders.map((path) => stubItem(name, { path, id: `${path}:${name}` })),
    )
    const next = from + 2 < items.length ? String(from + 2) : null
    sendJson(response, { items: items.slice(from, from + 2), page: { next } })
  })
  open.push(strict)
  return { session: { ...dataset.session, apiEndpoint: `${strict.url}/api/` }, answered, refused }
}

describe("on servers that take less", () => {
  const names = Array.from({ length: 64 }, (_, at) => `/${"n".repeat(30)}${at}`)

  test.each([413, 414, 431])("%i halves the batch, and it stays that small", async (status) => {
    const { session, answered, refused } = await startStrict(1_000, status)
    const found = await findItems(session, 7, names)
    for (const name of names) expect(found.get(name)).toHaveLength(1)
    expect(answered.reduce((sum, count) => sum + count, 0)).toBe(64)
    expect(refused).toEqual([64, 32])
  })

  test("a single name that is refused is an error", async () => {
    const { session, refused } = await startStrict(100, 414)
    await expect(findItems(session, 7, names)).rejects.toMatchObject({ code: "payload-too-large" })
    expect(refused.at(-1)).toBe(1)
  })

  test("all pages are read, and items of other folders are left out", async () => {
    const { session } = await startStrict(10_000, 414, ["/", "/x", "/y", "/z"])
    const found = await findItems(session, 7, ["/x/a", "/z/a", "/b"])
    expect([...found].map(([path, items]) => [path, items.map(({ id }) => id)])).toEqual([
      ["/x/a", ["/x:a"]],
      ["/z/a", ["/z:a"]],
      ["/b", ["/:b"]],
    ])
  })

  test("several items of one path all come; one that is listed twice comes once", async () => {
    const { session } = await startStrict(10_000, 414, ["/x", "/x", "/x/"])
    const found = await findItems(session, 7, ["/x/a"])
    expect(found.get("/x/a")?.map(({ id }) => id)).toEqual(["/x:a", "/x/:a"])
  })
})

function namesIn(url: string): string[] {
  return new URL(url, "http://x").searchParams.getAll("item_names[]")
}
