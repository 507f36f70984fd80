import { createHash } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"
import type { RemoteDataset } from "../../../src/client/index.ts"
import { type DarwinServer, type RequestRecord, startServer } from "../../../src/server/index.ts"
import { openDatasetAt } from "../../pull/open.ts"
import { type Call, callerOf, png } from "../../server/support.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"

/** An embedded server with an empty dataset, and what was asked of it. */
export interface EmptyDataset {
  readonly server: DarwinServer
  readonly requests: RequestRecord[]
  readonly dataset: RemoteDataset
  readonly call: Call
}

/** Starts a server with the dataset acme/street; all is gone when the test is over. */
export async function openEmpty(): Promise<EmptyDataset> {
  const requests: RequestRecord[] = []
  const server = await startServer({
    dataDirectory: await tempDirectory(),
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
  onTestFinished(() => server.close())
  const call = callerOf(server)
  await call("POST", "datasets", { body: { name: "Street" } })
  const dataset = await openDatasetAt(server, await tempDirectory(), "acme/street")
  requests.length = 0
  return { server, requests, dataset, call }
}

/** Small pictures that differ from each other, by their path; texts for all other endings. */
export function contentOf(path: string): Buffer {
  const number = createHash("sha256").update(path).digest().readUInt16BE()
  return path.toLowerCase().endsWith(".png") ? png(4, 3, number) : Buffer.from(`content of ${path}`)
}

/** Writes files into a directory that is gone after the test, and gives its path. */
export async function folderWith(
  files: readonly string[] | Readonly<Record<string, Uint8Array>>,
): Promise<string> {
  const directory = join(await tempDirectory(), "photos")
  const entries = Array.isArray(files)
    ? files.map((path: string) => [path, contentOf(path)] as const)
    : Object.entries(files as Readonly<Record<string, Uint8Array>>)
  await mkdir(directory)
  for (const [path, bytes] of entries) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), bytes)
  }
  return directory
}

/** What the dataset holds: each slot's digest by folder, item and slot; items whose upload has not ended by their status. */
export async function contentsOf(
  { call }: { readonly call: Call },
  team = "acme",
): Promise<Record<string, string>> {
  const contents: [string, string][] = []
  for (let from = ""; ; ) {
    const query = from === "" ? "" : `&page[from]=${encodeURIComponent(from)}`
    const { json } = await call("GET", `v2/teams/${team}/items?page[size]=500${query}`)
    for (const item of json.items) {
      const fullPath = item.path === "/" ? `/${item.name}` : `${item.path}/${item.name}`
      if (item.slots.length === 0) contents.push([fullPath, item.processing_status])
      for (const slot of item.slots) {
        const { bytes } = await call("GET", `v2/teams/${team}/uploads/${slot.upload_id}`)
        contents.push([`${fullPath}#${slot.slot_name}`, digestOf(bytes)])
      }
    }
    from = json.page.next ?? ""
    if (from === "") break
  }
  if (new Set(contents.map(([key]) => key)).size !== contents.length)
    throw new Error("an item is there twice")
  return Object.fromEntries(contents)
}

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

/** Requests of one kind, such as `register_upload`, by method and the end of the path. */
export function requestsFor(requests: readonly RequestRecord[], what: string): RequestRecord[] {
  return requests.filter(({ url }) => url.includes(what))
}
