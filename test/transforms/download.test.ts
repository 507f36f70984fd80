import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { createHttp, type Http } from "../../src/http/index.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { pipe, pipeline } from "../../src/pipeline.ts"
import { collect } from "../../src/sinks/index.ts"
import { download, filter } from "../../src/transforms/index.ts"
import { openDataset } from "../pull/open.ts"
import { box, contentOf, releaseZip } from "../pull/release-zip.ts"
import { namesIn } from "../pull/tree.ts"
import { apiKey, type ReleaseServer, startReleaseServer } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

const count = 20

function item(name: string, url: string, path = "/"): AnnotationFile {
  const slots = [{ slot_name: "0", type: "image", source_files: [{ file_name: name, url }] }] as const
  return { path: `${name}.json`, item: { name, path, slots }, annotations: [] }
}

async function open(): Promise<{ server: ReleaseServer; http: Http; directory: string }> {
  const server = await startReleaseServer()
  const http = createHttp({ maxAttempts: 2, initialRetryDelayMs: 1 })
  onTestFinished(async () => {
    await http.close()
    await server.close()
  })
  return { server, http, directory: join(await tempDirectory(), "media") }
}

const pictures = (server: ReleaseServer) =>
  Array.from({ length: count }, (_, at) =>
    item(`${at}.png`, server.serve(`${at}.png`, contentOf(String(at), 400))),
  )
const media = ({ requests }: ReleaseServer) => requests.filter(({ url }) => url.startsWith("/files/"))

test("gives each item when its files are on disk", async () => {
  const { server, http, directory } = await open()
  const events: RunEvent[] = []
  const items = pipe(pictures(server), download(directory, { http }))
  expect(existsSync(directory)).toBe(false)
  const onEvent = (event: RunEvent) => events.push(event)
  const done = await pipeline(items, collect(), { onEvent: (event) => void onEvent(event) })
  expect(done).toHaveLength(count)
  for (const { file, media } of done) {
    const path = join(directory, "images", file.item.name)
    expect(media).toEqual([{ path, bytes: 400, state: "fetched" }])
    expect(readFileSync(path)).toEqual(contentOf(file.item.name.replace(".png", ""), 400))
  }
  expect(events.filter(({ type }) => type === "transfer")).toHaveLength(count)

  // Again: what is whole on disk is not asked for.
  const again = await pipeline(items, collect())
  expect(again.flatMap(({ media }) => media.map(({ state }) => state))).toEqual(Array(count).fill("present"))
  expect(media(server)).toHaveLength(count)
})

test("stands in a pipe behind a release and a filter", async () => {
  const { server, dataset, datasetsDirectory } = await openDataset()
  const { http } = await open()
  const directory = join(datasetsDirectory, "cars")
  server.addRelease(
    "v1",
    await releaseZip([
      { name: "a.png", url: server.serve("a.png", "a"), annotations: [box("car")] },
      { name: "b.png", url: server.serve("b.png", "b"), annotations: [box("sign")] },
    ]),
  )
  const release = await dataset.getRelease()
  const cars = pipe(
    release.annotationFiles(),
    filter((file) => file.annotations.some(({ name }) => name === "car")),
    download(directory, { http, credentials: { origin: server.url, apiKey } }),
  )
  for await (const { file, media } of cars) {
    expect(file.item.name).toBe("a.png")
    expect(readFileSync(media[0]?.path ?? "", "utf8")).toBe("a")
  }
  expect(media(server).map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ["/files/a.png", `ApiKey ${apiKey}`],
  ])
})

test("takes folders, frames and forceReplace as a pull does", async () => {
  const { server, http, directory } = await open()
  const url = server.serve("a.png", "old")
  const files = [item("a.png", url, "/deep/er")]
  const run = (options: object) => pipeline(files, download(directory, { http, ...options }), collect())
  await run({})
  await run({ useFolders: false })
  expect(namesIn(directory)).toEqual(["images/a.png", "images/deep/er/a.png"])
  server.serve("a.png", "new")
  await run({})
  expect(readFileSync(join(directory, "images/deep/er/a.png"), "utf8")).toBe("old")
  await run({ forceReplace: true })
  expect(readFileSync(join(directory, "images/deep/er/a.png"), "utf8")).toBe("new")
})

test("keeps the order of its input where it is asked to, although the first takes longest", async () => {
  const { server, http, directory } = await open()
  const files = pictures(server)
  let before = 0
  // The first is answered when all that may go beside it have been.
  server.serve("0.png", async (_, response) => {
    while (media(server).length < before + 4 || server.underWay > 1) {
      await new Promise((done) => setTimeout(done, 1))
    }
    response.end("slow")
  })
  const names = async (ordered: boolean) => {
    before = media(server).length
    const options = { http, ordered, concurrency: 4, forceReplace: true }
    const done = await pipeline(files, download(directory, options), collect())
    return done.map(({ file }) => file.item.name)
  }
  const all = files.map(({ item }) => item.name)
  expect(await names(true)).toEqual(all)
  const unordered = await names(false)
  expect(unordered[0]).not.toBe("0.png")
  expect([...unordered].sort()).toEqual([...all].sort())
})

test("an item that fails ends the stream with its error, or is left out and told", async () => {
  const { server, http, directory } = await open()
  const files = [
    ...pictures(server).slice(0, 3),
    item("gone.png", `${server.url}/files/gone.png`),
    item("..", server.serve("x", "x")),
  ]
  await expect(
    pipeline(files.slice(0, 4), download(directory, { http, ordered: true }), collect()),
  ).rejects.toMatchObject({ code: "not-found", status: 404 })
  expect(namesIn(directory).filter((name) => name.endsWith(".part"))).toEqual([])

  const events: RunEvent[] = []
  const done = await pipeline(files, download(directory, { http, onError: () => "skip" }), collect(), {
    onEvent: (event) => {
      events.push(event)
    },
  })
  expect(done.map(({ file }) => file.item.name).sort()).toEqual(["0.png", "1.png", "2.png"])
  const skipped = events.flatMap((event) => (event.type === "skip" ? [[event.file, event.reason]] : []))
  expect(skipped.sort()).toEqual([
    ["...json", expect.stringContaining("would leave its directory")],
    ["gone.png.json", expect.stringContaining("404")],
  ])
})

test("a slow consumer slows it down, and leaving stops it", async () => {
  const { server, http, directory } = await open()
  let taken = 0
  for await (const _ of pipe(pictures(server), download(directory, { http, concurrency: 3 }))) {
    taken++
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(media(server).length).toBeLessThanOrEqual(taken + 3)
    if (taken === 5) break
  }
  expect(namesIn(directory).filter((name) => name.endsWith(".part"))).toEqual([])
  const after = media(server).length
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(media(server)).toHaveLength(after)
})

test("an abort rejects with its reason", async () => {
  const { server, http, directory } = await open()
  const controller = new AbortController()
  const reason = new Error("enough")
  const files = pictures(server)
  server.serve("0.png", () => controller.abort(reason))
  const running = pipeline(files, download(directory, { http }), collect(), {
    signal: controller.signal,
  })
  await expect(running).rejects.toBe(reason)
})

test.each([0, 2.5])("a concurrency of %d is refused at the call", async (concurrency) => {
  const { http, directory } = await open()
  expect(() => download(directory, { http, concurrency })).toThrow("concurrency: must be a whole number")
})

test("gives up on a file that is forbidden, whatever new addresses it gets", async () => {
  const { server, http, directory } = await open()
  const forbid = () => server.serve(`${made++}.png`, (_, response) => void response.writeHead(403).end())
  let made = 0
  let renewals = 0
  const renew = async () => {
    renewals++
    return forbid()
  }
  const downloading = pipeline(
    pipe([item("0.png", forbid())], download(directory, { http, renew })),
    collect(),
  )
  await expect(downloading).rejects.toMatchObject({ status: 403 })
  expect(renewals).toBe(3)
})
