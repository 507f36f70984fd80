import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { splitVideoAnnotations } from "../../src/sinks/index.ts"
import { partialPath, removeLeftovers } from "../../src/storage/atomic-file.ts"
import { openDataset } from "../pull/open.ts"
import { releaseZip } from "../pull/release-zip.ts"
import { namesIn, treeOf } from "../pull/tree.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

const box = (x: number) => ({ bounding_box: { x, y: 0, w: 10, h: 20 } })

const walk = {
  version: "2.0",
  item: {
    name: "walk.mp4",
    path: "/cam",
    source_info: { item_id: "i1", dataset: { name: "Street", slug: "street" } },
    slots: [
      {
        type: "video",
        slot_name: "0",
        width: 1280,
        height: 720,
        fps: 1,
        frame_count: 4,
        frame_urls: [0, 1, 2, 3].map((at) => `http://h/sections/${at}`),
        source_files: [{ file_name: "walk.mp4", url: "http://h/uploads/u2" }],
      },
    ],
  },
  annotations: [
    {
      id: "v1",
      name: "person",
      slot_names: ["0"],
      properties: [{ frame_index: 2, name: "pose", value: "standing" }],
      ranges: [[1, 3]],
      frames: {
        1: { ...box(0), keyframe: true },
        2: { ...box(5), instance_id: { value: 9 }, keyframe: true },
      },
    },
    {
      id: "v2",
      name: "kerb",
      slot_names: ["0"],
      frames: { 2: { line: { path: [{ x: 1, y: 2 }] }, keyframe: true } },
    },
    { id: "v3", name: "night", slot_names: ["0"], frames: { 0: { tag: {}, keyframe: true } } },
    { id: "s1", name: "car", slot_names: ["0"], ...box(1) },
  ],
}
const still = {
  version: "2.0",
  item: { name: "a.png", path: "/", slots: [{ type: "image", slot_name: "0", source_files: [] }] },
  annotations: [{ id: "a1", name: "car", ...box(1) }],
  unknown: "kept",
}

async function folder(files: Readonly<Record<string, unknown>>): Promise<{ from: string; to: string }> {
  const root = await tempDirectory()
  const from = join(root, "annotations")
  mkdirSync(from)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(from, name)), { recursive: true })
    writeFileSync(join(from, name), typeof content === "string" ? content : JSON.stringify(content))
  }
  return { from, to: join(root, "frames") }
}

const frames = (folder: string, count: number) =>
  Array.from({ length: count }, (_, at) => `annotations/${folder}/${String(at).padStart(7, "0")}.json`)
const read = (directory: string, name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"))

describe("splitVideoAnnotations", () => {
  test("gives a file a frame, named as darwin-py names them, and leaves the old tree as it is", async () => {
    const { from, to } = await folder({ "clip.json": walk, "a.json": still, ".v7/metadata.json": "{}" })
    const before = treeOf(from)
    expect(await splitVideoAnnotations(from, to)).toEqual({
      directory: to,
      videos: 1,
      frames: 4,
      others: 1,
      annotations: 4,
      skipped: 1,
    })
    expect(treeOf(from)).toEqual(before)
    expect(namesIn(to)).toEqual(
      [
        "annotations/.v7/metadata.json",
        "annotations/a.json",
        ...frames("clip", 4),
        "lists/classes_bounding_box.txt",
        "lists/classes_tag.txt",
      ].sort(),
    )
    const second = read(to, "annotations/clip/0000002.json")
    expect(second.item).toMatchObject({ name: "walk/0000002.png", path: "/cam/walk" })
    expect(second.item.source_info).toEqual(walk.item.source_info)
    expect(second.item.slots).toEqual([
      {
        slot_name: "0",
        type: "image",
        width: 1280,
        height: 720,
        source_files: [{ file_name: "0000002.png", url: "http://h/sections/2" }],
      },
    ])
    // All types, with what belongs to them.
    expect(second.annotations).toEqual([
      {
        id: "v1",
        name: "person",
        slot_names: ["0"],
        properties: [{ frame_index: 0, name: "pose", value: "standing" }],
        ...box(5),
        instance_id: { value: 9 },
      },
      { id: "v2", name: "kerb", slot_names: ["0"], line: { path: [{ x: 1, y: 2 }] } },
    ])
    expect(read(to, "annotations/clip/0000003.json").annotations).toEqual([])
    expect(readFileSync(join(to, "annotations/a.json"))).toEqual(readFileSync(join(from, "a.json")))
    expect(readFileSync(join(to, "lists/classes_bounding_box.txt"), "utf8")).toBe("car\nperson")
  })

  test("splits long videos, and every slot of several", async () => {
    const [slot] = walk.item.slots
    const { frame_urls: _, ...long } = { ...slot, frame_count: 2, segments: [], frame_manifests: [] }
    const item = {
      name: "both",
      path: "/",
      slots: [long, { type: "image", slot_name: "b", source_files: [] }],
    }
    const { from, to } = await folder({
      "both.json": {
        version: "2.0",
        item,
        annotations: [{ id: "1", name: "car", slot_names: ["b"], ...box(1) }],
      },
      "deep/long.json": {
        version: "2.0",
        item: { name: "l.mp4", path: "/", slots: [long] },
        annotations: [],
      },
    })
    expect(await splitVideoAnnotations(from, to)).toMatchObject({ videos: 2, frames: 5, skipped: 0 })
    const names = namesIn(to).filter((name) => name.startsWith("annotations/"))
    expect(names).toEqual([...frames("both/0", 2), "annotations/both/b.json", ...frames("deep/long", 2)])
    expect(read(to, "annotations/both/0/0000001.json").item).toMatchObject({
      name: "both/0/0000001.png",
      path: "/both/0",
    })
    expect(read(to, "annotations/deep/long/0000001.json").item).toMatchObject({
      name: "l/0000001.png",
      path: "/l",
    })
  })

  test("tells what belongs to no frame, and a video without frames", async () => {
    const none = { ...walk.item, slots: [{ type: "video", slot_name: "0" }] }
    const { from, to } = await folder({
      "clip.json": walk,
      "none.json": { version: "2.0", item: none, annotations: [] },
    })
    const skips: string[] = []
    const onEvent = (event: RunEvent) =>
      event.type === "skip" && skips.push(`${event.place}: ${event.reason}`)
    expect(await splitVideoAnnotations(from, to, { onEvent })).toMatchObject({ skipped: 2 })
    expect(skips).toEqual([
      "annotations[3]: bounding_box: it belongs to no frame of the video",
      "item: it has no picture: the video has no frames",
    ])
  })

  test("appears as a whole or not at all", async () => {
    const { from, to } = await folder({ "clip.json": walk, "z.json": "{ broken" })
    await expect(splitVideoAnnotations(from, to)).rejects.toMatchObject({ code: "format" })
    const controller = new AbortController()
    controller.abort(new Error("enough"))
    const { signal } = controller
    await expect(splitVideoAnnotations(from, to, { signal })).rejects.toThrow("enough")
    expect(readdirSync(dirname(to))).toEqual(["annotations"])
    expect(await splitVideoAnnotations(from, to, { onInvalid: "skip" })).toMatchObject({
      videos: 1,
      skipped: 2,
    })

    const before = treeOf(to)
    await expect(splitVideoAnnotations(from, to)).rejects.toMatchObject({ code: "path", path: to })
    await expect(splitVideoAnnotations(join(from, "nowhere"), `${to}2`)).rejects.toMatchObject({
      code: "path",
    })
    expect(treeOf(to)).toEqual(before)
    expect(readdirSync(dirname(to)).sort()).toEqual(["annotations", "frames"])
  })

  test("what a killed run left is removed by the next pull", async () => {
    const root = await tempDirectory()
    // No process has this number.
    const left = partialPath(join(root, "v1", "frames")).replace(/\.[0-9a-z]+-/, ".zik0zj-")
    mkdirSync(join(left, "annotations"), { recursive: true })
    writeFileSync(join(left, "annotations", "0000000.json"), "{}")
    removeLeftovers(root)
    expect(readdirSync(join(root, "v1"))).toEqual([])
  })
})

describe("of a dataset", () => {
  test("splits a release that was pulled, into a folder of its own", async () => {
    const { server, dataset, directory } = await openDataset()
    server.addRelease("v1", await releaseZip([], { "walk.json": JSON.stringify(walk) }))
    await expect(dataset.splitVideoAnnotations()).rejects.toMatchObject({ code: "path" })
    await dataset.pull({ onlyAnnotations: true })
    const { length } = server.requests
    expect(await dataset.splitVideoAnnotations()).toMatchObject({
      directory: join(directory, "releases/v1/frames"),
      frames: 4,
    })
    expect(await dataset.splitVideoAnnotations({ release: "v1", subsetFolderName: "stills" })).toMatchObject({
      directory: join(directory, "releases/v1/stills"),
    })
    expect(server.requests.length).toBe(length)
    await expect(dataset.splitVideoAnnotations({ release: "v2" })).rejects.toMatchObject({ code: "path" })
    rmSync(join(directory, "releases/v1/frames"), { recursive: true })
    // A pull of the same release leaves it alone.
    await dataset.pull({ onlyAnnotations: true, removeExtra: true })
    expect(
      namesIn(join(directory, "releases/v1/stills")).filter((name) => name.startsWith("annotations")),
    ).toEqual(frames("walk", 4))
  })
})
