import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { openEmbedded, pictureOf } from "../pull/embedded.ts"
import { openDataset, openDatasetAt } from "../pull/open.ts"
import { contentOf, type ItemSketch, releaseZip } from "../pull/release-zip.ts"
import { digestOf, namesIn, treeOf } from "../pull/tree.ts"
import type { ReleaseServer } from "../servers/release-server.ts"

/** An item with a picture of its own. */
function sketch(server: ReleaseServer, path: string, name: string, id = `${path}/${name}`): ItemSketch {
  const url = server.serve(`${digestOf(id).slice(0, 8)}`, contentOf(id, 500))
  return { path, name, id, url }
}
const picture = (id: string) => digestOf(contentOf(id, 500))
const images = (directory: string) =>
  Object.fromEntries(Object.entries(treeOf(directory)).filter(([name]) => name.startsWith("images/")))

describe("equal names", () => {
  test("of a flat pull are made distinct, the same way in every run and every release", async () => {
    const { server, dataset, directory } = await openDataset()
    const [a, b, c] = ["/a", "/b", "/c"].map((path) => sketch(server, path, "x.png")) as [
      ItemSketch,
      ItemSketch,
      ItemSketch,
    ]
    server.addRelease("v1", await releaseZip([a, b]))
    server.addRelease("v2", await releaseZip([c, b, a]))
    const first = { "images/x.png": picture("/a/x.png"), "images/x_2.png": picture("/b/x.png") }
    const all = { ...first, "images/x_3.png": picture("/c/x.png") }

    const report = await dataset.pull({ release: "v1", useFolders: false, concurrency: 1 })
    expect(report.files).toMatchObject({ fetched: 2 })
    expect(images(directory)).toEqual(first)
    expect(await dataset.pull({ release: "v2", useFolders: false })).toMatchObject({
      files: { fetched: 1, present: 2 },
    })
    expect(images(directory)).toEqual(all)
    expect(await dataset.pull({ release: "v1", useFolders: false })).toMatchObject({ items: { skipped: 2 } })
    // One that is gone comes back under its own name, not under another's.
    rmSync(join(directory, "images/x_2.png"))
    await dataset.pull({ release: "v2", useFolders: false })
    expect(images(directory)).toEqual(all)
    expect(namesIn(join(directory, "releases/v2/annotations"))).toEqual(["x.json", "x_2.json", "x_3.json"])
  })

  test("of annotation files that differ in the ending only, or in the folder", async () => {
    const { server, dataset, directory } = await openDataset()
    const items = [
      sketch(server, "/", "x.png"),
      sketch(server, "/", "x.jpg"),
      sketch(server, "/deep", "x.png"),
      sketch(server, "/", "x_2.png"),
    ]
    server.addRelease("v1", await releaseZip(items))
    const items_ = new Map<string, string>()
    for await (const item of dataset.pullStream({ concurrency: 1 })) {
      if (item.state === "failed") throw item.error
      const { path, name } = JSON.parse(readFileSync(item.path, "utf8")).item
      expect([path, name]).toEqual([item.file.item.path, item.file.item.name])
      items_.set(`${path}/${name}`, item.path.slice(directory.length + 1))
    }
    expect(Object.fromEntries(items_)).toEqual({
      "//x.png": "releases/v1/annotations/x.json",
      "//x.jpg": "releases/v1/annotations/x_2.json",
      "/deep/x.png": "releases/v1/annotations/x_3.json",
      "//x_2.png": "releases/v1/annotations/x_2_2.json",
    })
    expect(Object.keys(images(directory))).toEqual([
      "images/deep/x.png",
      "images/x.jpg",
      "images/x.png",
      "images/x_2.png",
    ])
  })

  test("of two annotation files of one item: none is lost", async () => {
    const { server, dataset, directory } = await openDataset()
    const item = sketch(server, "/", "x.png")
    server.addRelease("v1", await releaseZip([item, { ...item, annotations: [] }]))
    expect((await dataset.pull()).items).toMatchObject({ failed: 0 })
    expect(namesIn(join(directory, "releases/v1/annotations"))).toEqual(["x.json", "x_2.json"])
    expect(namesIn(join(directory, "images"))).toEqual(["x.png"])
  })
})

test("slots and their sources each get a file of their own", async () => {
  const { server, dataset, directory } = await openDataset()
  const source = (name: string) => ({
    file_name: name,
    url: server.serve(`slots/${name}`, contentOf(name, 300)),
  })
  const slots = [
    { slot_name: "left", source_files: [source("l.png")] },
    { slot_name: "right?", source_files: [source("r1.dcm"), source("r2.dcm")] },
  ]
  server.addRelease("v1", await releaseZip([{ name: "pair", path: "/street", slots }]))
  expect(await dataset.pull()).toMatchObject({
    items: { done: 1 },
    files: { fetched: 3 },
    bytes: 900,
  })
  expect(images(directory)).toEqual({
    "images/street/pair/left/l.png": digestOf(contentOf("l.png", 300)),
    "images/street/pair/right_/r1.dcm": digestOf(contentOf("r1.dcm", 300)),
    "images/street/pair/right_/r2.dcm": digestOf(contentOf("r2.dcm", 300)),
  })
})

test("the ending is that of the source file", async () => {
  const { server, dataset, directory } = await openDataset()
  const item = (name: string, file_name: string): ItemSketch => {
    const url = server.serve(`sources/${encodeURIComponent(name)}`, name)
    return { name, slots: [{ slot_name: "0", source_files: [{ file_name, url }] }] }
  }
  server.addRelease(
    "v1",
    await releaseZip([item("scan", "orig.jpg"), item("clip.v1", "c.mp4"), item("vol.nii.gz", "v.nii.gz")]),
  )
  await dataset.pull()
  expect(Object.keys(images(directory))).toEqual(["images/clip.mp4", "images/scan.jpg", "images/vol.nii.gz"])
})

describe("videos", () => {
  const frames = [0, 1, 2].map((at) => contentOf(`frame ${at}`, 200))
  const video = contentOf("video", 700)
  const clip = {
    slot_name: "0",
    type: "video",
    file_name: "clip.mp4",
    bytes: video,
    width: 8,
    height: 6,
    fps: 5,
    frames,
  } as const
  const items = [{ name: "clip.mp4", path: "/day", slots: [clip] }, { name: "a.png" }]

  test("come as they are, or as their frames", async () => {
    const { dataset, directory } = await openEmbedded(items)
    await dataset.pull()
    const still = { "images/a.png": digestOf(pictureOf({ name: "a.png" })) }
    expect(images(directory)).toEqual({ ...still, "images/day/clip.mp4": digestOf(video) })

    const report = await dataset.pull({ videoFrames: true })
    expect(report.files).toMatchObject({ fetched: 3, present: 1 })
    expect(images(directory)).toEqual({
      ...still,
      "images/day/clip.mp4": digestOf(video),
      ...Object.fromEntries(frames.map((bytes, at) => [`images/day/clip/000000${at}.png`, digestOf(bytes)])),
    })
    // The release is now there in frames: its video is extra.
    await dataset.pull({ videoFrames: true, removeExtra: true })
    expect(Object.keys(images(directory))).not.toContain("images/day/clip.mp4")
  })
})

describe("the release", () => {
  async function openReleases(identifier?: string) {
    const opened = await openDataset(identifier)
    const { server } = opened
    server.addRelease("v1", await releaseZip([sketch(server, "/", "one.png")]))
    server.addRelease("v2", await releaseZip([sketch(server, "/", "two.png")]))
    return opened
  }

  test("is the latest, that of the name, that of the identifier, or the one given", async () => {
    const { dataset, server, datasetsDirectory, directory } = await openReleases()
    const latest = () => treeOf(directory)["releases/latest"]
    expect((await dataset.pull({ release: "v1" })).release).toBe("v1")
    expect(latest()).toBeUndefined()
    expect((await dataset.pull()).release).toBe("v2")
    expect(latest()).toBe("-> v2")
    expect((await dataset.pull({ release: await dataset.getRelease("v1") })).release).toBe("v1")
    expect(latest()).toBe("-> v2")
    const named = await openDatasetAt(server, datasetsDirectory, "acme/street:v1")
    expect((await named.pull()).release).toBe("v1")
    expect((await named.pull({ release: "v2" })).release).toBe("v2")
  })

  test("goes where the options say", async () => {
    const { dataset, datasetsDirectory } = await openReleases()
    const elsewhere = join(datasetsDirectory, "else where")
    const report = await dataset.pull({ datasetsDirectory: elsewhere })
    expect(report.directory).toBe(join(elsewhere, "acme/street"))
    expect(namesIn(report.directory)).toContain("images/two.png")
  })

  test("that is pending is told as such, and nothing is made on disk", async () => {
    const { dataset, server, datasetsDirectory } = await openReleases()
    server.addRelease("v3", "", { status: "pending", download_url: null, latest: false })
    await expect(dataset.pull({ release: "v3" })).rejects.toMatchObject({
      code: "unsupported",
      message: "acme/street:v3 cannot be downloaded yet: it is still being made",
    })
    expect(namesIn(datasetsDirectory)).toEqual([])
    // The latest is the latest that is there.
    expect((await dataset.pull()).release).toBe("v2")
  })

  test("in another format is told as such", async () => {
    const { dataset, server } = await openReleases()
    server.addRelease("coco", "", { format: "coco" })
    await expect(dataset.pull({ release: "coco" })).rejects.toMatchObject({
      code: "unsupported",
      message: "acme/street:coco is in the format coco, which is not Darwin JSON",
    })
  })

  test("that is not there is NotFound", async () => {
    const { dataset } = await openReleases()
    await expect(dataset.pull({ release: "v9" })).rejects.toMatchObject({ code: "not-found" })
    await expect(dataset.pullStream({ release: "v9" })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "not-found",
    })
  })
})

test("two releases pulled at once into one directory do not take names from one another", async () => {
  const { server, dataset, directory } = await openDataset()
  const flat = { useFolders: false } as const
  const items = (folder: string) =>
    Array.from({ length: 40 }, (_, at) => sketch(server, `/${folder}`, `${at}.png`))
  const both = { v1: items("a"), v2: items("b") }
  for (const [name, sketches] of Object.entries(both)) server.addRelease(name, await releaseZip(sketches))

  const wrong: string[] = []
  const pull = async (release: string) => {
    const other = await openDatasetAt(server, join(directory, "../.."), "acme/street")
    const paths = new Map<string, string>()
    for await (const item of other.pullStream({ release, ...flat })) {
      if (item.state === "failed") throw item.error
      paths.set(`${item.file.item.path}/${item.file.item.name}`, item.media[0]?.path ?? "")
    }
    return paths
  }
  const paths = await Promise.all([pull("v1"), pull("v2")])
  for (const [id, path] of paths.flatMap((each) => [...each])) {
    if (digestOf(readFileSync(path)) !== picture(id)) wrong.push(path)
  }
  expect(wrong).toEqual([])
  expect(Object.keys(images(directory))).toHaveLength(80)
  expect((await dataset.pull({ release: "v1", ...flat })).files).toMatchObject({ fetched: 0, present: 40 })
})
