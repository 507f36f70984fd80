import { existsSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { runCommand } from "../cli/command.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { mediaRequests, openEmbedded, type Sketch } from "./embedded.ts"
import { openDataset } from "./open.ts"
import { box, contentOf, releaseZip } from "./release-zip.ts"
import { treeOf } from "./tree.ts"

const items: readonly Sketch[] = [...Array(6).keys()].map((at) => ({ name: `${at}.png`, bytes: 1_000 + at }))
const none = { new: 0, replace: 0, keep: 0, remove: 0, bytes: 0, unknown: 0 }

test("a plan for an empty disk names all files, and makes nothing", async () => {
  const { dataset, directory, requests } = await openEmbedded(items)
  const plan = await dataset.planPull()
  expect(plan).toMatchObject({
    release: "v1",
    directory,
    items: { total: 6, filtered: 0, failed: 0 },
    annotations: { ...none, new: 6, bytes: expect.any(Number) },
    media: { ...none, new: 6, unknown: 6 },
  })
  expect(existsSync(directory)).toBe(false)
  expect(mediaRequests(requests)).toEqual([])
  expect(await dataset.planPull({ onlyAnnotations: true })).toMatchObject({ media: none })
  expect(
    await dataset.planPull({ subsetFilterAnnotationsFunction: ({ item }) => item.name < "2" }),
  ).toMatchObject({ items: { total: 2, filtered: 4 }, annotations: { new: 2 } })
})

test("a plan after a pull keeps what is whole, and knows the bytes of what was here; then the pull does just that", async () => {
  const { dataset, directory } = await openEmbedded(items)
  await dataset.pull()
  const kept = { ...none, keep: 6 }
  expect(await dataset.planPull()).toMatchObject({ annotations: kept, media: kept })
  rmSync(join(directory, "images/1.png"))
  writeFileSync(join(directory, "images/2.png"), "short")
  writeFileSync(join(directory, "images/more.png"), "")
  const before = treeOf(directory)
  const plan = await dataset.planPull({ removeExtra: true })
  expect(plan.media).toEqual({ new: 1, replace: 1, keep: 4, remove: 1, bytes: 1_001 + 1_002, unknown: 0 })
  expect(treeOf(directory)).toEqual(before)
  expect((await dataset.planPull({ forceReplace: true })).media).toMatchObject({ new: 1, replace: 5 })
  expect((await dataset.pull({ removeExtra: true })).files).toEqual({ fetched: 2, present: 4, removed: 1 })
})

test("a plan for a release that has changed tells what goes", async () => {
  const { server, dataset } = await openDataset()
  const url = server.serve("a.png", contentOf("a", 500))
  server.addRelease("v1", await releaseZip([{ name: "a.png", url }, { name: "b.png" }, { name: "c.png" }]))
  await dataset.pull()
  server.addRelease(
    "v1",
    await releaseZip([{ name: "a.png", url, annotations: [box("car")] }, { name: "b.png" }]),
  )
  expect(await dataset.planPull()).toMatchObject({
    annotations: { new: 0, replace: 1, keep: 1, remove: 1 },
    media: { ...none, keep: 1 },
  })
})

test("the command prints the plan", async () => {
  const { server, datasetsDirectory, directory } = await openEmbedded(items)
  const home = await tempDirectory()
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  const args = ["pull", "acme/street", "--datasets-dir", datasetsDirectory]
  const plan = await runCommand([...args, "--dry-run"], { home, env })
  expect(plan.code).toBe(0)
  expect(plan.stdout).toContain(`would pull v1 into ${directory}`)
  expect(plan.stdout).toMatch(/images and videos {2}6 to fetch \(6 files of unknown size\)\n/)
  expect(existsSync(directory)).toBe(false)
  expect((await runCommand([...args, "--dry-run", "--json"], { home, env })).last()).toMatchObject({
    type: "report",
    command: "pull",
    dryRun: true,
    media: { new: 6, unknown: 6 },
  })
})
