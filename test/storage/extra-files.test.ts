import { existsSync, readdirSync } from "node:fs"
import { mkdir, rm, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import type { Item } from "../../src/model/annotation-file.ts"
import { openDatasetManifest, releaseFolder } from "../../src/storage/dataset-directory.ts"
import { removeExtra } from "../../src/storage/extra-files.ts"
import type { Manifest } from "../../src/storage/manifest/manifest.ts"
import { mediaTargets } from "../../src/storage/names.ts"
import { removeStale } from "../../src/storage/stale-files.ts"
import { tempDirectory } from "./temp-directory.ts"

function image(name: string, path = "/"): Item {
  const source_files = [{ file_name: `${name}.png`, url: `https://host/${name}` }]
  return { name: `${name}.png`, path, slots: [{ slot_name: "0", type: "image", source_files }] }
}

async function put(directory: string, path: string, content: string | object = "x"): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true })
  await writeFile(join(directory, path), typeof content === "string" ? content : JSON.stringify(content))
}

async function dataset(): Promise<{ directory: string; manifest: Manifest }> {
  const directory = await tempDirectory()
  const manifest = openDatasetManifest(directory)
  onTestFinished(() => manifest.close())
  return { directory, manifest }
}

/** Puts on the disk what a pull of these items would, and notes it as a pull does. */
async function pulled(
  directory: string,
  manifest: Manifest,
  release: string,
  items: readonly Item[],
): Promise<void> {
  const { key, annotations } = releaseFolder(release)
  manifest.beginRelease(key)
  for (const item of items) {
    const name = manifest.claim(`${annotations}/${item.name}.json`, item.name)
    for (const path of [
      name,
      ...mediaTargets(item, {}).map(({ path, owner }) => manifest.claim(path, owner)),
    ]) {
      manifest.use(key, path)
      await put(directory, path, path === name ? { item, annotations: [] } : "x")
      manifest.record(path, { source: "s", bytes: 1, digest: "d" })
    }
  }
  manifest.endRelease(key)
}

function files(directory: string, below: string): string[] {
  return readdirSync(join(directory, below), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(directory, below).length + 1))
    .sort()
}

describe("removeExtra", () => {
  it("removes media that no release names, and folders that are empty then; the user's own files stay", async () => {
    const { directory, manifest } = await dataset()
    await pulled(directory, manifest, "v1", [image("a"), image("b", "/street")])
    const extra = ["old.PNG", "gone/deep/x.jpg", "street/extra.mp4", "volume.nii.gz", "page.pdf", "a.png.jpg"]
    const own = ["notes.txt", "backup.tar.gz", "street/b.png.json", "kept/readme.md", ".1a-00000000.part"]
    for (const name of [...extra, ...own]) await put(directory, `images/${name}`)
    const events: RunEvent[] = []
    const run = (dryRun: boolean) =>
      removeExtra(directory, manifest, { dryRun }, { onEvent: (event) => events.push(event) })

    const before = files(directory, "images")
    expect(await run(true)).toBe(extra.length)
    expect(files(directory, "images")).toEqual(before)
    const told = (dryRun: boolean) =>
      extra.map((name) => ({ type: "remove", path: join(directory, "images", name), dryRun })).sort(byPath)
    expect([...events].sort(byPath)).toEqual(told(true))

    events.length = 0
    expect(await run(false)).toBe(extra.length)
    expect([...events].sort(byPath)).toEqual(told(false))
    expect(files(directory, "images")).toEqual([...own, "a.png", "street/b.png"].sort())
    expect(existsSync(join(directory, "images/gone"))).toBe(false)
    expect(await run(false)).toBe(0)
  })

  it("keeps what any release needs, and forgets a release whose folder is gone", async () => {
    const { directory, manifest } = await dataset()
    await pulled(directory, manifest, "v1", [image("a"), image("shared")])
    await pulled(directory, manifest, "v2", [image("b"), image("shared")])
    expect(await removeExtra(directory, manifest, { dryRun: false }, {})).toBe(0)
    await rm(join(directory, "releases/v1"), { recursive: true })
    expect(await removeExtra(directory, manifest, { dryRun: false }, {})).toBe(1)
    expect(files(directory, "images")).toEqual(["b.png", "shared.png"])
    expect(manifest.releases()).toEqual(["v2"])
    expect(manifest.known("images/a.png")).toBeUndefined()
  })

  it("keeps what releases pulled by other means name, in whatever form they were pulled", async () => {
    const { directory, manifest } = await dataset()
    await pulled(directory, manifest, "v1", [image("a")])
    const frames = { frame_urls: ["https://host/0", "https://host/1"] }
    const source_files = [{ file_name: "c.mp4", url: "https://host/c" }]
    const clip: Item = {
      name: "clip.mp4",
      path: "/f",
      slots: [{ slot_name: "0", type: "video", source_files, ...frames }],
    }
    const long: Item = {
      name: "long.mp4",
      path: "/",
      slots: [{ slot_name: "0", type: "video", source_files, frame_count: 2 }],
    }
    const extracted: Item = {
      name: "frame.png",
      path: "/",
      slots: [
        { slot_name: "0", type: "image", source_files: [{ file_name: "f.png" }, { file_name: "f.mp4" }] },
      ],
    }
    const foreign = "releases/theirs/annotations"
    await put(directory, `${foreign}/b.json`, { item: image("b", "/f"), annotations: [] })
    await put(directory, `${foreign}/clip_2.json`, { item: clip, annotations: [{ broken: true }] })
    await put(directory, `${foreign}/frame.json`, { item: extracted, annotations: [] })
    await put(directory, `${foreign}/.v7/metadata.json`, { classes: [] })
    // Subsets: beside annotations of ours, and as deep as the Python SDK's default name puts them.
    await put(directory, "releases/v1/05/06/2024_10:00:00/annotations/s.json", {
      item: image("s"),
      annotations: [],
    })
    await put(directory, "releases/v2/annotations/long.json", { item: long, annotations: [] })
    await pulled(directory, manifest, "v2/subset", [])
    const kept = [
      "a.png",
      "b.png",
      "f/b.png",
      "f/clip.mp4",
      "clip.mp4/0/c.mp4",
      "f/clip/0000001.png",
      "clip_2/0000000.png",
      "clip.mp4/0/0000000.png",
      "long/0000001.png",
      "frame.png",
      "s.png",
    ]
    const extra = ["c.png", "f/clip/0000002.png", "long/0000002.png", "g/b.png"]
    for (const name of [...kept, ...extra]) await put(directory, `images/${name}`)
    await symlink("theirs", join(directory, "releases/latest"))

    expect(await removeExtra(directory, manifest, { dryRun: false }, {})).toBe(extra.length)
    expect(files(directory, "images")).toEqual(kept.sort())
    // What they no longer name goes, although it was noted before.
    await rm(join(directory, foreign, "b.json"))
    expect(await removeExtra(directory, manifest, { dryRun: false }, {})).toBe(2)
    expect(existsSync(join(directory, "images/f/b.png"))).toBe(false)
  })

  it("removes nothing where a release's file does not tell what it needs", async () => {
    for (const broken of ["{", { annotations: [] }, { item: image("../x", "/.."), annotations: [] }]) {
      const { directory, manifest } = await dataset()
      await put(directory, "images/x.png")
      await put(directory, "releases/theirs/annotations/a.json", broken)
      const removing = removeExtra(directory, manifest, { dryRun: false }, {})
      await expect(removing).rejects.toMatchObject({ code: expect.stringMatching(/^(format|path)$/) })
      expect(files(directory, "images")).toEqual(["x.png"])
    }
  })

  it("does nothing in a directory without images or releases", async () => {
    const { directory, manifest } = await dataset()
    expect(await removeExtra(directory, manifest, { dryRun: false }, {})).toBe(0)
  })
})

describe("removeStale", () => {
  it("removes annotation files that the release no longer has, noted or not, and no others", async () => {
    const { directory, manifest } = await dataset()
    await pulled(directory, manifest, "v1", [image("a"), image("b")])
    await pulled(directory, manifest, "v2", [image("b")])
    await pulled(directory, manifest, "v1", [image("a")])
    const { annotations } = releaseFolder("v1")
    await put(directory, `${annotations}/left-by-another.json`)
    await put(directory, `${annotations}/notes.txt`)
    await put(directory, `${annotations}/.v7/metadata.json`)
    removeStale(directory, manifest, releaseFolder("v1"))
    expect(files(directory, annotations)).toEqual([".v7/metadata.json", "a.png.json", "notes.txt"])
    expect(files(directory, releaseFolder("v2").annotations)).toEqual(["b.png.json"])
    expect(files(directory, "images")).toEqual(["a.png", "b.png"])
  })

  it("is content with a release that has no items", async () => {
    const { directory, manifest } = await dataset()
    manifest.beginRelease("v1")
    manifest.endRelease("v1")
    removeStale(directory, manifest, releaseFolder("v1"))
  })
})

function byPath(a: object, b: object): number {
  return (a as { path: string }).path < (b as { path: string }).path ? -1 : 1
}
