import { onTestFinished } from "vitest"
import { Client } from "../../../src/client/index.ts"
import type { RemoteDataset } from "../../../src/client/remote-dataset.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import type { DarwinServer, SeedClass, SeedItem, StartServerOptions } from "../../../src/server/index.ts"
import { type Call, png, start } from "../../server/support.ts"

/** A server with a dataset `acme/kerb-stones`, a client of it, and the log of requests. */
export interface Service {
  readonly server: DarwinServer
  readonly dataset: RemoteDataset
  readonly call: Call
  /** What was asked for since the start, as `METHOD /path?query`. */
  readonly log: string[]
  /** What an item holds, in the form in which it was imported, by the item's full path. */
  held(fullPath: string): Promise<HeldAnnotation[]>
}

export interface HeldAnnotation {
  readonly id: string
  readonly annotation_class_id: number
  readonly data: Record<string, unknown>
  readonly context_keys: { readonly slot_names: readonly string[] }
  readonly annotation_properties: unknown
}

export interface ServiceOptions {
  /** Full paths of items of one picture. */
  readonly items?: readonly string[]
  readonly seedItems?: readonly SeedItem[]
  readonly classes?: readonly SeedClass[]
  readonly limits?: StartServerOptions["limits"]
  /** Gives the address that the client asks, such as that of a proxy. */
  readonly through?: (url: string) => Promise<string>
}

const someClasses: readonly SeedClass[] = [
  { name: "car", type: "bounding_box", sub_types: ["attributes"], attributes: ["red"] },
  { name: "tree", type: "polygon", sub_types: [] },
  { name: "night", type: "tag", sub_types: [] },
]

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const { items = [], seedItems = [], classes = someClasses, limits, through = async (url) => url } = options
  const log: string[] = []
  const { server, call } = await start({
    limits,
    onRequest: ({ method, url }) => log.push(`${method} ${url}`),
  })
  await server.seed({ dataset: "Kerb stones", classes, items: [...items.map(pictureItem), ...seedItems] })
  const dataset = await openDataset(await through(server.url), server.apiKey)
  log.length = 0
  const held = async (fullPath: string) => {
    const [name] = fullPath.split("/").slice(-1)
    const found = await call(
      "GET",
      `v2/teams/acme/items?dataset_ids[]=${dataset.id}&item_names[]=${encodeURIComponent(name ?? "")}`,
    )
    const wanted = found.json.items.find(
      (item: { path: string; name: string }) => `${item.path}/${item.name}`.replace("//", "/") === fullPath,
    )
    return (await call("GET", `v2/teams/acme/items/${wanted.id}/annotations`)).json
  }
  return { server, dataset, call, log, held }
}

/** A dataset by a client of its own, which makes as many requests as it likes, and waits no time between tries. */
export async function openDataset(
  baseUrl: string,
  apiKey: string,
  identifier = "acme/kerb-stones",
): Promise<RemoteDataset> {
  const http = { requestsPerMinute: 1_000_000, initialRetryDelayMs: 1 }
  const client = await Client.fromApiKey(apiKey, { baseUrl, http })
  onTestFinished(() => client.close())
  return client.getRemoteDataset(identifier)
}

/** An item of one picture that is seeded. */
export function pictureItem(fullPath: string): SeedItem {
  const { name, path } = placeOf(fullPath)
  const picture = {
    slot_name: "0",
    type: "image",
    file_name: name,
    bytes: png(8, 6),
    width: 8,
    height: 6,
  } as const
  return { name, path, status: "complete", slots: [picture], annotations: [] }
}

/** An annotation file of an item, by its full path. */
export function fileOf(
  fullPath: string,
  annotations: readonly Annotation[],
  more: Partial<AnnotationFile> = {},
): AnnotationFile {
  return { path: `${fullPath.slice(1)}.json`, version: "2.0", item: placeOf(fullPath), annotations, ...more }
}

function placeOf(fullPath: string): { name: string; path: string } {
  const cut = fullPath.lastIndexOf("/")
  return { name: fullPath.slice(cut + 1), path: fullPath.slice(0, cut) || "/" }
}

export function box(x: number, more: Partial<Annotation> = {}): Annotation {
  return { type: "bounding_box", name: "car", bounding_box: { x, y: 2, w: 3, h: 4 }, ...more } as Annotation
}

export function polygon(x: number, more: Partial<Annotation> = {}): Annotation {
  const paths = [
    [
      { x, y: 0 },
      { x: x + 4, y: 0 },
      { x, y: 4 },
    ],
  ]
  return { type: "polygon", name: "tree", polygon: { paths }, ...more } as Annotation
}

/** A UUID with a number in it. */
export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`
}
