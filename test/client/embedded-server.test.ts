import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PNG } from "pngjs"
import { afterEach, beforeEach, expect, test } from "vitest"
import { Client, saveLogin } from "../../src/client/index.ts"
import { isError } from "../../src/errors.ts"
import { createHttp } from "../../src/http/index.ts"
import { type DarwinServer, type RequestRecord, type SeedItem, startServer } from "../../src/server/index.ts"

let directory: string
let server: DarwinServer
let requests: RequestRecord[]
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "embedded-"))
  requests = []
  server = await startServer({
    dataDirectory: join(directory, "data"),
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
  await server.close()
  rmSync(directory, { recursive: true })
})

async function openClient(apiKey = server.apiKey): Promise<Client> {
  const client = await Client.fromApiKey(apiKey, { baseUrl: server.url })
  open.push(client)
  return client
}

const picture = PNG.sync.write(new PNG({ width: 8, height: 6 }))

function seedItem(name: string, path: string, status: SeedItem["status"]): SeedItem {
  const slot = {
    slot_name: "0",
    type: "image",
    file_name: name,
    bytes: picture,
    width: 8,
    height: 6,
  } as const
  return { name, path, status, slots: [slot], annotations: [] }
}

const names = ["a, b.png", "c d.png", "é&=[].png", "plus+.png", "z.png"]

function seedSigns() {
  const items = names.map((name, at) =>
    seedItem(name, at < 2 ? "/" : "/deep/er", at < 4 ? "complete" : "new"),
  )
  return server.seed({ dataset: "Signs", classes: [], items })
}

test("a login is kept, and opens the datasets of its team", async () => {
  await seedSigns()
  const checked = await openClient()
  const file = join(directory, "home", "config.yaml")
  const team = { slug: checked.defaultTeam ?? "", apiKey: server.apiKey, datasetsDirectory: directory }
  saveLogin(file, { team, baseUrl: server.url })
  expect(statSync(file).mode & 0o777).toBe(0o600)

  const client = Client.fromConfig(file)
  open.push(client)
  const datasets = await client.listRemoteDatasets()
  expect(datasets.map(({ slug, itemCount, team }) => [team, slug, itemCount])).toEqual([["acme", "signs", 5]])
})

test("a key that the server did not give is Unauthorized, and is not in the message", async () => {
  const key = "AAAAAAA.0123456789abcdefghijklmnopqrstuv"
  const error: unknown = await Client.fromApiKey(key, { baseUrl: server.url }).catch((reason) => reason)
  expect(isError(error, "unauthorized")).toBe(true)
  expect(String(error)).not.toContain(key)
})

test("two teams in one client: each call carries its own team's key, and sees its own datasets", async () => {
  const beta = server.addTeam("Beta")
  const file = join(directory, "config.yaml")
  for (const { slug, apiKey } of [{ slug: server.team, apiKey: server.apiKey }, beta]) {
    saveLogin(file, { team: { slug, apiKey, datasetsDirectory: directory }, baseUrl: server.url })
  }
  const client = Client.fromConfig(file)
  open.push(client)
  await client.createDataset("Of acme")
  await client.createDataset("Of beta", { team: beta.slug })
  const dataset = await client.getRemoteDataset(`${beta.slug}/of-beta`)
  // Nothing of it is complete, so there is nothing to export.
  await expect(dataset.export("v1")).rejects.toMatchObject({ code: "validation", status: 422 })
  expect(await dataset.getReleases()).toEqual([])
  for await (const item of dataset.items()) expect.unreachable(item.name)
  await expect(client.getRemoteDataset("acme/of-beta")).rejects.toMatchObject({ code: "not-found" })

  const ofBeta = requests.filter(({ url }) => url.includes(`/teams/${beta.slug}/`))
  expect(ofBeta).toHaveLength(3)
  for (const { headers } of ofBeta) expect(headers.authorization).toBe(`ApiKey ${beta.apiKey}`)
})

test("a name that is there is NameTaken", async () => {
  const client = await openClient()
  const made = await client.createDataset("Kerb stones")
  expect(await client.getRemoteDataset(made.identifier)).toMatchObject({ id: made.id, itemCount: 0 })
  await expect(client.createDataset("Kerb stones")).rejects.toMatchObject({ code: "name-taken", status: 422 })
})

test("items come page by page, with the filters that were given", async () => {
  await seedSigns()
  const dataset = await (await openClient()).getRemoteDataset("acme/signs")
  const list = async (filters: Parameters<typeof dataset.items>[0]) => {
    const found: string[] = []
    for await (const item of dataset.items(filters)) found.push(item.name)
    return found.sort()
  }
  for (const pageSize of [1, 2, 4, 5, 500]) expect(await list({ pageSize })).toEqual([...names].sort())
  for (const name of names) expect(await list({ itemNames: [name] })).toEqual([name])
  expect(await list({ itemNames: names.slice(1, 3), pageSize: 1 })).toEqual(names.slice(1, 3).sort())
  expect(await list({ statuses: ["new"] })).toEqual(["z.png"])
  expect(await list({ itemPaths: ["/deep/er"], statuses: ["complete"] })).toEqual(names.slice(2, 4).sort())
  expect(await list({ itemNames: ["no such name"] })).toEqual([])

  const sorted: string[] = []
  for await (const item of dataset.items({ sort: { filename: "desc" }, pageSize: 2 })) sorted.push(item.name)
  expect(sorted).toEqual([...names].sort().reverse())
})

test("a release is asked for, made, listed and can be downloaded without the key", async () => {
  await seedSigns()
  const dataset = await (await openClient()).getRemoteDataset("acme/signs")
  expect(await dataset.getReleases()).toEqual([])
  await dataset.export("v1", { includeUrlToken: true, includeAuthorship: true, version: "2.0" })
  await server.idle()
  await dataset.export("v2")
  await server.idle()

  const releases = await dataset.getReleases()
  expect(
    releases.map(({ name, status, available, latest }) => ({ name, status, available, latest })),
  ).toEqual([
    { name: "v2", status: "complete", available: true, latest: true },
    { name: "v1", status: "complete", available: true, latest: false },
  ])
  const release = await dataset.getRelease()
  expect(release).toMatchObject({ name: "v2", imageCount: 4, format: "darwin_json_2" })
  await expect(dataset.export("v2")).rejects.toMatchObject({ status: 422 })
  await expect(dataset.getRelease("v3")).rejects.toMatchObject({ code: "not-found" })

  const http = createHttp()
  open.push(http)
  const archive = await http.exchange(release.downloadUrl ?? "", (reply) => reply.bytes())
  expect(archive.subarray(0, 2).toString()).toBe("PK")
  expect(requests.at(-1)?.headers).not.toHaveProperty("authorization")
})
