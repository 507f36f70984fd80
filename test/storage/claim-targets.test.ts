import { describe, expect, it, onTestFinished } from "vitest"
import type { Item } from "../../src/model/annotation-file.ts"
import { claimTargets } from "../../src/storage/claim-targets.ts"
import { openDatasetManifest } from "../../src/storage/dataset-directory.ts"
import type { Manifest } from "../../src/storage/manifest/manifest.ts"
import { type MediaTargetsOptions, mediaTargets } from "../../src/storage/names.ts"
import { tempDirectory } from "./temp-directory.ts"

function item(path: string, name: string, slots: readonly string[] = ["0"]): Item {
  return {
    name,
    path,
    source_info: { item_id: `id of ${path} ${name}` },
    slots: slots.map((slot_name) => ({
      slot_name,
      type: "image",
      source_files: [{ file_name: slot_name, url: "https://host/x" }],
    })),
  }
}

async function open(): Promise<Manifest> {
  const manifest = openDatasetManifest(await tempDirectory())
  onTestFinished(() => manifest.close())
  return manifest
}

const claim = (manifest: Manifest, of: Item, options: MediaTargetsOptions = {}) =>
  claimTargets(of, mediaTargets(of, options), manifest)

describe("claimTargets", () => {
  it("gives each of two items that need a folder of one name its own, and finds it again", async () => {
    const manifest = await open()
    const flat = { useFolders: false }
    const [a, b] = [item("/a", "i.png", ["l", "r"]), item("/b", "i.png", ["l"])]
    const both = () => [claim(manifest, a, flat), claim(manifest, b, { ...flat, forceSlots: true })]
    const expected = [["images/i.png/l/l", "images/i.png/r/r"], ["images/i_2.png/l/l"]]
    expect(both()).toEqual(expected)
    expect(both().reverse()).toEqual([...expected].reverse())
  })

  it("lets items share the folders of the dataset, also with one item's own", async () => {
    const manifest = await open()
    expect(claim(manifest, item("/", "i", ["l", "r"]))).toEqual(["images/i/l/l", "images/i/r/r"])
    expect(claim(manifest, item("/i", "x"))).toEqual(["images/i/x"])
    expect(claim(manifest, item("/i/deeper", "y"))).toEqual(["images/i/deeper/y"])
    expect(claim(manifest, item("/i/l", "l"))).toEqual(["images/i/l/l_2"])
  })

  it("gives a folder another name where a file has it, and the other way round", async () => {
    const manifest = await open()
    expect(claim(manifest, item("/", "a"))).toEqual(["images/a"])
    expect(claim(manifest, item("/a", "b"))).toEqual(["images/a_2/b"])
    expect(claim(manifest, item("/a/c", "d"))).toEqual(["images/a_2/c/d"])
    expect(claim(manifest, item("/", "a"), { forceSlots: true })).toEqual(["images/a_2/0/0"])
    expect(claim(manifest, item("/a", "c"))).toEqual(["images/a_2/c_2"])
  })

  it("keeps a name with a number when the one without becomes free", async () => {
    const manifest = await open()
    const flat = { useFolders: false }
    const [a, b] = [item("/a", "x"), item("/b", "x")]
    expect([claim(manifest, a, flat), claim(manifest, b, flat)]).toEqual([["images/x"], ["images/x_2"]])
    manifest.forgetFile("images/x")
    expect(claim(manifest, b, flat)).toEqual(["images/x_2"])
    expect(claim(manifest, item("/c", "x"), flat)).toEqual(["images/x"])
  })
})
