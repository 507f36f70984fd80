import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { PNG } from "pngjs"
import { request } from "undici"
import { onTestFinished } from "vitest"

import { type DarwinServer, type StartServerOptions, startServer } from "../../src/server/index.ts"

/** A reply with its body read. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  readonly json: any
}

export interface CallOptions {
  readonly key?: string | null
  readonly body?: unknown
  readonly raw?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Added to the usual ones; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** Sends requests as the Python SDK does: JSON as type on every request, the key in every one. */
export type Call = (method: string, target: string, options?: CallOptions) => Promise<Reply>

/** A client of a server; addresses may be whole or paths below `/api/`. */
export function callerOf(server: { readonly url: string; readonly apiKey: string }): Call {
  return async (method, target, options = {}) => {
    const key = options.key === undefined ? server.apiKey : options.key
    const url = /^https?:/.test(target) ? target : `${server.url}/api/${target}`
    const reply = await request(url, {
      method: method as "GET",
      headers: withoutUndefined({
        "content-type": "application/json",
        ...(key === null ? {} : { authorization: `ApiKey ${key}` }),
        ...options.headers,
      }),
      body:
        (options.raw as string | undefined) ??
        (options.body === undefined ? null : JSON.stringify(options.body)),
    })
    const bytes = Buffer.from(await reply.body.arrayBuffer())
    const isJson = String(reply.headers["content-type"] ?? "").startsWith("application/json")
    return {
      status: reply.statusCode,
      headers: reply.headers,
      bytes,
      json: isJson ? JSON.parse(bytes.toString("utf8")) : undefined,
    }
  }
}

function withoutUndefined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** A directory that is gone after the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "darwin-server-"))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export interface Running {
  readonly server: DarwinServer
  readonly call: Call
  readonly directory: string
}

/** A server of its own for one test. */
export async function start(options: Partial<StartServerOptions> = {}): Promise<Running> {
  const directory = options.dataDirectory ?? (await makeDirectory())
  const server = await startServer({ port: 0, team: "acme", ...options, dataDirectory: directory })
  onTestFinished(() => server.close())
  return { server, call: callerOf(server), directory }
}

/** A PNG whose pixels depend on the number. */
export function png(width: number, height: number, number = 0): Buffer {
  const picture = new PNG({ width, height })
  for (let offset = 0; offset < picture.data.length; offset += 4) {
    picture.data.writeUInt32BE((((offset * 2654435761 + number * 97) >>> 0) | 0xff) >>> 0, offset)
  }
  return PNG.sync.write(picture)
}

export interface UploadOptions {
  readonly path?: string
  readonly bytes?: Uint8Array
  readonly dataset?: string
}

/** Uploads one picture the way clients do and returns the item's id. */
export async function upload(call: Call, name: string, options: UploadOptions = {}): Promise<string> {
  const { path: folder = "/", bytes = png(8, 6), dataset = "kerb-stones" } = options
  const registered = await call("POST", "v2/teams/acme/items/register_upload", {
    body: {
      items: [{ name, path: folder, slots: [{ file_name: name, slot_name: "0" }] }],
      dataset_slug: dataset,
      options: { handle_as_slices: false },
    },
  })
  const [item] = registered.json.items
  const uploads = `v2/teams/acme/items/uploads/${item.slots[0].upload_id}`
  const signed = await call("GET", `${uploads}/sign`)
  const put = await call("PUT", signed.json.upload_url, {
    key: null,
    raw: bytes,
    headers: { "content-type": undefined },
  })
  const confirmed = await call("POST", `${uploads}/confirm`, { body: {} })
  if (put.status !== 200 || confirmed.status !== 200) throw new Error(`${put.bytes} ${confirmed.bytes}`)
  return item.id
}

/** Registers items for upload, and returns them as the reply has them. */
export async function register(
  call: Call,
  items: readonly unknown[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<Reply["json"][]> {
  const reply = await call("POST", "v2/teams/acme/items/register_upload", {
    body: { items, dataset_slug: "kerb-stones", options },
  })
  if (reply.status !== 200) throw new Error(reply.bytes.toString())
  return reply.json.items
}

/** Moves items to a stage of their dataset's workflow, as clients do. */
export async function moveToStage(
  call: Call,
  datasetId: number,
  itemIds: readonly string[],
  type: string,
): Promise<Reply> {
  const dataset = await call("GET", `datasets/${datasetId}`)
  const workflowId: string = dataset.json.workflow_ids[0]
  const workflow = await call("GET", `v2/teams/acme/workflows/${workflowId}`)
  const stage = workflow.json.stages.find((candidate: { type: string }) => candidate.type === type)
  return call("POST", "v2/teams/acme/items/stage", {
    body: {
      filters: { dataset_ids: [datasetId], item_ids: itemIds },
      stage_id: stage.id,
      workflow_id: workflowId,
    },
  })
}

/** Makes a release and waits for it the way clients do: by listing. */
export async function release(
  call: Call,
  name: string,
  body: Record<string, unknown> = {},
): Promise<Reply["json"]> {
  const exports = "v2/teams/acme/datasets/kerb-stones/exports"
  const asked = await call("POST", exports, {
    body: {
      name,
      include_authorship: false,
      include_export_token: false,
      annotation_filters: {},
      format: "darwin_json_2",
      ...body,
    },
  })
  if (asked.status !== 200) throw new Error(`${asked.status} ${asked.bytes}`)
  for (;;) {
    const listed = await call("GET", exports)
    const found = listed.json.find((one: { name: string }) => one.name === name)
    if (found.status !== "pending") return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Makes a class and returns its id. */
export async function makeClass(
  call: Call,
  datasetId: number,
  name: string,
  types: readonly string[],
): Promise<number> {
  const known = await call("GET", "annotation_types")
  const ids = types.map((type) => known.json.find((one: { name: string }) => one.name === type).id)
  const made = await call("POST", "annotation_classes", {
    body: {
      dataset_id: datasetId,
      name,
      metadata: { _color: "auto" },
      annotation_type_ids: ids,
      datasets: [{ id: datasetId }],
    },
  })
  return made.json.id
}
