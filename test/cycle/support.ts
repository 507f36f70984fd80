import { join } from "node:path"
import { onTestFinished } from "vitest"
import { Client, type RemoteDataset } from "../../src/client/index.ts"
import type { Annotation } from "../../src/model/annotation.ts"
import type { AnnotationFile, Item } from "../../src/model/annotation-file.ts"
import { pipe, pipeline } from "../../src/pipeline.ts"
import { type DarwinServer, startServer } from "../../src/server/index.ts"
import { type PushFile, pushTo } from "../../src/sinks/index.ts"
import { parse } from "../../src/sources/parse.ts"
import { filter } from "../../src/transforms/filter.ts"
import { interpolate } from "../../src/transforms/interpolate.ts"
import { map } from "../../src/transforms/map.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

/** A server with the demo dataset, pulled onto the disk: the annotations and media that a cycle begins with. */
export interface Origin {
  readonly server: DarwinServer
  readonly client: Client
  /** The directory of the dataset. */
  readonly directory: string
  readonly annotations: string
  readonly scratch: string
}

export async function openOrigin(): Promise<Origin> {
  const scratch = await tempDirectory()
  const server = await startServer({ dataDirectory: join(scratch, "data"), port: 0, demo: true })
  onTestFinished(() => server.close())
  const client = await Client.fromApiKey(server.apiKey, {
    baseUrl: server.url,
    datasetsDirectory: join(scratch, "datasets"),
    http: { requestsPerMinute: 1_000_000 },
  })
  onTestFinished(() => client.close())
  const dataset = await client.getRemoteDataset("demo/street-scenes")
  const { directory } = await dataset.pull({ release: "v1" })
  return { server, client, scratch, directory, annotations: join(directory, "releases/v1/annotations") }
}

/** A new dataset into which the media of some items have been pushed: each slot as it was. */
export async function pushMedia(
  { client, directory, annotations }: Origin,
  name: string,
  isWanted: (file: AnnotationFile) => boolean = () => true,
): Promise<RemoteDataset> {
  const dataset = await client.createDataset(name)
  const report = await pipeline(
    pipe(
      parse("darwin", annotations),
      filter(isWanted),
      map((file) => mediaOf(file.item, directory)),
    ),
    pushTo(dataset),
  )
  if (report.problems.length > 0) throw new Error(JSON.stringify(report.problems))
  return dataset
}

function mediaOf({ name, path, slots }: Item, directory: string): PushFile {
  return {
    name,
    folder: path,
    slots: (slots ?? []).map(({ slot_name: slotName, source_files: sources }) => {
      const { local_path: local, file_name: fileName = name } = sources?.[0] ?? {}
      const folders = path === "/" ? "" : path
      const place =
        slots?.length === 1 ? `images${folders}/${name}` : `images${folders}/${name}/${slotName}/${fileName}`
      return { path: local ?? join(directory, place), slotName, fileName }
    }),
  }
}

/** Completes all items, makes a release and pulls it: the annotation files of the release. */
export async function release(dataset: RemoteDataset, server: DarwinServer): Promise<string> {
  await dataset.complete(dataset.items())
  await dataset.export("cycle")
  await server.idle()
  const { directory, items } = await dataset.pull({ release: "cycle" })
  if (items.failed > 0) throw new Error(JSON.stringify(items))
  return join(directory, "releases/cycle/annotations")
}

/** The annotations of files by item, as they are compared: a text each, sorted. */
export async function annotationsIn(
  files: AsyncIterable<AnnotationFile>,
  textOf: (annotation: Annotation) => string,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for await (const { item, annotations } of pipe(files, interpolate())) {
    const path = `${item.path === "/" ? "" : item.path}/${item.name}`
    found[path] = [...(found[path] ?? []), ...annotations.map(textOf)].sort()
  }
  return Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))
}

/** JSON with its keys in order, and numbers to nine digits: what is the same gives the same text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === "number") return Number(one.toPrecision(9))
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
