import { describe, expect, onTestFinished, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { createHttp } from "../../src/http/index.ts"
import { pipeline } from "../../src/pipeline.ts"
import { collect } from "../../src/sinks/index.ts"
import { annotationFiles, releaseEntries } from "../../src/sources/index.ts"
import { box, documentOf, releaseZip } from "../pull/release-zip.ts"
import { startReleaseServer } from "../servers/release-server.ts"

async function openArchive(zip: Buffer) {
  const server = await startReleaseServer()
  const http = createHttp({ maxAttempts: 2, initialRetryDelayMs: 1 })
  onTestFinished(async () => {
    await http.close()
    await server.close()
  })
  return { server, archive: { http, url: server.serve("v1.zip", zip), name: "v1.zip" } }
}

const items = [
  { name: "a.png", annotations: [box("car")] },
  { name: "b.png", path: "/deep" },
]

describe("releaseEntries", () => {
  test("gives every entry in the archive's order, again each time it is opened", async () => {
    const { server, archive } = await openArchive(await releaseZip(items, { ".v7/metadata.json": "{}" }))
    const entries = releaseEntries(archive)
    expect(server.requests).toHaveLength(0)
    for (let round = 1; round <= 2; round++) {
      const names = (await pipeline(entries, collect())).map(({ name }) => name)
      expect(names).toEqual(["0.json", "1.json", ".v7/metadata.json"])
      expect(server.requests).toHaveLength(round)
    }
  })

  test("takes a limit on what one entry may hold", async () => {
    const { archive } = await openArchive(await releaseZip(items))
    const reading = pipeline(releaseEntries({ ...archive, maxEntryBytes: 100 }), collect())
    await expect(reading).rejects.toMatchObject({ code: "zip", archive: "v1.zip", entry: "0.json" })
  })

  test("asks again where the server is busy, and tells it", async () => {
    const { server, archive } = await openArchive(Buffer.alloc(0))
    const zip = await releaseZip(items)
    server.serve("v1.zip", (_, response, count) => {
      response.writeHead(count === 0 ? 503 : 200).end(count === 0 ? "busy" : zip)
    })
    const events: RunEvent[] = []
    const onEvent = (event: RunEvent) => void events.push(event)
    expect(await pipeline(releaseEntries(archive), collect(), { onEvent })).toHaveLength(2)
    expect(events.filter(({ type }) => type === "retry")).toHaveLength(1)
    // Without a length, progress tells bytes alone.
    expect(events.at(-1)).toEqual({ type: "progress", task: "v1.zip", bytes: zip.length })
  })
})

describe("annotationFiles", () => {
  test("are read with the archive and the entry as their path; what is none is left alone", async () => {
    const zip = await releaseZip(items, {
      ".v7/metadata.json": "no annotation file",
      "__MACOSX/._0.json": "no annotation file",
      "notes.txt": "no annotation file",
      "folder/C.JSON": documentOf({ name: "c.png" }),
    })
    const { archive } = await openArchive(zip)
    const files = await pipeline(annotationFiles(archive), collect())
    expect(files.map(({ path, item }) => [path, item.path, item.name])).toEqual([
      ["v1.zip/0.json", "/", "a.png"],
      ["v1.zip/1.json", "/deep", "b.png"],
      ["v1.zip/folder/C.JSON", "/", "c.png"],
    ])
    expect(files[0]?.annotations).toMatchObject([{ type: "bounding_box", name: "car" }])
  })

  test("that break the rules end the stream, or are told and left out", async () => {
    const zip = await releaseZip(items, { "broken.json": "{", "other.json": documentOf({ name: "z.png" }) })
    const { archive } = await openArchive(zip)
    await expect(pipeline(annotationFiles(archive), collect())).rejects.toMatchObject({
      code: "format",
      file: "v1.zip/broken.json",
    })
    const events: RunEvent[] = []
    const onEvent = (event: RunEvent) => void events.push(event)
    const files = await pipeline(annotationFiles(archive, { onInvalid: "skip" }), collect(), { onEvent })
    expect(files.map(({ item }) => item.name)).toEqual(["a.png", "b.png", "z.png"])
    expect(events.filter(({ type }) => type === "skip")).toMatchObject([{ file: "v1.zip/broken.json" }])
  })
})
