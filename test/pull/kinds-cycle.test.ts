import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { PushDatasetOptions } from "../../src/client/push-dataset.ts"
import { runCommand } from "../cli/command.ts"
import { contentOf, contentsOf, digestOf, folderWith, openEmpty } from "../sinks/push/embedded.ts"
import { openEmbedded } from "./embedded.ts"
import { treeOf } from "./tree.ts"

const images = (directory: string) =>
  Object.fromEntries(Object.entries(treeOf(directory)).filter(([name]) => name.startsWith("images/")))

/** Pushes files, completes the items and makes a release of them. */
async function openPushed(
  files: readonly string[],
  options: PushDatasetOptions,
  folders?: readonly string[],
) {
  const opened = await openEmpty()
  const { dataset, server } = opened
  const folder = await folderWith(files)
  const report = await dataset.push(folders?.map((name) => join(folder, name)) ?? folder, options)
  expect(report.problems).toEqual([])
  await dataset.complete(dataset.items())
  await dataset.export("v1")
  await server.idle()
  return opened
}

describe("what has been pushed comes back", () => {
  const files = ["sat/red.png", "sat/nir.png", "sat/10.png", "sat/2.png"]
  const digest = (path: string) => digestOf(contentOf(path))

  test("slots: in their names' order as texts, or one of them", async () => {
    const { dataset } = await openPushed(files, { itemMergeMode: "slots" }, ["sat"])
    const { directory } = await dataset.pull()
    expect(images(directory)).toEqual({
      "images/sat/0/2.png": digest("sat/2.png"),
      "images/sat/1/10.png": digest("sat/10.png"),
      "images/sat/2/nir.png": digest("sat/nir.png"),
      "images/sat/3/red.png": digest("sat/red.png"),
    })
    await dataset.pull({ ignoreSlots: true, removeExtra: true })
    expect(images(directory)).toEqual({ "images/sat.png": digest("sat/2.png") })
  })

  test("channels: each in a slot of its own name", async () => {
    const { dataset } = await openPushed(files, { itemMergeMode: "channels" }, ["sat"])
    const { directory } = await dataset.pull()
    expect(images(directory)).toEqual(
      Object.fromEntries(files.map((path) => [`images/${path}/${path.slice(4)}`, digest(path)])),
    )
  })

  test("a series: the one file that it was merged into", async () => {
    const slices = ["knee/1.dcm", "knee/2.dcm"]
    const opened = await openPushed(slices, { itemMergeMode: "series" }, ["knee"])
    const { directory } = await opened.dataset.pull()
    const held = await contentsOf(opened)
    expect(Object.keys(held)).toEqual(["/knee#0"])
    expect(images(directory)).toEqual({ "images/knee.dcm": held["/knee#0"] })
  })

  test("a volume: with both its endings", async () => {
    const { dataset } = await openPushed(["brain.nii.gz", "a.b.png"], {})
    const { directory } = await dataset.pull()
    expect(images(directory)).toEqual({
      "images/a.b.png": digest("a.b.png"),
      "images/brain.nii.gz": digest("brain.nii.gz"),
    })
    await dataset.pull({ forceSlots: true, removeExtra: true })
    expect(Object.keys(images(directory))).toEqual([
      "images/a.b_2.png/0/a.b.png",
      "images/brain_2.nii.gz/0/brain.nii.gz",
    ])
  })
})

describe("the command line", () => {
  const bytes = Buffer.from("bytes")
  const slot = (slot_name: string) =>
    ({ slot_name, type: "image", file_name: `${slot_name}.png`, bytes, width: 1, height: 1 }) as const
  const items = [
    { name: "duo", slots: [slot("l"), slot("r")] },
    { name: "a.png", slots: [slot("0")] },
  ]

  test.each([
    [[], ["a.png", "duo/l/l.png", "duo/r/r.png"]],
    [["--force-slots"], ["a.png/0/0.png", "duo/l/l.png", "duo/r/r.png"]],
    [["--ignore-slots"], ["a.png", "duo.png"]],
    [
      ["--force-slots", "--ignore-slots"],
      ["a.png", "duo.png"],
    ],
  ])("pull %j", async (flags, names) => {
    const { server, datasetsDirectory, directory } = await openEmbedded(items)
    const { code, stderr } = await runCommand(
      ["pull", "acme/street:v1", "--datasets-dir", datasetsDirectory, ...flags],
      { home: datasetsDirectory, env: { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: server.url } },
    )
    expect([code, stderr]).toEqual([0, ""])
    expect(Object.keys(images(directory))).toEqual(names.map((name) => `images/${name}`))
  })
})
