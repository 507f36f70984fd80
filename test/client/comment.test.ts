import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Client, type RemoteDataset } from "../../src/client/index.ts"
import { type DarwinServer, type RequestRecord, startServer } from "../../src/server/index.ts"
import { seedItem } from "../servers/seed-item.ts"

const box = { x: 1, y: 2, w: 3, h: 4.5 }

let directory: string
let server: DarwinServer
let client: Client
let dataset: RemoteDataset
const requests: RequestRecord[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "comment-"))
  server = await startServer({
    dataDirectory: directory,
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
  const several = seedItem("/x/several.png")
  const slots = ["left", "right"].flatMap((slot_name) =>
    several.slots.map((slot) => ({ ...slot, slot_name })),
  )
  await server.seed({ dataset: "Signs", classes: [], items: [seedItem("/a, b.png"), { ...several, slots }] })
  client = await Client.fromApiKey(server.apiKey, { baseUrl: server.url })
  dataset = await client.getRemoteDataset("acme/signs")
})
afterAll(async () => {
  await client.close()
  await server.close()
  rmSync(directory, { recursive: true })
})

const posted = () => requests.filter(({ method }) => method === "POST")

async function threadsOf(name: string): Promise<unknown> {
  for await (const { id } of dataset.items({ itemNames: [name] })) {
    const url = `${server.url}/api/v2/teams/acme/items/${id}/comment_threads`
    return (await fetch(url, { headers: { authorization: `ApiKey ${server.apiKey}` } })).json()
  }
  return undefined
}

test("what is wrong is told before anything is sent", async () => {
  const text = "Is this a sign?"
  for (const call of [
    dataset.comment("/a, b.png", { text: "", box }),
    dataset.comment("/a, b.png", { text, box: { ...box, w: -1 } }),
    dataset.comment("/a, b.png", { text, box: { ...box, x: Number.NaN } }),
    dataset.comment("/a, b.png", { text, box, slot: "1" }),
    dataset.comment("/x/several.png", { text, box }),
  ]) {
    await expect(call).rejects.toMatchObject({ code: "option" })
  }
  await expect(dataset.comment("/a", { text, box })).rejects.toMatchObject({ code: "selection" })
  expect(posted()).toEqual([])
})

test("a comment stands at its place, in the only slot or in the one that is named", async () => {
  await dataset.comment("/a, b.png", { text: "Is this a sign?", box })
  await dataset.comment("/x/several.png", { text: "Two of them", box, slot: "right" })
  expect(await threadsOf("a, b.png")).toMatchObject([
    { slot_name: "0", bounding_box: box, comments: [{ body: "Is this a sign?" }] },
  ])
  expect(await threadsOf("several.png")).toMatchObject([
    { slot_name: "right", comments: [{ body: "Two of them" }] },
  ])
})
