import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Client } from "../../../src/client/index.ts"
import type { RemoteDataset } from "../../../src/client/remote-dataset.ts"
import { sendJson, startRecordingServer } from "../../servers/recording-server.ts"

/** The state of the service in a payload case, and the options of its call. */
export interface GoldenCase {
  readonly format: string
  readonly options: {
    readonly append: boolean
    readonly delete_for_empty: boolean
    readonly import_annotators: boolean
    readonly import_reviewers: boolean
  }
  readonly team: string
  readonly dataset_id: number
  readonly classes: readonly GoldenClass[]
  readonly attributes: readonly Record<string, unknown>[]
  readonly team_properties: readonly Record<string, unknown>[]
  readonly items: readonly {
    readonly id: string
    readonly name: string
    readonly path: string
    readonly slot_names: readonly string[]
    readonly layout: unknown
  }[]
}

interface GoldenClass {
  readonly id: number
  readonly name: string
  readonly annotation_types: readonly string[]
  readonly datasets: readonly { readonly id: number }[]
}

/** What was asked of the service beside reading: in the words of the golden data. */
export interface ServiceLog {
  readonly requests: { readonly path: string; readonly body: unknown }[]
  readonly otherCalls: Record<string, unknown>[]
}

// In the order of their numbers, which stand for ids here.
const types = [
  "bounding_box",
  "polygon",
  "tag",
  "line",
  "keypoint",
  "ellipse",
  "cuboid",
  "skeleton",
  "mask",
  "raster_layer",
  "string",
  "graph",
  "table",
  "simple_table",
  "text",
  "attributes",
  "instance_id",
  "directional_vector",
  "inference",
]

export function readGoldenCase(directory: string): GoldenCase {
  return JSON.parse(readFileSync(join(directory, "classes.json"), "utf8"))
}

/** A real HTTP server that holds the state of a payload case, and the dataset of that case. */
export async function withGoldenService<T>(
  given: GoldenCase,
  work: (dataset: RemoteDataset, log: ServiceLog) => Promise<T>,
): Promise<T> {
  const log: ServiceLog = { requests: [], otherCalls: [] }
  const classes = given.classes.map((one) => ({ ...one, datasets: [...one.datasets] }))
  const properties = given.team_properties.map((one) => structuredClone(one) as unknown as PropertyState)
  const server = await startRecordingServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://service")
    const path = pathname.replace(/^\/api/, "")
    const body = request.body.length === 0 ? undefined : JSON.parse(request.body.toString())
    const reply = (value: unknown, status = 200) => sendJson(response, value, status)
    const { team, dataset_id: datasetId } = given
    if (path === "/users/token_info") return reply({ selected_team: { slug: team } })
    if (path === "/datasets") {
      return reply([
        { id: datasetId, name: "Street Scenes", slug: "street-scenes", num_items: 1, progress: 0 },
      ])
    }
    if (path === `/teams/${team}/annotation_classes`) return reply({ annotation_classes: classes })
    if (path === `/datasets/${datasetId}/attributes`) return reply(given.attributes)
    if (path === "/annotation_types") return reply(types.map((name, index) => ({ id: index + 1, name })))
    if (path === `/v2/teams/${team}/items`) {
      const names = searchParams.getAll("item_names[]")
      return reply({ items: given.items.filter(({ name }) => names.includes(name)).map(itemReply), page: {} })
    }
    if (path === "/annotation_classes" && request.method === "POST") {
      const named = body.annotation_type_ids.map((id: number) => types[id - 1])
      log.otherCalls.push({ call: "create_annotation_class", name: body.name, type: named[0] })
      const made = {
        id: 9000 + classes.length,
        name: body.name,
        annotation_types: named,
        datasets: body.datasets,
      }
      classes.push(made)
      return reply(made, 201)
    }
    const classId = /^\/annotation_classes\/(\d+)$/.exec(path)?.[1]
    if (classId !== undefined) {
      const found = classes.find(({ id }) => id === Number(classId))
      if (found === undefined) return reply({ errors: {} }, 404)
      found.datasets = body.datasets
      log.otherCalls.push({ call: "add_annotation_class", id: found.id, name: found.name })
      return reply(found)
    }
    if (path === `/v2/teams/${team}/properties`) return reply({ properties })
    const propertyId = new RegExp(`^/v2/teams/${team}/properties/(.+)$`).exec(path)?.[1]
    if (propertyId !== undefined) {
      const found = properties.find(({ id }) => id === propertyId)
      if (found === undefined) return reply({ errors: {} }, 404)
      log.otherCalls.push({ call: "update_property", id: propertyId, body })
      for (const { value, color } of body.property_values ?? []) {
        const values = found.property_values
        values.push({ id: `${propertyId}-v${values.length + 1}`, value, color, type: "string" })
      }
      if (body.dataset_ids !== undefined) found.dataset_ids = body.dataset_ids
      return reply(found)
    }
    if (request.method === "POST" && path.endsWith("/import")) {
      log.requests.push({ path, body })
      return reply({})
    }
    if (path.endsWith("/annotations")) return reply([])
    if (path.endsWith("/properties")) return reply({ properties: [] })
    reply({ errors: { detail: path } }, 404)
  })
  const client = await Client.fromApiKey("key", { baseUrl: server.url })
  try {
    return await work(await client.getRemoteDataset(`${given.team}/street-scenes`), log)
  } finally {
    await client.close()
    await server.close()
  }
}

interface PropertyState {
  readonly id: string
  property_values: { id: string; value: string; color: string; type: string }[]
  dataset_ids?: number[]
}

function itemReply(item: GoldenCase["items"][number]): Record<string, unknown> {
  const { slot_names: names, ...rest } = item
  const slots = names.map((name) => ({ slot_name: name, type: "image", file_name: `${name}.png` }))
  return { ...rest, status: "new", archived: false, dataset_id: 7, slots }
}
