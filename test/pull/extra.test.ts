import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { markDatasetRun } from "../../src/storage/dataset-directory.ts"
import { yazlArchive } from "../parse/zip-archives.ts"
import { openDataset } from "./open.ts"
import { contentOf, documentOf, releaseZip } from "./release-zip.ts"

/** A dataset that was pulled when it had the items a, b and c. */
async function openPulled() {
  const opened = await openDataset()
  const { server, dataset, directory } = opened
  const urlOf = (name: string) => server.serve(`${name}.png`, contentOf(name, 1_000))
  const item = (name: string) => ({ name: `${name}.png`, url: urlOf(name) })
  server.addRelease("v1", await releaseZip(["a", "b", "c"].map(item)))
  await dataset.pull()
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type === "warning") warnings.push(event.message)
  }
  const isThere = (name: string) => existsSync(join(directory, "images", `${name}.png`))
  return { ...opened, item, onEvent, warnings, isThere }
}

describe("extra files are kept", () => {
  test("while annotation files cannot be read, or media has no address: what these need is not known", async () => {
    const { server, dataset, item, onEvent, warnings, isThere } = await openPulled()
    const [a, b] = [documentOf(item("a")), documentOf(item("b"))]
    const withoutAddress = documentOf({
      name: "c.png",
      slots: [{ slot_name: "0", source_files: [{ file_name: "c.png", url: null }] }],
    })
    const archiveOf = (...texts: string[]) =>
      yazlArchive(texts.map((text, at) => ({ name: `${at}.json`, text })))
    server.addRelease("v1", await archiveOf(a, b.slice(0, -5), withoutAddress))
    expect((await dataset.pull({ removeExtra: true, onEvent })).files).toMatchObject({ removed: 0 })
    expect(["a", "b", "c"].filter(isThere)).toEqual(["a", "b", "c"])
    expect(warnings).toEqual([
      "extra files are kept: what 2 annotation files of the release need is not known",
    ])
    expect((await dataset.verify()).clean).toBe(false)
    server.addRelease("v1", await archiveOf(a))
    expect((await dataset.pull({ removeExtra: true })).files).toMatchObject({ removed: 2 })
    expect(["a", "b", "c"].filter(isThere)).toEqual(["a"])
  })

  test("while another pull into the directory goes on", async () => {
    const { server, dataset, directory, item, onEvent, warnings, isThere } = await openPulled()
    server.addRelease("v1", await releaseZip([item("a")]))
    const other = markDatasetRun(directory, "pulling")
    expect((await dataset.pull({ removeExtra: true, onEvent })).files).toMatchObject({ removed: 0 })
    expect(warnings).toEqual(["extra files are kept: another pull into this directory goes on"])
    other.remove()
    expect((await dataset.pull({ removeExtra: true })).files).toMatchObject({ removed: 2 })
    expect(isThere("b")).toBe(false)
  })
})

test("a pull begins when another has removed its extra files, not before", async () => {
  const { server, dataset, directory, item, isThere } = await openPulled()
  server.addRelease("v2", await releaseZip([item("d")]))
  const other = markDatasetRun(directory, "removing")
  const isOfD = ({ url }: { readonly url: string }) => url.includes("d.png")
  const pulling = dataset.pull({ release: "v2" })
  // It has asked for the list of releases by then, and waits.
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(server.requests.filter(isOfD)).toEqual([])
  other.remove()
  await pulling
  expect(isThere("d")).toBe(true)
})
