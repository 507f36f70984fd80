import { onTestFinished } from "vitest"
import type { RemoteDataset } from "../../src/client/index.ts"
import type { Annotation } from "../../src/model/annotation.ts"
import { type DarwinServer, type RequestRecord, type SeedItem, startServer } from "../../src/server/index.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openDatasetAt } from "./open.ts"
import { contentOf } from "./release-zip.ts"

/** An embedded server with a dataset of one release, `v1`, and what was asked of it. */
export interface EmbeddedDataset {
  readonly server: DarwinServer
  readonly requests: RequestRecord[]
  readonly dataset: RemoteDataset
  readonly directory: string
  readonly datasetsDirectory: string
}

/** An item as a test thinks of it. */
export interface Sketch {
  readonly name: string
  /** @default "/" */
  readonly path?: string
  readonly annotations?: readonly Annotation[]
  /** Of the picture; @default 1000 */
  readonly bytes?: number
  /** In place of one picture. */
  readonly slots?: SeedItem["slots"]
}

export const classes = [
  { name: "car", type: "bounding_box", sub_types: [] },
  { name: "kerb", type: "polygon", sub_types: [] },
  { name: "night", type: "tag", sub_types: [] },
] as const

/** Starts a server and fills it; all is gone when the test is over. */
export async function openEmbedded(items: readonly Sketch[]): Promise<EmbeddedDataset> {
  const requests: RequestRecord[] = []
  const server = await startServer({
    dataDirectory: await tempDirectory(),
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
  onTestFinished(() => server.close())
  await server.seed({ dataset: "Street", classes, items: items.map(seedItem), release: "v1" })
  const datasetsDirectory = await tempDirectory()
  const dataset = await openDatasetAt(server, datasetsDirectory, "acme/street")
  requests.length = 0
  return { server, requests, dataset, datasetsDirectory, directory: `${datasetsDirectory}/acme/street` }
}

/** The bytes of a sketched item's picture. */
export function pictureOf({ name, path = "/", bytes = 1_000 }: Sketch): Buffer {
  return contentOf(`${path}/${name}`, bytes)
}

/** The item as the server takes it. */
export function seedItem(sketch: Sketch): SeedItem {
  const { name, path = "/", annotations = [], slots } = sketch
  const still = {
    slot_name: "0",
    type: "image",
    file_name: name,
    bytes: pictureOf(sketch),
    width: 64,
    height: 48,
  } as const
  return { name, path, status: "complete", slots: slots ?? [still], annotations }
}

/** The requests for pictures, videos and frames. */
export function mediaRequests(requests: readonly RequestRecord[]): string[] {
  return requests.map(({ url }) => url).filter((url) => /\/(uploads|files)\//.test(url))
}
