import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { Item } from "../../src/model/annotation-file.ts"
import { pipe } from "../../src/pipeline.ts"
import { download } from "../../src/transforms/index.ts"
import { all } from "../contracts/probe.ts"
import { yazlArchive } from "../parse/zip-archives.ts"
import type { ReleaseServer } from "../servers/release-server.ts"
import { describeWithFfmpeg, fakeFfmpeg, numberOf, serveLongVideo, tsSegment } from "../video/clips.ts"
import { openDataset } from "./open.ts"
import { contentOf } from "./release-zip.ts"
import { namesIn, treeOf } from "./tree.ts"

/** A release of these items, in this order. */
function zipOf(items: readonly Item[]): Promise<Buffer> {
  const document = (item: Item) => JSON.stringify({ version: "2.0", item, annotations: [] })
  return yazlArchive(items.map((item, at) => ({ name: `${at}.json`, text: document(item) })))
}

function still(server: ReleaseServer, name: string): Item {
  const source_files = [{ file_name: name, url: server.serve(name, contentOf(name, 100)) }]
  return { name, path: "/", slots: [{ slot_name: "0", type: "image", source_files }] }
}

const frameNames = (folder: string, count: number) =>
  Array.from({ length: count }, (_, at) => `images/${folder}/${String(at).padStart(7, "0")}.png`)
const imagesIn = (directory: string) => namesIn(directory).filter((name) => name.startsWith("images/"))
/** The files asked for, after so many requests. */
const asked = (server: ReleaseServer, after = 0) =>
  server.requests
    .slice(after)
    .map(({ url }) => url)
    .filter((url) => url.startsWith("/files/"))

describeWithFfmpeg("long videos, decoded by the real ffmpeg", () => {
  test("leave their frames under their final names; what is there is neither made nor asked for again", async () => {
    const { server, dataset, directory } = await openDataset()
    const isVisible = (number: number) => number % 2 === 1
    const item = serveLongVideo(server, { frameCounts: [6, 6, 6], isVisible })
    server.addRelease("v1", await zipOf([still(server, "a.png"), { ...item, path: "/cam" }]))
    const names = frameNames("cam/long", 9)

    const report = await dataset.pull({ videoFrames: true })
    expect(report).toMatchObject({
      items: { done: 2, failed: 0 },
      files: { fetched: 10, present: 0 },
      problems: [],
    })
    expect(imagesIn(directory)).toEqual(["images/a.png", ...names])
    expect(names.map((name) => numberOf(readFileSync(join(directory, name))))).toEqual([
      1, 3, 5, 7, 9, 11, 13, 15, 17,
    ])

    const before = treeOf(directory)
    const requests = server.requests.length
    expect(await dataset.pull({ videoFrames: true })).toMatchObject({
      items: { skipped: 2 },
      files: { fetched: 0, present: 10 },
    })
    expect(asked(server, requests)).toEqual([])
    expect(treeOf(directory)).toEqual(before)

    // One that is gone: its segment alone is decoded.
    rmSync(join(directory, names[4] as string))
    expect(await dataset.pull({ videoFrames: true, removeExtra: true })).toMatchObject({
      files: { fetched: 1, present: 9, removed: 0 },
    })
    expect(asked(server, requests)).toEqual([
      "/files/long.mp4/frame_manifests/0",
      "/files/long.mp4/segments/1",
    ])
    expect(treeOf(directory)).toEqual(before)
  })

  test("that break midway keep what is whole, and go on there in the next run", async () => {
    const { server, dataset, directory } = await openDataset()
    const item = serveLongVideo(server, { frameCounts: [4, 4] })
    server.serve("long.mp4/segments/1", "no video")
    server.addRelease("v1", await zipOf([item]))
    expect(await dataset.pull({ videoFrames: true, removeExtra: true })).toMatchObject({
      items: { failed: 1 },
      problems: [{ kind: "failed", reason: expect.stringContaining("could not decode") }],
    })
    expect(imagesIn(directory)).toEqual(frameNames("long", 4))

    server.serve("long.mp4/segments/1", tsSegment([4, 5, 6, 7]))
    const requests = server.requests.length
    expect(await dataset.pull({ videoFrames: true })).toMatchObject({
      items: { done: 1 },
      files: { fetched: 4, present: 4 },
    })
    expect(asked(server, requests)).not.toContain("/files/long.mp4/segments/0")
    expect(imagesIn(directory)).toEqual(frameNames("long", 8))
  })

  test("come with `download`, too", async () => {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("v1", await zipOf([serveLongVideo(server, { frameCounts: [3] })]))
    const release = await dataset.getRelease()
    const options = { ...dataset.session, videoFrames: true }
    const [downloaded] = await all(pipe(release.annotationFiles(), download(directory, options)))
    expect(downloaded?.media.map(({ path, state }) => [path, state])).toEqual(
      frameNames("long", 3).map((name) => [join(directory, name), "fetched"]),
    )
  })

  test("that find something in the way of a frame say what", async () => {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("v1", await zipOf([serveLongVideo(server, { frameCounts: [3] })]))
    mkdirSync(join(directory, "images/long/0000001.png/inside"), { recursive: true })
    expect(await dataset.pull({ videoFrames: true })).toMatchObject({
      items: { failed: 1 },
      problems: [
        { reason: expect.stringMatching(/0000001\.png: a directory stands where the file belongs$/) },
      ],
    })
    expect(imagesIn(directory)).toEqual(frameNames("long", 1))
  })

  test("stand beside short ones, in the folders of their slots", async () => {
    const { server, dataset, directory } = await openDataset()
    const [long] = serveLongVideo(server, { frameCounts: [2] }).slots ?? []
    if (long === undefined) throw new Error("it has a slot")
    const frame_urls = [
      server.serve("short/0", contentOf("0", 9)),
      server.serve("short/1", contentOf("1", 9)),
    ]
    const short = { slot_name: "b", type: "video", frame_urls } as const
    const item: Item = { name: "both", path: "/", slots: [{ ...long, slot_name: "a" }, short] }
    server.addRelease("v1", await zipOf([item]))
    await dataset.pull({ videoFrames: true })
    expect(imagesIn(directory)).toEqual([...frameNames("both/a", 2), ...frameNames("both/b", 2)])
    await dataset.pull({ videoFrames: true, ignoreSlots: true, removeExtra: true })
    expect(imagesIn(directory)).toEqual(frameNames("both", 2))
  })
})

describe("without ffmpeg", () => {
  const ffmpeg = "/nowhere/ffmpeg"
  const long = (server: ReleaseServer): Item => {
    const segments = [{ url: server.serve("segment", "bytes"), duration: 1 }]
    const frame_manifests = [{ url: server.serve("manifest", "0:0:1:0.0\n") }]
    const slot = { slot_name: "0", type: "video", segments, frame_manifests } as const
    return { name: "long.mp4", path: "/", slots: [slot] }
  }

  test("a release with a long video is refused before anything is fetched or written", async () => {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("v1", await zipOf([still(server, "a.png"), long(server)]))
    await expect(dataset.pull({ videoFrames: true, ffmpeg })).rejects.toMatchObject({
      code: "program",
      program: ffmpeg,
      message: expect.stringMatching(/was not found.*apt-get install ffmpeg/),
    })
    expect(asked(server)).toEqual([])
    expect(existsSync(directory)).toBe(false)
  })

  test("one with a filter, which may leave it out, brings all the others", async () => {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("v1", await zipOf([long(server), still(server, "a.png")]))
    const seen: string[] = []
    const subsetFilterAnnotationsFunction = ({ item }: { item: Item }) => seen.push(item.name) > 0
    expect(await dataset.pull({ videoFrames: true, ffmpeg, subsetFilterAnnotationsFunction })).toMatchObject({
      items: { done: 1, failed: 1 },
      problems: [{ reason: expect.stringContaining("was not found") }],
    })
    expect(seen).toEqual(["long.mp4", "a.png"])
    expect(asked(server)).toEqual(["/files/a.png"])
    expect(imagesIn(directory)).toEqual(["images/a.png"])
  })

  test("all else is pulled: releases without long videos, videos as they are, annotations alone", async () => {
    const { server, dataset } = await openDataset()
    server.addRelease("v1", await zipOf([still(server, "a.png")]))
    expect(await dataset.pull({ videoFrames: true, ffmpeg })).toMatchObject({ items: { done: 1 } })
    server.addRelease("v2", await zipOf([long(server)]))
    expect(await dataset.pull({ ffmpeg })).toMatchObject({ items: { done: 1 } })
    expect(await dataset.pull({ videoFrames: true, onlyAnnotations: true, ffmpeg })).toMatchObject({
      items: { done: 1 },
    })
  })
})

test("an ffmpeg that fails is told in the report, with its last words", async () => {
  const { server, dataset, directory } = await openDataset()
  const segments = [{ url: server.serve("segment", "bytes"), duration: 1 }]
  const frame_manifests = [{ url: server.serve("manifest", "0:0:1:0.0\n") }]
  const slot = { slot_name: "0", type: "video", segments, frame_manifests } as const
  server.addRelease("v1", await zipOf([{ name: "long.mp4", path: "/", slots: [slot] }]))
  const ffmpeg = await fakeFfmpeg("echo out of memory >&2; exit 3")
  expect(await dataset.pull({ videoFrames: true, ffmpeg })).toMatchObject({
    items: { failed: 1 },
    problems: [{ reason: expect.stringMatching(/could not decode .*: out of memory$/) }],
  })
  expect(imagesIn(directory)).toEqual([])
})
