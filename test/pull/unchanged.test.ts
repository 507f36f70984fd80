import { rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { PullDatasetOptions } from "../../src/client/index.ts"
import { mediaRequests, openEmbedded, type Sketch } from "./embedded.ts"
import { openDataset } from "./open.ts"
import { box, releaseZip } from "./release-zip.ts"
import { treeOf } from "./tree.ts"

const car = {
  id: "00000000-0000-4000-8000-000000000001",
  type: "bounding_box",
  name: "car",
  bounding_box: { x: 1, y: 2, w: 3, h: 4 },
} as const
const items: readonly Sketch[] = [...Array(5).keys()].map((at) => ({ name: `${at}.png`, annotations: [car] }))

async function openPulled(options: PullDatasetOptions = {}) {
  const opened = await openEmbedded(items)
  const { dataset, directory, requests } = opened
  await dataset.pull(options)
  const whole = treeOf(directory)
  requests.length = 0
  return { ...opened, whole, archives: () => requests.filter(({ url }) => url.includes("/download")).length }
}

describe("a pull with nothing to do", () => {
  test("does not ask for the archive, and reports as one that looked at all", async () => {
    const { dataset, directory, whole, archives } = await openPulled()
    expect(await dataset.pull()).toEqual({
      release: "v1",
      directory,
      items: { done: 0, skipped: 5, failed: 0, filtered: 0 },
      files: { fetched: 0, present: 5, removed: 0 },
      bytes: 0,
      annotations: 5,
      invalid: 0,
      problems: [],
    })
    expect(archives()).toBe(0)
    expect(treeOf(directory)).toEqual(whole)
  })

  test("points `latest` to its release again", async () => {
    const { dataset, directory, whole, archives } = await openPulled()
    unlinkSync(join(directory, "releases/latest"))
    symlinkSync("v0", join(directory, "releases/latest"))
    await dataset.pull()
    expect(treeOf(directory)).toEqual(whole)
    expect(archives()).toBe(0)
  })

  test.each<[string, (at: (name: string) => string) => void, number]>([
    ["a picture", (at) => rmSync(at("images/1.png")), 1],
    ["the end of a picture", (at) => truncateSync(at("images/1.png"), 10), 1],
    ["an annotation file", (at) => rmSync(at("releases/v1/annotations/1.json")), 0],
    ["the definitions", (at) => rmSync(at("releases/v1/annotations/.v7"), { recursive: true }), 0],
    ["a class list", (at) => rmSync(at("releases/v1/lists/classes_bounding_box.txt")), 0],
    ["the release's folder", (at) => rmSync(at("releases"), { recursive: true }), 0],
    ["the manifest", (at) => rmSync(at(".darwin-streams"), { recursive: true }), 5],
  ])("is a whole one where %s is missing", async (_, spoil, fetched) => {
    const { dataset, directory, requests, whole } = await openPulled()
    spoil((name) => join(directory, name))
    await dataset.pull()
    expect(mediaRequests(requests)).toHaveLength(fetched)
    expect(treeOf(directory)).toEqual(whole)
  })

  test("is a whole one where an annotation file is too many, or one was found to be changed", async () => {
    const { dataset, directory, whole, archives } = await openPulled()
    const spare = join(directory, "releases/v1/annotations/spare.json")
    writeFileSync(spare, "{}")
    await dataset.pull()
    expect(archives()).toBe(1)
    writeFileSync(join(directory, "images/1.png"), Buffer.alloc(1_000))
    await dataset.verify({ repair: true })
    expect(Object.entries(treeOf(join(directory, "images")))).toEqual(
      Object.entries(whole).flatMap(([name, digest]) =>
        name.startsWith("images/") ? [[name.slice(7), digest]] : [],
      ),
    )
  })

  test.each<[PullDatasetOptions, PullDatasetOptions]>([
    [{ onlyAnnotations: true }, {}],
    [{}, { forceReplace: true }],
    [{}, { useFolders: false }],
    [{}, { removeExtra: true }],
    [{}, { subsetFilterAnnotationsFunction: () => true }],
  ])("is a whole one after %o with %o", async (first, second) => {
    const { dataset, archives } = await openPulled(first)
    await dataset.pull(second)
    expect(archives()).toBe(1)
  })

  test("is a whole one where the release was made anew under its name, or an item had failed", async () => {
    const { server, dataset } = await openDataset("acme/street:v1")
    const url = `${server.url}/files/a.png`
    server.addRelease("v1", await releaseZip([{ name: "a.png", url }]))
    expect(await dataset.pull()).toMatchObject({ items: { failed: 1 } })
    server.serve("a.png", "the picture")
    expect(await dataset.pull()).toMatchObject({ items: { done: 1 }, files: { fetched: 1 } })
    expect(await dataset.pull()).toMatchObject({ items: { skipped: 1 }, annotations: 0 })
    server.addRelease("v1", await releaseZip([{ name: "a.png", url, annotations: [box("car")] }]))
    expect(await dataset.pull()).toMatchObject({ items: { skipped: 1 }, annotations: 1 })
  })
})
