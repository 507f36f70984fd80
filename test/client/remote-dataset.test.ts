import { inspect } from "node:util"
import { afterEach, describe, expect, test } from "vitest"
import { Client, type ItemFilters, type RemoteDataset } from "../../src/client/index.ts"
import { NotFound, OptionError, ProtocolError } from "../../src/errors.ts"
import { type StubTeam, startDarwinStub, stubExport, stubItem } from "../servers/darwin-stub.ts"
import type { RecordingServer } from "../servers/recording-server.ts"

const apiKey = "AAAAAAA.0123456789abcdefghijklmnopqrstuv"

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function datasetOf(
  team: Partial<StubTeam>,
  identifier = "acme/signs",
): Promise<{ dataset: RemoteDataset; server: RecordingServer }> {
  const datasets = [{ id: 7, name: "Signs", slug: "signs" }]
  const server = await startDarwinStub({ acme: { apiKey, datasets, ...team } })
  const client = await Client.fromApiKey(apiKey, { baseUrl: server.url })
  open.push(client, server)
  return { dataset: await client.getRemoteDataset(identifier), server }
}

const exportsOf = (...releases: Record<string, unknown>[]) => ({ exports: { signs: releases } })

describe("getReleases", () => {
  const releases = exportsOf(
    stubExport("a", { version: 1, inserted_at: "2026-01-01T00:00:00Z" }),
    stubExport("c", { version: 3, inserted_at: "2026-03-01T02:00:00+02:00", latest: true }),
    stubExport("d", {
      version: 4,
      inserted_at: "2026-03-01T00:00:01",
      download_url: null,
      status: "pending",
      latest: true,
    }),
    stubExport("b", { version: "2", inserted_at: "2026-03-01T00:00:00.000Z" }),
  )

  test("most recent first, those that can be downloaded", async () => {
    const { dataset } = await datasetOf(releases)
    expect((await dataset.getReleases()).map(({ name }) => name)).toEqual(["c", "b", "a"])
  })

  test("all of them", async () => {
    const { dataset } = await datasetOf(releases)
    const all = await dataset.getReleases({ includeUnavailable: true })
    expect(all.map(({ name, available, latest }) => [name, available, latest])).toEqual([
      ["d", false, false],
      ["c", true, true],
      ["b", true, false],
      ["a", true, false],
    ])
  })

  test("a release knows what the service tells", async () => {
    const { dataset } = await datasetOf(releases)
    const [release] = await dataset.getReleases()
    expect({ ...release }).toEqual({
      dataset,
      name: "c",
      version: 3,
      status: "complete",
      latest: true,
      available: true,
      exportedAt: new Date("2026-03-01T00:00:00Z"),
      imageCount: 3,
      classCount: 2,
      format: "darwin_json_2",
    })
    expect(release?.identifier).toBe("acme/signs:c")
    expect(release?.downloadUrl).toBe("https://storage.example/c.zip?token=s3cret")
    expect(inspect(release, { depth: 9 }) + JSON.stringify({ ...release, dataset: 0 })).not.toContain(
      "s3cret",
    )
  })

  test("none where the dataset was never exported", async () => {
    const { dataset } = await datasetOf({})
    expect(await dataset.getReleases()).toEqual([])
  })

  test("a status of its own does not break the list", async () => {
    const { dataset } = await datasetOf(exportsOf(stubExport("x", { status: "archiving" })))
    expect((await dataset.getReleases())[0]).toMatchObject({ status: "archiving" })
  })

  test("what cannot be right is told by its place", async () => {
    const { dataset } = await datasetOf(
      exportsOf(stubExport("x"), stubExport("y", { inserted_at: "yesterday" })),
    )
    const listing = dataset.getReleases()
    await expect(listing).rejects.toBeInstanceOf(ProtocolError)
    await expect(listing).rejects.toThrow("[1].inserted_at: expected a date and time")
  })
})

describe("getRelease", () => {
  const old = stubExport("old", { inserted_at: "2026-01-01T00:00:00Z" })
  const flagged = stubExport("flagged", { inserted_at: "2026-02-01T00:00:00Z", latest: true })
  const newer = stubExport("newer", { inserted_at: "2026-03-01T00:00:00Z" })
  const pending = stubExport("pending", { inserted_at: "2026-04-01T00:00:00Z", download_url: null })

  test("the one that is flagged is the latest", async () => {
    const { dataset } = await datasetOf(exportsOf(old, flagged, newer, pending))
    expect((await dataset.getRelease()).name).toBe("flagged")
    expect((await dataset.getRelease("latest")).name).toBe("flagged")
  })

  test("where none is flagged, the most recent one available is", async () => {
    const { dataset } = await datasetOf(exportsOf(old, newer, pending))
    expect((await dataset.getRelease()).name).toBe("newer")
  })

  test("with those not available, the most recent of all", async () => {
    const { dataset } = await datasetOf(exportsOf(old, flagged, newer, pending))
    expect((await dataset.getRelease("latest", { includeUnavailable: true })).name).toBe("pending")
  })

  test("by name, available or not", async () => {
    const { dataset } = await datasetOf(exportsOf(old, pending))
    expect((await dataset.getRelease("old")).available).toBe(true)
    expect((await dataset.getRelease("pending")).available).toBe(false)
  })

  test("the identifier's release stands for the latest", async () => {
    const { dataset } = await datasetOf(exportsOf(old, flagged), "acme/signs:old")
    expect((await dataset.getRelease()).name).toBe("old")
    expect((await dataset.getRelease("flagged")).name).toBe("flagged")
  })

  test("one that is not there is NotFound", async () => {
    const { dataset } = await datasetOf(exportsOf(old))
    await expect(dataset.getRelease("v9")).rejects.toBeInstanceOf(NotFound)
    await expect(dataset.getRelease("v9")).rejects.toThrow('acme/signs has no release "v9"')
    const { dataset: empty } = await datasetOf(exportsOf(pending))
    await expect(empty.getRelease()).rejects.toThrow("acme/signs has no release that is available")
  })
})

describe("export", () => {
  const sent = ({ requests }: RecordingServer) => JSON.parse(requests.at(-1)?.body.toString() ?? "")

  test("asks for all classes by default", async () => {
    const { dataset, server } = await datasetOf({})
    await dataset.export("v1")
    expect(sent(server)).toEqual({
      name: "v1",
      include_authorship: false,
      include_export_token: false,
      annotation_filters: {},
    })
  })

  test("asks for what the options say", async () => {
    const { dataset, server } = await datasetOf({})
    await dataset.export("v1", {
      annotationClassIds: [41, 42],
      includeUrlToken: true,
      includeAuthorship: true,
      version: "2.0",
    })
    expect(sent(server)).toEqual({
      name: "v1",
      include_authorship: true,
      include_export_token: true,
      annotation_filters: {},
      format: "darwin_json_2",
      filters: { annotation_class_ids: [41, 42] },
    })
    await dataset.export("v1", { version: "1.0" })
    expect(sent(server).format).toBe("json")
  })

  test.each([
    ["", {}],
    ["v1", { annotationClassIds: [] }],
    ["v1", { annotationClassIds: [1.5] }],
    ["v1", { version: "3.0" as "2.0" }],
  ])("%j %j is refused before it is asked", async (name, options) => {
    const { dataset, server } = await datasetOf({})
    const before = server.requests.length
    await expect(dataset.export(name, options)).rejects.toBeInstanceOf(OptionError)
    expect(server.requests).toHaveLength(before)
  })
})

describe("items", () => {
  const pages = [[stubItem("a"), stubItem("b")], [stubItem("c", { seq: 3 })], [stubItem("d")]]
  const listed = ({ requests }: RecordingServer) => requests.filter(({ url }) => url.includes("/items"))

  test("come from all pages, one page after another as they are needed", async () => {
    const { dataset, server } = await datasetOf({ pages })
    const items = dataset.items()
    expect(listed(server)).toHaveLength(0)
    const asked: [string, number][] = []
    for await (const item of items) asked.push([item.name, listed(server).length])
    expect(asked).toEqual([
      ["a", 1],
      ["b", 1],
      ["c", 2],
      ["d", 3],
    ])
    expect(new URL(listed(server)[1]?.url ?? "", "http://x").searchParams.get("page[from]")).toBe("after-1")
  })

  test("can be listed again, and keep keys that we do not know", async () => {
    const { dataset } = await datasetOf({ pages })
    const items = dataset.items()
    for (let round = 0; round < 2; round++) {
      const all: unknown[] = []
      for await (const item of items) all.push(item)
      expect(all).toEqual(pages.flat())
    }
  })

  test("filters go as lists, whatever their values hold", async () => {
    const { dataset, server } = await datasetOf({ pages })
    const filters: ItemFilters = {
      itemNames: ["a, b.png", "ü&=[].png"],
      statuses: ["new"],
      itemIds: ["1"],
      slotTypes: ["image"],
      itemPaths: ["/x y"],
      sort: { updated_at: "desc", filename: "asc" },
      pageSize: 2,
    }
    for await (const _ of dataset.items(filters)) break
    const { searchParams } = new URL(listed(server)[0]?.url ?? "", "http://x")
    expect([...searchParams]).toEqual([
      ["item_names[]", "a, b.png"],
      ["item_names[]", "ü&=[].png"],
      ["statuses[]", "new"],
      ["item_ids[]", "1"],
      ["slot_types[]", "image"],
      ["item_paths[]", "/x y"],
      ["sort[updated_at]", "desc"],
      ["sort[filename]", "asc"],
      ["page[size]", "2"],
      ["include_workflow_data", "true"],
      ["dataset_ids[]", "7"],
    ])
  })

  test("an empty list matches nothing and asks nothing", async () => {
    const { dataset, server } = await datasetOf({ pages })
    for await (const item of dataset.items({ itemIds: [] })) expect.unreachable(item.name)
    expect(listed(server)).toHaveLength(0)
  })

  test.each([
    [{ path: ["/a"] }, /path: is not a filter/],
    [{ constructor: ["x"] }, /constructor: is not a filter/],
    [{ statuses: "new" }, /statuses: must be a list/],
    [{ itemIds: [1] }, /itemIds: must be a list/],
    [{ itemNames: undefined }, /itemNames: is undefined/],
    [{ itemNames: ["a.png"], statuses: undefined }, /statuses: is undefined/],
    [{ itemNaems: undefined }, /itemNaems: is not a filter/],
    [{ sort: { size: "asc" } }, /sort: there is no size/],
    [{ sort: { filename: "up" } }, /sort: filename must be/],
    [{ pageSize: 501 }, /pageSize/],
    [{ pageSize: 0 }, /pageSize/],
  ])("%j is refused at once", async (filters, rule) => {
    const { dataset } = await datasetOf({ pages })
    expect(() => dataset.items(filters as ItemFilters)).toThrow(OptionError)
    expect(() => dataset.items(filters as ItemFilters)).toThrow(rule)
  })

  test.each([[["after-1", "after-1", null]], [["after-1", "after-2", "after-1"]]])(
    "a server that repeats a cursor is found out: %j",
    async (cursors) => {
      const { dataset } = await datasetOf({ pages, cursors })
      const names: string[] = []
      const listing = (async () => {
        for await (const item of dataset.items()) names.push(item.name)
      })()
      await expect(listing).rejects.toBeInstanceOf(ProtocolError)
      await expect(listing).rejects.toThrow('page.next: "after-1" comes again')
      expect(names.length).toBeLessThanOrEqual(4)
    },
  )

  test("an item that cannot be right is told by its place", async () => {
    const { dataset } = await datasetOf({ pages: [[stubItem("a"), stubItem("b", { slots: null })]] })
    await expect(dataset.items()[Symbol.asyncIterator]().next()).rejects.toThrow("items[1].slots: ")
  })

  test("an abort ends the listing with its reason", async () => {
    const { dataset } = await datasetOf({ pages })
    const stopping = new AbortController()
    const reason = new Error("enough")
    const items = dataset.items()[Symbol.asyncIterator]({ signal: stopping.signal })
    await items.next()
    stopping.abort(reason)
    await expect(items.next()).rejects.toBe(reason)
  })
})
