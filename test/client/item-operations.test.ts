import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import {
  Client,
  type ItemFilters,
  type ItemSelection,
  type RemoteDataset,
  saveLogin,
} from "../../src/client/index.ts"
import type { RunEvent } from "../../src/events.ts"
import { type DarwinServer, type RequestRecord, type SeedItem, startServer } from "../../src/server/index.ts"
import { stubItem } from "../servers/darwin-stub.ts"
import { sendJson, startRecordingServer } from "../servers/recording-server.ts"
import { seedItem } from "../servers/seed-item.ts"

let directory: string
let server: DarwinServer
let client: Client
let beta: { readonly slug: string; readonly apiKey: string }
let requests: RequestRecord[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "item-operations-"))
  server = await startServer({
    dataDirectory: join(directory, "data"),
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
  beta = server.addTeam("Beta")
  const file = join(directory, "config.yaml")
  for (const { slug, apiKey } of [{ slug: server.team, apiKey: server.apiKey }, beta]) {
    saveLogin(file, { team: { slug, apiKey, datasetsDirectory: directory }, baseUrl: server.url })
  }
  client = Client.fromConfig(file)
})
afterAll(async () => {
  await client.close()
  await server.close()
  rmSync(directory, { recursive: true })
})

let datasets = 0

/** A dataset of its own for one test. */
async function datasetOf(items: readonly (string | SeedItem)[], team = server.team): Promise<RemoteDataset> {
  const dataset = `Set ${++datasets}`
  const seeds = items.map((item) => (typeof item === "string" ? seedItem(item) : item))
  const { slug } = await server.seed({ dataset, team, classes: [], items: seeds })
  const found = await client.getRemoteDataset(`${team}/${slug}`)
  requests = []
  return found
}

/** Full path and status of all items, sorted. */
async function stateOf(dataset: RemoteDataset): Promise<string[]> {
  const found: string[] = []
  for await (const { path, name, status } of dataset.items()) {
    found.push(`${path === "/" ? "" : path}/${name} ${status}`)
  }
  return found.sort()
}

/** What was asked for that may change something. */
const sent = () =>
  requests.filter(({ method }) => method !== "GET").map(({ method, url }) => `${method} ${url}`)

const pathsOf = (items: readonly { readonly fullPath: string }[]) => items.map(({ fullPath }) => fullPath)

const items = "/api/v2/teams/acme/items"
const odd = [
  "/a,b.png",
  "/[x]{y}.png",
  "/50% off & more=+.png",
  "/Straße/日本 語 🚗.png",
  "/é.png",
  "/e\u0301.png",
]

describe("what is done", () => {
  test("archive and restore, by full paths of all kinds", async () => {
    const dataset = await datasetOf(["/plain.png", ...odd])
    const report = await dataset.archive(odd)
    expect({ ...report, changed: pathsOf(report.changed) }).toEqual({
      dryRun: false,
      changed: odd,
      unchanged: [],
      refused: [],
      skipped: [],
    })
    expect(sent()).toEqual([`POST ${items}/archive`])
    expect(await stateOf(dataset)).toEqual(
      [...odd.map((path) => `${path} archived`), "/plain.png new"].sort(),
    )

    const archived = dataset.items({ statuses: ["archived"] })
    expect(pathsOf((await dataset.restore(archived)).changed).sort()).toEqual([...odd].sort())
    expect((await stateOf(dataset)).filter((state) => state.endsWith("archived"))).toEqual([])
  })

  test("items that are as wanted are told, and nothing is sent about them", async () => {
    const dataset = await datasetOf(["/a.png", "/b.png", seedItem("/c.png", "complete")])
    await dataset.archive(["/a.png"])
    requests = []
    for (const report of [
      await dataset.archive(["/a.png"]),
      await dataset.restore(["/b.png"]),
      await dataset.complete(["/c.png"]),
      await dataset.moveToFolder(["/b.png"], "/"),
      await dataset.setPriority(["/b.png"], 0),
    ]) {
      expect(report).toMatchObject({ changed: [], unchanged: [{}], refused: [] })
    }
    expect(sent()).toEqual([])
    const mixed = await dataset.archive(["/b.png", "/a.png"])
    expect([pathsOf(mixed.changed), pathsOf(mixed.unchanged)]).toEqual([["/b.png"], ["/a.png"]])
  })

  test("delete, after a dry run whose list can be handed back", async () => {
    const dataset = await datasetOf(["/a.png", "/b.png", "/c.png"])
    const plan = await dataset.delete(["/a.png", "/c.png"], { dryRun: true })
    expect(plan).toMatchObject({ dryRun: true, changed: [{ fullPath: "/a.png" }, { fullPath: "/c.png" }] })
    expect(sent()).toEqual([])
    await dataset.delete(plan.changed)
    expect(sent()).toEqual([`DELETE ${items}`])
    expect(await stateOf(dataset)).toEqual(["/b.png new"])
  })

  test("set status: through the stages, and to the archive", async () => {
    const dataset = await datasetOf(["/a.png"])
    for (const status of ["annotate", "review", "complete", "new", "archived"] as const) {
      expect((await dataset.setStatus(["/a.png"], status)).changed).toHaveLength(1)
      expect(await stateOf(dataset)).toEqual([`/a.png ${status}`])
    }
    const unknown = "done" as "complete"
    await expect(dataset.setStatus(["/a.png"], unknown)).rejects.toMatchObject({ code: "option" })
  })

  test("move to a stage by its name, its type or its id", async () => {
    const dataset = await datasetOf(["/a.png"])
    await dataset.moveToStage(["/a.png"], "Review")
    expect(await stateOf(dataset)).toEqual(["/a.png review"])
    await dataset.moveToStage(["/a.png"], "dataset")
    expect(await stateOf(dataset)).toEqual(["/a.png new"])
    const error: unknown = await dataset.moveToStage(["/a.png"], "Paint").catch((reason) => reason)
    expect(error).toMatchObject({ code: "option", option: "stage" })
    const [, id = ""] = /Annotate \(annotate, ([^)]+)\)/.exec(String(error)) ?? []
    await dataset.moveToStage(["/a.png"], id)
    expect(await stateOf(dataset)).toEqual(["/a.png annotate"])
  })

  test("move to a folder", async () => {
    const dataset = await datasetOf(["/a.png", "/x/b.png", "/x/c.png"])
    await dataset.moveToFolder(["/a.png", "/x/b.png"], "new/folder/")
    expect(await stateOf(dataset)).toEqual(["/new/folder/a.png new", "/new/folder/b.png new", "/x/c.png new"])
    await dataset.moveToFolder(["/new/folder/a.png"], "/")
    expect(await stateOf(dataset)).toContain("/a.png new")
    for (const folder of ["", "..", "/a/../b", "."]) {
      await expect(dataset.moveToFolder(["/a.png"], folder)).rejects.toMatchObject({ code: "option" })
    }
  })

  test("set priority", async () => {
    const dataset = await datasetOf(["/a.png", "/b.png"])
    await dataset.setPriority(["/b.png"], -3)
    const priorities: unknown[] = []
    for await (const { priority } of dataset.items({ sort: { filename: "asc" } })) priorities.push(priority)
    expect(priorities).toEqual([0, -3])
    await expect(dataset.setPriority(["/a.png"], 0.5)).rejects.toMatchObject({ code: "option" })
  })

  test("an item that is named twice, in several ways, counts once", async () => {
    const dataset = await datasetOf(["/a.png"])
    const [listed] = (await dataset.archive(["/a.png"], { dryRun: true })).changed
    const report = await dataset.archive(["/a.png", "a.png", "/a.png", { id: listed?.id ?? "" }])
    expect(report.changed).toHaveLength(1)
  })

  test("an empty list changes nothing and sends nothing", async () => {
    const dataset = await datasetOf(["/a.png"])
    const nothing = { changed: [], unchanged: [], refused: [], skipped: [] }
    expect(await dataset.archive([])).toMatchObject(nothing)
    expect(await dataset.delete([])).toMatchObject(nothing)
    expect(await dataset.delete(dataset.items({ itemNames: [] }))).toMatchObject(nothing)
    expect(await dataset.complete([])).toMatchObject(nothing)
    expect(sent()).toEqual([])
  })
})

describe("what is refused, before anything is sent", () => {
  const refusal = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => expect.unreachable("was not refused"),
      (error) => error,
    )

  test.each<[string, (dataset: RemoteDataset, selection: ItemSelection) => Promise<unknown>]>([
    ["archive", (dataset, selection) => dataset.archive(selection)],
    ["restore", (dataset, selection) => dataset.restore(selection)],
    ["delete", (dataset, selection) => dataset.delete(selection)],
    ["moveToFolder", (dataset, selection) => dataset.moveToFolder(selection, "/x")],
    ["moveToStage", (dataset, selection) => dataset.moveToStage(selection, "Review")],
    ["setStatus", (dataset, selection) => dataset.setStatus(selection, "complete")],
    ["setPriority", (dataset, selection) => dataset.setPriority(selection, 1)],
  ])("%s of names that are not there", async (_, call) => {
    const other = await datasetOf(["/theirs.png"])
    const [theirs] = (await other.archive(["/theirs.png"], { dryRun: true })).changed
    const dataset = await datasetOf(["/a.png", "/x/b.png", "/c,d.png"])
    const wrong = ["/b.png", "/A.png", "/c", "/x", "/x/", "", "/theirs.png"]
    const unknownId = "0190aaaa-0000-7000-8000-000000000001"
    const error = await refusal(call(dataset, ["/a.png", ...wrong, { id: unknownId }, theirs ?? "none"]))
    const rule = "is not in the dataset"
    expect(error).toMatchObject({
      code: "selection",
      problems: [...wrong, unknownId, "/theirs.png"].map((item) => ({ item, rule })),
    })
    expect(sent()).toEqual([])
    expect(await stateOf(dataset)).toEqual(["/a.png new", "/c,d.png new", "/x/b.png new"])
  })

  test("a live item and archived ones of its path: the live one is meant, but for deleting", async () => {
    const dataset = await datasetOf(["/a.png", "/x/a.png"])
    await dataset.archive(["/a.png"])
    await dataset.moveToFolder(["/x/a.png"], "/")
    requests = []
    expect(await refusal(dataset.delete(["/a.png"]))).toMatchObject({
      code: "selection",
      problems: [
        { item: "/a.png", rule: expect.stringMatching(/^may be any of \/a\.png \(.+\), \/a\.png \(.+\)$/) },
      ],
    })
    expect(await refusal(dataset.restore(["/a.png"]))).toMatchObject({
      problems: [{ item: "/a.png", rule: "another item stands at /a.png" }],
    })
    expect(sent()).toEqual([])

    await dataset.complete(["/a.png"])
    expect(await stateOf(dataset)).toEqual(["/a.png archived", "/a.png complete"])
    await dataset.delete(dataset.items({ statuses: ["archived"] }))
    expect(await stateOf(dataset)).toEqual(["/a.png complete"])
  })

  test("two archived ones of one path: which is meant cannot be told", async () => {
    const dataset = await datasetOf(["/a.png", "/x/a.png"])
    await dataset.archive(["/a.png"])
    await dataset.moveToFolder(["/x/a.png"], "/")
    await dataset.archive(["/a.png"])
    requests = []
    expect(await refusal(dataset.restore(["/a.png"]))).toMatchObject({ code: "selection" })
    const both = dataset.items({ statuses: ["archived"] })
    expect(await refusal(dataset.restore(both))).toMatchObject({
      problems: [{ rule: "another one of the selection would stand at /a.png, too" }, {}],
    })
    expect(sent()).toEqual([])
  })

  test("a folder that has an item of that name, or would get two", async () => {
    const dataset = await datasetOf(["/a.png", "/x/a.png", "/y/a.png", "/y/b.png"])
    expect(await refusal(dataset.moveToFolder(["/a.png", "/y/b.png"], "/x"))).toMatchObject({
      problems: [{ item: "/a.png", rule: "another item stands at /x/a.png" }],
    })
    expect(await refusal(dataset.moveToFolder(["/a.png", "/y/a.png"], "/z"))).toMatchObject({
      problems: [{ item: "/a.png" }, { item: "/y/a.png" }],
    })
    expect(sent()).toEqual([])
    const told = await dataset.moveToFolder(["/a.png", "/y/b.png"], "/x", { skipProblems: true })
    expect([pathsOf(told.changed), told.skipped.map(({ item }) => item)]).toEqual([["/y/b.png"], ["/a.png"]])
  })

  test("a stage for an archived item", async () => {
    const dataset = await datasetOf(["/a.png", "/b.png"])
    await dataset.archive(["/b.png"])
    requests = []
    expect(await refusal(dataset.complete(["/a.png", "/b.png"]))).toMatchObject({
      problems: [{ item: "/b.png", rule: "is archived: restore it first" }],
    })
    expect(sent()).toEqual([])
  })

  test("left out and told with skipProblems", async () => {
    const dataset = await datasetOf(["/a.png"])
    const events: RunEvent[] = []
    const skipped = [{ item: "/none.png", rule: "is not in the dataset" }]
    const report = await dataset.archive(["/none.png", "/a.png"], {
      skipProblems: true,
      onEvent: (event) => events.push(event),
    })
    expect(report).toMatchObject({ changed: [{ fullPath: "/a.png" }], skipped })
    expect(events).toEqual([
      { type: "skip", file: "/none.png", reason: "is not in the dataset" },
      { type: "start", task: "archive", total: 1 },
      { type: "file", task: "archive", path: "/a.png" },
      { type: "end", task: "archive" },
    ])
  })

  test("plain names, but where they are asked for and only one item has them", async () => {
    const dataset = await datasetOf(["/x/a.png", "/x/b.png", "/y/b.png", "/b"])
    expect(await refusal(dataset.archive(["a.png"]))).toMatchObject({ code: "selection" })
    const rule = expect.stringMatching(/^may be any of \/x\/b\.png \(.+\), \/y\/b\.png \(.+\)$/)
    expect(await refusal(dataset.archive(["a.png", "b.png"], { plainNames: true }))).toMatchObject({
      problems: [{ item: "b.png", rule }],
    })
    expect(sent()).toEqual([])
    const report = await dataset.archive(["a.png", "y/b.png"], { plainNames: true })
    expect(pathsOf(report.changed).sort()).toEqual(["/x/a.png", "/y/b.png"])
  })

  test("what is no selection", async () => {
    const dataset = await datasetOf(["/a"])
    for (const wrong of ["/a", undefined, null, {}, [3], [{}], [{ id: "" }], [null]]) {
      await expect(dataset.delete(wrong as unknown as ItemSelection)).rejects.toMatchObject({
        code: "option",
      })
    }
    expect(requests).toEqual([])
  })

  // As plain JavaScript may have it; such a filter once was as good as none, and `delete` took all items.
  test.each(["itemNames", "itemIds", "itemPaths", "statuses", "slotTypes"])(
    "all items, where %s is undefined",
    async (filter) => {
      const dataset = await datasetOf(["/a.png"])
      const filters = { [filter]: undefined } as ItemFilters
      await expect(async () => dataset.delete(dataset.items(filters))).rejects.toMatchObject({
        code: "option",
        option: filter,
      })
      expect(requests).toEqual([])
      expect(await stateOf(dataset)).toEqual(["/a.png new"])
    },
  )

  test("a stream of items that fails", async () => {
    const dataset = await datasetOf(["/a.png"])
    async function* failing() {
      yield "/a.png"
      throw new Error("no more of them")
    }
    await expect(dataset.delete(failing())).rejects.toThrow("no more of them")
    expect(sent()).toEqual([])
  })
})

describe("many items", () => {
  const long = Array.from({ length: 1_000 }, (_, at) => `/long/${at}${"n%é".repeat(30)}.png`)

  test("a thousand long names: one of them wrong, then stopped midway, then to the end", async () => {
    const dataset = await datasetOf(long)
    const wrong = [...long.slice(0, -1), `${long.at(-1)}x`]
    await expect(dataset.archive(wrong)).rejects.toMatchObject({ problems: [{ item: wrong.at(-1) }] })
    expect(sent()).toEqual([])

    const controller = new AbortController()
    const call = dataset.archive(long, {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === "file") controller.abort(new Error("enough"))
      },
    })
    await expect(call).rejects.toThrow("enough")
    expect(sent()).toEqual([`POST ${items}/archive`])

    const rest = await dataset.archive(long)
    expect([rest.changed.length, rest.unchanged.length]).toEqual([500, 500])
    expect(sent()).toHaveLength(2)
    expect(Math.max(...requests.map(({ url }) => server.url.length + url.length))).toBeLessThanOrEqual(6_000)
  })
})

test("two teams: each call carries the key of the dataset's team", async () => {
  const ours = await datasetOf(["/a.png"])
  const theirs = await datasetOf(["/a.png"], beta.slug)
  for (const dataset of [ours, theirs]) {
    await dataset.complete(["/a.png"])
    await dataset.archive(["/a.png"])
    await dataset.delete(["/a.png"])
  }
  const keys = new Map([
    [server.team, server.apiKey],
    [beta.slug, beta.apiKey],
  ])
  let named = 0
  for (const { url, headers } of requests) {
    const [, team = ""] = /^\/api\/v2\/teams\/([^/]+)\//.exec(url) ?? []
    if (team !== "") named++
    const expected = team === "" ? [...keys.values()] : [keys.get(team)]
    expect(expected.map((key) => `ApiKey ${key}`)).toContain(headers.authorization)
  }
  expect(named).toBe(requests.length - 2)
  // Ids of another team's items reach nothing.
  const [item] = (await (await datasetOf(["/b.png"])).archive(["/b.png"], { dryRun: true })).changed
  await expect(theirs.delete([item ?? "none"])).rejects.toMatchObject({ code: "selection" })
  expect(await stateOf(ours)).toEqual([])
})

describe("a service that says something else than was asked for", () => {
  /** Knows three items; what its actions answer and do is told. An act that gives false has no answer. */
  async function datasetWith(
    answer: unknown,
    act: (ids: string[]) => unknown = () => {},
    archived = new Set<string>(),
  ) {
    const known = ["a", "b", "c"]
    const stub = await startRecordingServer(({ method, url, body }, response) => {
      const { pathname, searchParams } = new URL(url, "http://stub")
      if (pathname.endsWith("/token_info")) return sendJson(response, { selected_team: { slug: "acme" } })
      if (pathname === "/api/datasets") return sendJson(response, [{ id: 7, name: "Signs", slug: "signs" }])
      if (method === "GET") {
        const wanted = new Set([...searchParams.getAll("item_names[]"), ...searchParams.getAll("item_ids[]")])
        const listed = known
          .filter((name) => wanted.has(name))
          .map((name) => stubItem(name, { id: name, path: "/", archived: archived.has(name) }))
        return sendJson(response, { items: listed, page: { next: null } })
      }
      if (act(JSON.parse(body.toString()).filters.item_ids) === false) response.destroy()
      else sendJson(response, answer)
    })
    const own = await Client.fromApiKey("AAAAAAA.0123456789abcdefghijklmnopqrstuv", { baseUrl: stub.url })
    onTestFinished(async () => {
      await own.close()
      await stub.close()
    })
    return { dataset: await own.getRemoteDataset("acme/signs"), stub }
  }

  test("requests hold the dataset and the ids, and no other filter", async () => {
    const { dataset, stub } = await datasetWith({ affected_item_count: 2 })
    await dataset.archive(["/a", "/c"])
    const { body } = stub.requests.at(-1) ?? {}
    expect(JSON.parse(String(body))).toEqual({ filters: { dataset_ids: [7], item_ids: ["a", "c"] } })
  })

  test("fewer: the items are looked at again, and those left are told", async () => {
    const archived = new Set<string>()
    const { dataset } = await datasetWith(
      { affected_item_count: 1 },
      ([first = ""]) => archived.add(first),
      archived,
    )
    const events: RunEvent[] = []
    const report = await dataset.archive(["/a", "/b"], { onEvent: (event) => events.push(event) })
    expect([pathsOf(report.changed), pathsOf(report.refused)]).toEqual([["/a"], ["/b"]])
    expect(events).toContainEqual({ type: "skip", file: "/b", reason: "the service left it as it was" })
  })

  test.each([[{ affected_item_count: 0 }], [{}], ["done"], [null]])(
    "%j, though all was done: what the items say counts",
    async (answer) => {
      const archived = new Set<string>()
      const act = (ids: string[]) => {
        for (const id of ids) archived.add(id)
      }
      const { dataset } = await datasetWith(answer, act, archived)
      expect(await dataset.archive(["/a", "/b"])).toMatchObject({ changed: [{}, {}], refused: [] })
    },
  )

  test("an answer that is lost: the request is made again, and what the items say counts", async () => {
    const archived = new Set<string>()
    let tries = 0
    const act = (ids: string[]) => {
      for (const id of ids) archived.add(id)
      return ++tries > 1
    }
    const { dataset, stub } = await datasetWith({ affected_item_count: 0 }, act, archived)
    expect(await dataset.archive(["/a", "/b"])).toMatchObject({ changed: [{}, {}], refused: [] })
    expect(stub.requests.filter(({ method }) => method === "POST")).toHaveLength(2)
  })

  test("more: an error", async () => {
    const { dataset } = await datasetWith({ affected_item_count: 3 })
    await expect(dataset.archive(["/a", "/b"])).rejects.toMatchObject({ code: "protocol" })
  })
})
