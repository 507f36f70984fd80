import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, type RemoteDataset } from "../../src/client/index.ts"
import type { HttpOptions } from "../../src/http/index.ts"
import { type FaultAnswer, type FaultProxy, startFaultProxy, startServer } from "../../src/server/index.ts"
import { classes, pictureOf, type Sketch, seedItem } from "../pull/embedded.ts"
import { digestOf } from "../pull/tree.ts"
import { callerOf } from "../server/support.ts"

/** A dataset of one release, `v1`, behind a proxy that lets answers go wrong. */
export interface FaultyDataset {
  readonly proxy: FaultProxy
  readonly apiKey: string
  /** All answers since this was emptied. */
  readonly answers: FaultAnswer[]
  /** The digest of every media file that a pull has to bring, by its path below the dataset's directory. */
  readonly expected: Readonly<Record<string, string>>
  /** How many bytes each of them has, by the name that the proxy knows it by. */
  readonly sizes: Readonly<Record<string, number>>
  /** The name by which the proxy knows a path. */
  nameOf(path: string): string | undefined
  /** The dataset as a new client sees it, to be pulled into a directory. */
  open(
    datasetsDirectory: string,
    http: HttpOptions,
  ): Promise<{ readonly dataset: RemoteDataset; close(): Promise<void> }>
  close(): Promise<void>
}

/** Starts server and proxy, and makes the release, in which all addresses lead through the proxy. */
export async function openFaultyDataset(items: readonly Sketch[]): Promise<FaultyDataset> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "darwin-streams-faults-"))
  const server = await startServer({ dataDirectory, port: 0, team: "acme" })
  await server.seed({ dataset: "Street", classes, items: items.map(seedItem) })

  // The server's ids are other ones each time: what strikes a file has to follow from something that stays.
  const names = new Map<string, string>()
  const answers: FaultAnswer[] = []
  const proxy = await startFaultProxy({
    target: server.url,
    rules: [],
    nameOf: (method, path) => names.get(path) ?? `${method} ${path.replace(/[0-9a-f-]{36}/g, "id")}`,
    onAnswer: (answer) => answers.push(answer),
  })
  const call = callerOf({ url: proxy.url, apiKey: server.apiKey })
  for (let from = ""; ; ) {
    const page = await call("GET", `v2/teams/acme/items?page[size]=500${from}`)
    for (const item of page.json.items) {
      for (const slot of item.slots) {
        const path = `/api/v2/teams/acme/uploads/${slot.upload_id}`
        names.set(path, nameOf(item.path, item.name, slot.slot_name))
      }
    }
    const { next } = page.json.page
    if (next === null || next === undefined) break
    from = `&page[from]=${encodeURIComponent(next)}`
  }
  const exports = "v2/teams/acme/datasets/street/exports"
  await call("POST", exports, { body: { name: "v1", include_export_token: true, format: "darwin_json_2" } })
  await server.idle()

  const expected: Record<string, string> = {}
  const sizes: Record<string, number> = {}
  for (const item of items) {
    const { name, path = "/", slots } = item
    const folder = `images${path === "/" ? "" : path}`
    for (const slot of slots ?? [{ slot_name: "0", file_name: name, bytes: pictureOf(item) }]) {
      const file = (slots?.length ?? 1) > 1 ? `${name}/${slot.slot_name}/${slot.file_name}` : name
      expected[`${folder}/${file}`] = digestOf(slot.bytes)
      sizes[nameOf(path, name, slot.slot_name)] = slot.bytes.length
    }
  }

  return {
    proxy,
    apiKey: server.apiKey,
    answers,
    expected,
    sizes,
    nameOf: (path) => names.get(path),
    open: async (datasetsDirectory, http) => {
      const client = await Client.fromApiKey(server.apiKey, { baseUrl: proxy.url, datasetsDirectory, http })
      return { dataset: await client.getRemoteDataset("acme/street"), close: () => client.close() }
    },
    close: async () => {
      await proxy.close()
      await server.close()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

function nameOf(folder: string, item: string, slot: string): string {
  return `${folder}/${item}#${slot}`.replace("//", "/")
}
