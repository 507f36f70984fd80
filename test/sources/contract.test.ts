import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { createHttp, type Http } from "../../src/http/index.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { pipe } from "../../src/pipeline.ts"
import { annotationFiles, parse, pull, releaseEntries } from "../../src/sources/index.ts"
import { download, map } from "../../src/transforms/index.ts"
import { streamContract } from "../contracts/stream-contract.ts"
import { contentOf, releaseZip } from "../pull/release-zip.ts"
import { type ReleaseServer, startReleaseServer } from "../servers/release-server.ts"

const count = 12
const names = Array.from({ length: count }, (_, at) => `${at}.png`)
const concurrency = 3

let server: ReleaseServer
let http: Http
let directory: string
let url: string
const pictures: string[] = []
// Each stream that fetches gets a directory of its own, so that each finds nothing there.
let directories = 0
const nextDirectory = () => join(directory, String(directories++))

beforeAll(async () => {
  server = await startReleaseServer()
  http = createHttp()
  directory = await mkdtemp(join(tmpdir(), "darwin-streams-contract-"))
  pictures.push(...names.map((name) => server.serve(name, contentOf(name, 500))))
  const items = names.map((name, at) => ({ name, url: pictures[at] ?? "" }))
  url = server.serve("v1.zip", await releaseZip(items))
  await writeFile(join(directory, "v1.zip"), await releaseZip(items))
})
afterAll(async () => {
  await http.close()
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

const archive = () => ({ http, url, name: "v1.zip" })

streamContract("releaseEntries", {
  open: () =>
    pipe(
      releaseEntries(archive()),
      map(({ name }) => name),
    ),
  gives: names.map((_, at) => `${at}.json`),
})

streamContract("annotationFiles", {
  open: () =>
    pipe(
      annotationFiles(archive()),
      map(({ item }) => item.name),
    ),
  gives: names,
})

streamContract("parse", {
  open: () =>
    pipe(
      parse("darwin", join(directory, "v1.zip")),
      map(({ item }) => item.name),
    ),
  gives: names,
})

streamContract("pull", {
  open: () =>
    pipe(
      pull({ name: "v1", latest: true, archive: archive() }, nextDirectory(), { concurrency }),
      map(({ file }) => file.item.name),
    ),
  gives: names,
  unordered: true,
})

for (const ordered of [true, false]) {
  streamContract(`download (${ordered ? "ordered" : "as completed"})`, {
    open: (input) =>
      pipe(
        input,
        map(toItem),
        download(nextDirectory(), { http, concurrency, ordered }),
        map(({ file }) => file.item.name),
      ),
    gives: names,
    unordered: !ordered,
    takes: (given) => given + concurrency,
  })
}

function toItem(number: number): AnnotationFile {
  const name = `${number}.png`
  const source_files = [{ file_name: name, url: pictures[number] ?? "" }]
  const slots = [{ slot_name: "0", type: "image", source_files }] as const
  return { path: `${name}.json`, item: { name, path: "/", slots }, annotations: [] }
}
