import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { Client } from "../../src/client/index.ts"
import { ConfigError, NameTaken, NotFound, ProtocolError, Unauthorized } from "../../src/errors.ts"
import { type StubTeam, startDarwinStub } from "../servers/darwin-stub.ts"
import { type RecordingServer, sendJson, startRecordingServer } from "../servers/recording-server.ts"

const acmeKey = "AAAAAAA.0123456789abcdefghijklmnopqrstuv"
const betaKey = "BBBBBBB.0123456789abcdefghijklmnopqrstuv"

const teams: Record<string, StubTeam> = {
  acme: {
    apiKey: acmeKey,
    datasets: [
      { id: 7, name: "Kerb stones", slug: "kerb-stones", num_items: 12, progress: 0.25 },
      {
        id: 8,
        name: "Signs",
        slug: "signs",
        num_items: null,
        num_images: 5,
        num_videos: 2,
        team_slug: "acme",
      },
    ],
  },
  beta: {
    apiKey: betaKey,
    datasets: [{ id: 20, name: "Signs", slug: "signs", num_items: 1, progress: null }],
  },
}

let directory: string
const open: { close(): Promise<void> }[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "client-"))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
  rmSync(directory, { recursive: true })
})

function keep<T extends { close(): Promise<void> }>(made: T): T {
  open.push(made)
  return made
}

async function stub(): Promise<RecordingServer> {
  return keep(await startDarwinStub(teams))
}

function configFile(server: RecordingServer, more = ""): string {
  const path = join(directory, "config.yaml")
  writeFileSync(
    path,
    `global:
  api_endpoint: ${server.url}/api/
  base_url: ${server.url}
${more}teams:
  acme:
    api_key: ${acmeKey}
    datasets_dir: ${directory}/acme
  beta:
    api_key: ${betaKey}
    datasets_dir: ${directory}/beta
`,
  )
  return path
}

const calls = ({ requests }: RecordingServer) =>
  requests.map(({ method, url, headers }) => [method, url, headers.authorization])

describe("from a configuration file", () => {
  test("every call carries its own team's key, whatever the default team", async () => {
    const server = await stub()
    const client = keep(Client.fromConfig(configFile(server, "  default_team: acme\n")))
    await client.listRemoteDatasets()
    await client.listRemoteDatasets({ team: "beta" })
    const dataset = await client.getRemoteDataset("beta/signs")
    await dataset.getReleases()
    await dataset.export("v1")
    for await (const _ of dataset.items()) break
    await client.createDataset("New", { team: "beta" })
    const acme = `ApiKey ${acmeKey}`
    const beta = `ApiKey ${betaKey}`
    expect(calls(server)).toEqual([
      ["GET", "/api/datasets", acme],
      ["GET", "/api/datasets", beta],
      ["GET", "/api/datasets", beta],
      ["GET", "/api/v2/teams/beta/datasets/signs/exports", beta],
      ["POST", "/api/v2/teams/beta/datasets/signs/exports", beta],
      [
        "GET",
        "/api/v2/teams/beta/items?page%5Bsize%5D=500&include_workflow_data=true&dataset_ids%5B%5D=20",
        beta,
      ],
      ["POST", "/api/datasets", beta],
    ])
  })

  test("datasets are told with their counts", async () => {
    const client = keep(Client.fromConfig(configFile(await stub()), { team: "acme" }))
    const [first, second] = await client.listRemoteDatasets()
    expect({ ...first }).toEqual({
      name: "Kerb stones",
      slug: "kerb-stones",
      team: "acme",
      id: 7,
      itemCount: 12,
      progress: 0.25,
      release: undefined,
    })
    expect(second).toMatchObject({ itemCount: 7, progress: 0 })
  })

  test("datasets go to the directory of their team", async () => {
    const client = keep(Client.fromConfig(configFile(await stub())))
    expect(client.session("acme").datasetsDirectory).toBe(`${directory}/acme`)
    expect(client.session("beta").datasetsDirectory).toBe(`${directory}/beta`)
  })

  test("without a default team, a call must name one of several", async () => {
    const client = keep(Client.fromConfig(configFile(await stub())))
    expect(client.defaultTeam).toBeUndefined()
    await expect(client.listRemoteDatasets()).rejects.toThrow(/global\/default_team: .* acme, beta/)
    await expect(client.getRemoteDataset("signs")).rejects.toBeInstanceOf(ConfigError)
    expect((await client.getRemoteDataset("acme/signs")).id).toBe(8)
  })

  test("the only team is the default one", async () => {
    const server = await stub()
    const path = join(directory, "one.yaml")
    writeFileSync(path, `global: { base_url: ${server.url} }\nteams: { beta: { api_key: ${betaKey} } }\n`)
    const client = keep(Client.fromConfig(path))
    expect(client.defaultTeam).toBe("beta")
    expect((await client.getRemoteDataset("signs")).id).toBe(20)
  })

  test("a team that the file does not hold cannot be made the default", async () => {
    const path = configFile(await stub())
    expect(() => Client.fromConfig(path, { team: "gamma" })).toThrow(`${path}: teams/gamma: is missing`)
  })

  test("a file that is missing is named", () => {
    const path = join(directory, "none.yaml")
    expect(() => Client.fromConfig(path)).toThrow(ConfigError)
    expect(() => Client.fromConfig(path)).toThrow(path)
  })
})

describe("from an API key", () => {
  test("the service tells the team", async () => {
    const server = await stub()
    const client = keep(
      await Client.fromApiKey(betaKey, { baseUrl: `${server.url}/`, datasetsDirectory: directory }),
    )
    expect(client.defaultTeam).toBe("beta")
    expect(client.session()).toMatchObject({ team: "beta", datasetsDirectory: directory })
    expect(calls(server)).toEqual([["GET", "/api/users/token_info", `ApiKey ${betaKey}`]])
    expect((await client.getRemoteDataset("signs")).team).toBe("beta")
  })

  test("one that the service does not know is Unauthorized", async () => {
    const server = await stub()
    await expect(Client.fromApiKey("wrong", { baseUrl: server.url })).rejects.toBeInstanceOf(Unauthorized)
  })

  test("keys are not printed along with a client, dataset or release", async () => {
    const server = await stub()
    const client = keep(await Client.fromApiKey(acmeKey, { baseUrl: server.url }))
    const dataset = await client.getRemoteDataset("signs")
    for (const printed of [inspect(client, { depth: 9, showHidden: true }), inspect(dataset, { depth: 9 })]) {
      expect(printed).not.toContain(acmeKey)
    }
    expect(JSON.stringify([client, dataset])).not.toContain(acmeKey)
  })
})

test("a guest sees open datasets, without a key", async () => {
  const server = await stub()
  const client = keep(Client.fromGuest({ baseUrl: server.url }))
  const dataset = await client.getRemoteDataset("community/open-set")
  expect(dataset).toMatchObject({ id: 9, itemCount: 3, team: "community" })
  expect(calls(server)).toEqual([["GET", "/api/community/open-set", undefined]])
  await expect(client.getRemoteDataset("open-set")).rejects.toBeInstanceOf(ConfigError)
  await expect(client.getRemoteDataset("acme/signs")).rejects.toBeInstanceOf(Unauthorized)
})

describe("getRemoteDataset", () => {
  test("keeps the release of the identifier", async () => {
    const server = await stub()
    const client = keep(await Client.fromApiKey(acmeKey, { baseUrl: server.url }))
    const dataset = await client.getRemoteDataset("acme/signs:v3")
    expect(dataset.release).toBe("v3")
    expect(dataset.identifier).toBe("acme/signs:v3")
  })

  test("a dataset that is not there is NotFound", async () => {
    const server = await stub()
    const client = keep(await Client.fromApiKey(acmeKey, { baseUrl: server.url }))
    const missing = client.getRemoteDataset("acme/roads")
    await expect(missing).rejects.toBeInstanceOf(NotFound)
    await expect(missing).rejects.toThrow("team acme has no dataset roads")
  })
})

describe("createDataset", () => {
  test("gives the new dataset", async () => {
    const server = await stub()
    const client = keep(await Client.fromApiKey(acmeKey, { baseUrl: server.url }))
    expect(await client.createDataset("Road works")).toMatchObject({
      id: 77,
      slug: "road-works",
      itemCount: 0,
    })
    expect(server.requests.at(-1)?.body.toString()).toBe('{"name":"Road works"}')
  })

  test("a name that is there is NameTaken", async () => {
    const server = await stub()
    const client = keep(await Client.fromApiKey(acmeKey, { baseUrl: server.url }))
    await expect(client.createDataset("Signs")).rejects.toBeInstanceOf(NameTaken)
    await expect(client.createDataset("")).rejects.toMatchObject({ code: "option" })
  })

  test("is not made twice when the connection breaks after it was made", async () => {
    const server = keep(await startRecordingServer((_, response) => void response.destroy()))
    const client = keep(Client.fromGuest({ baseUrl: server.url }))
    await expect(client.createDataset("Signs", { team: "acme" })).rejects.toMatchObject({ code: "network" })
    expect(server.requests).toHaveLength(1)
  })
})

test.each([
  [{}, /expected array/],
  [
    [
      { id: 7, name: "x", slug: "x" },
      { id: "8", name: "y", slug: "y" },
    ],
    /\[1\]\.id: /,
  ],
  [[{ id: 7, name: "x" }], /\[0\]\.slug: /],
])("an answer that cannot be right is told by its place: %j", async (answer, rule) => {
  const server = keep(await startRecordingServer((_, response) => sendJson(response, answer)))
  const client = keep(Client.fromGuest({ baseUrl: server.url }))
  const listing = client.listRemoteDatasets({ team: "acme" })
  await expect(listing).rejects.toBeInstanceOf(ProtocolError)
  await expect(listing).rejects.toThrow(rule)
})

test("an abort ends a call with its reason", async () => {
  const server = keep(await startRecordingServer(() => {}))
  const client = keep(Client.fromGuest({ baseUrl: server.url }))
  const stopping = new AbortController()
  const listing = client.listRemoteDatasets({ team: "acme", signal: stopping.signal })
  stopping.abort(new Error("enough"))
  await expect(listing).rejects.toBe(stopping.signal.reason)
})
