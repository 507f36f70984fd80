import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import {
  type Annotation,
  type AnnotationFile,
  Client,
  createHttp,
  exportAnnotations,
  type FormatId,
  importTo,
  pipe,
  pipeline,
} from "darwin-streams"
import { coco } from "darwin-streams/formats"
import { pull } from "darwin-streams/sources"
import { download } from "darwin-streams/transforms"
import { downloadBare } from "./bare.ts"
import { name } from "./gen.ts"

// What is measured, each in a process of its own: the first argument names the task. Prints one line of JSON.

const tasks: Record<string, (...parameters: string[]) => Promise<Record<string, number>>> = {
  floor: async (directory = "") => {
    let annotations = 0
    for (const entry of readdirSync(directory)) {
      const file = JSON.parse(readFileSync(join(directory, entry), "utf8")) as AnnotationFile
      annotations += file.annotations.length
    }
    return { annotations }
  },

  convert: async (format = "", output = "", ...inputs) => {
    const report = await exportAnnotations(format as FormatId, inputs, output)
    return { annotations: report.written }
  },

  draw: async (format = "", output = "", jobs = "", ...inputs) => {
    const writing = { jobs: Number(jobs) }
    const report = await exportAnnotations(format as FormatId, inputs, output, { writing })
    return { images: report.images }
  },

  parseWhole: async (file = "") => {
    const { annotations } = JSON.parse(readFileSync(file, "utf8")) as { annotations: unknown[] }
    return { annotations: annotations.length }
  },

  readCoco: async (file = "", spoolDirectory = "") => {
    let annotations = 0
    for await (const image of coco.read(file, { spoolDirectory })) annotations += image.annotations.length
    return { annotations }
  },

  download: async (base = "", count = "", concurrency = "", directory = "", how = "") => {
    const http = createHttp({ connectionsPerOrigin: Number(concurrency) })
    let files = 0
    for await (const { media } of pipe(
      items(base, Number(count)),
      download(directory, { http, concurrency: Number(concurrency), durable: how.endsWith("durable") }),
    )) {
      files += media.length
    }
    const ms = performance.now() - started
    await http.close()
    return { files, ms }
  },

  bare: async (base = "", count = "", concurrency = "", directory = "") => {
    const ms = await downloadBare(base, Number(count), Number(concurrency), directory)
    return { files: Number(count), ms }
  },

  importItems: async (baseUrl = "", apiKey = "", folder = "", count = "", concurrency = "") => {
    const client = await Client.fromApiKey(apiKey, { baseUrl, http: { requestsPerMinute: 10_000_000 } })
    const dataset = await client.getRemoteDataset("bench/items")
    const options = { append: true, concurrency: Number(concurrency) }
    const began = performance.now()
    const { items, annotations } = await pipeline(boxes(folder, Number(count)), importTo(dataset, options))
    const ms = performance.now() - began
    await client.close()
    if (items.imported !== Number(count)) throw new Error(JSON.stringify(items))
    return { ms, annotations: annotations.sent }
  },

  pullRelease: async (baseUrl = "", apiKey = "", datasetsDirectory = "") => {
    const http = { requestsPerMinute: 10_000_000 }
    const client = await Client.fromApiKey(apiKey, { baseUrl, datasetsDirectory, http })
    const dataset = await client.getRemoteDataset("bench/items")
    const began = performance.now()
    const { items, files } = await dataset.pull({ release: "v1", concurrency: 32 })
    const ms = performance.now() - began
    await client.close()
    if (items.failed > 0) throw new Error(JSON.stringify(items))
    return { ms, items: items.done + items.skipped, fetched: files.fetched }
  },

  statWalk: async (directory = "") => {
    const began = performance.now()
    const bytes = statWalk(directory)
    return { ms: performance.now() - began, bytes }
  },

  firstItem: async (url = "", directory = "") => {
    const http = createHttp()
    let first = 0
    let count = 0
    const release = { name: "v1", latest: true, archive: { http, url, name: "v1.zip" } }
    for await (const item of pull(release, directory, { onlyAnnotations: true })) {
      if (item.state === "failed") throw item.error
      if (count++ === 0) first = performance.now() - started
    }
    await http.close()
    return { firstMs: first, count }
  },
}

function* boxes(folder: string, count: number): Generator<AnnotationFile> {
  for (let index = 0; index < count; index++) {
    const annotations = Array.from(
      { length: 20 },
      (_, at): Annotation => ({
        type: "bounding_box",
        name: "car",
        bounding_box: { x: at * 10.25, y: index * 0.5, w: 17.125, h: 9.75 },
      }),
    )
    yield { path: `${index}.json`, item: { name: `${index}.png`, path: `/${folder}` }, annotations }
  }
}

function* items(base: string, count: number): Generator<AnnotationFile> {
  for (let index = 0; index < count; index++) {
    const file = { file_name: `${name(index)}.jpg`, url: `${base}/${index}` }
    yield {
      path: `${name(index)}.json`,
      item: {
        name: `${name(index)}.jpg`,
        path: "/",
        source_info: { item_id: String(index) },
        slots: [{ slot_name: "0", type: "image", source_files: [file] }],
      },
      annotations: [],
    }
  }
}

const [task = "", ...parameters] = process.argv.slice(2)
const run = tasks[task]
if (run === undefined) throw new Error(`no task ${task}`)
const started = performance.now()
const before = process.cpuUsage()
const details = await run(...parameters)
const ms = performance.now() - started
const spent = process.cpuUsage(before)
const cpuMs = (spent.user + spent.system) / 1000
const maxRssMb = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ ms, cpuMs, maxRssMb, ...details }))

function statWalk(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += statWalk(path)
    else bytes += statSync(path).size
  }
  return bytes
}
