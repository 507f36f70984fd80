import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { startCommand } from "../cli/command.ts"
import { cutOff, halfway } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openDataset } from "./open.ts"
import { box, releaseZip } from "./release-zip.ts"
import { treeOf } from "./tree.ts"

const count = 40
/** A release of which every third item differs from version to version, and one is only in its own version. */
const zipOf = (version: string, more: Readonly<Record<string, string>> = {}) =>
  releaseZip(
    [...Array(count).keys(), version].map((at) => ({
      name: `${at}.png`,
      annotations: [box(typeof at === "number" && at % 3 > 0 ? "same" : version)],
    })),
    { ".v7/metadata.json": JSON.stringify({ version }), ...more },
  )
const annotations = (directory: string) => join(directory, "releases/v1/annotations")
const besides = (directory: string) =>
  readdirSync(join(directory, "releases/v1")).filter((name) => name.startsWith(".annotations"))

async function openWith(version: string) {
  const opened = await openDataset("acme/street:v1")
  opened.server.addRelease("v1", await zipOf(version))
  await opened.dataset.pull()
  return { ...opened, before: treeOf(annotations(opened.directory)) }
}

describe("a release that is pulled again", () => {
  test("is left untouched where nothing has changed", async () => {
    const { dataset, directory, before } = await openWith("a")
    const stamps = () =>
      readdirSync(annotations(directory)).map((name) => statSync(join(annotations(directory), name)).mtimeMs)
    const stampsBefore = stamps()
    for await (const item of dataset.pullStream()) {
      expect(item.state !== "failed" && existsSync(item.path) && item.path).toContain("/v1/annotations/")
    }
    expect(stamps()).toEqual(stampsBefore)
    expect(treeOf(annotations(directory))).toEqual(before)
    expect(lstatSync(annotations(directory)).isDirectory()).toBe(true)
    expect(besides(directory)).toEqual([])
  })

  test("changes at its end, all at once; the paths of its items hold before and after", async () => {
    const { server, dataset, directory, before } = await openWith("a")
    const first = readFileSync(join(annotations(directory), "0.json"), "utf8")
    server.addRelease("v1", await zipOf("b"))
    const paths: string[] = []
    for await (const item of dataset.pullStream()) {
      if (item.state === "failed") throw item.error
      expect(readFileSync(item.path, "utf8")).toContain(JSON.stringify(item.file.item.name))
      expect(treeOf(annotations(directory))).toEqual(before)
      paths.push(item.path)
    }
    const after = treeOf(annotations(directory))
    expect(Object.keys(after)).toEqual(
      [".v7/metadata.json", ...[...Array(count).keys(), "b"].map((at) => `${at}.json`)].sort(),
    )
    expect(readFileSync(join(annotations(directory), "0.json"), "utf8")).not.toBe(first)
    expect(after["1.json"]).toBe(before["1.json"])
    for (const path of paths.filter((path) => !path.includes("/v1/annotations/")))
      expect(existsSync(path)).toBe(true)
    expect(readFileSync(join(directory, "releases/v1/lists/classes_bounding_box.txt"), "utf8")).toBe(
      "b\nsame",
    )

    const target = readlinkSync(annotations(directory))
    expect(besides(directory)).toEqual([target])
    // Again, and what it was pulled from first: the link changes, and its former target goes.
    server.addRelease("v1", await zipOf("a"))
    await dataset.pull()
    expect(treeOf(annotations(directory))).toEqual(before)
    expect(besides(directory)).toEqual([readlinkSync(annotations(directory))])
    expect(readlinkSync(annotations(directory))).not.toBe(target)
  })

  test.each(["breaks off", "is left by its consumer"])("stays as it was where the pull %s", async (how) => {
    const { server, dataset, directory, before } = await openWith("a")
    const zip = await zipOf("b")
    server.addRelease("v1", how === "breaks off" ? cutOff(zip, zip.length >> 1) : zip)
    const run = async () => {
      for await (const item of dataset.pullStream()) if (how !== "breaks off" && item.state === "done") return
    }
    if (how === "breaks off") await expect(run()).rejects.toMatchObject({ code: "network" })
    else await run()
    expect(treeOf(annotations(directory))).toEqual(before)
    expect(besides(directory)).toEqual([])
    server.addRelease("v1", zip)
    await dataset.pull()
    expect(existsSync(join(annotations(directory), "b.json"))).toBe(true)
  })

  test("keeps what others have put there, and drops what the release no longer has", async () => {
    const { server, dataset, directory } = await openWith("a")
    mkdirSync(join(annotations(directory), "clip"))
    writeFileSync(join(annotations(directory), "clip/0000000.json"), "mine")
    writeFileSync(join(annotations(directory), "notes.txt"), "mine, too")
    server.addRelease(
      "v1",
      await releaseZip([{ name: "0.png" }, { name: "1.png", annotations: [box("same")] }]),
    )
    await dataset.pull()
    expect(Object.keys(treeOf(annotations(directory)))).toEqual([
      "0.json",
      "1.json",
      "clip/0000000.json",
      "notes.txt",
    ])
  })

  test("by another tool before is whole until the end, too", async () => {
    const { server, dataset, directory } = await openDataset("acme/street:v1")
    mkdirSync(annotations(directory), { recursive: true })
    writeFileSync(join(annotations(directory), "0.json"), "what the other one wrote")
    const before = treeOf(annotations(directory))
    server.addRelease("v1", await zipOf("a"))
    for await (const _ of dataset.pullStream()) expect(treeOf(annotations(directory))).toEqual(before)
    expect(Object.keys(treeOf(annotations(directory)))).toHaveLength(count + 2)
  })

  test("is put back where a run was killed between moving it aside and the link", async () => {
    const { dataset, directory, before } = await openWith("a")
    renameSync(annotations(directory), join(directory, "releases/v1/.annotations-replaced"))
    for await (const _ of dataset.pullStream()) expect(treeOf(annotations(directory))).toEqual(before)
    expect(besides(directory)).toEqual([])
  })
})

describe("processes", () => {
  const commandOf = async ({ server, datasetsDirectory }: Awaited<ReturnType<typeof openDataset>>) => {
    const home = await tempDirectory()
    const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
    const args = ["pull", "acme/street:v1", "--datasets-dir", datasetsDirectory, "--json"]
    return () => startCommand(args, { home, env })
  }

  test("one that is killed half-way leaves the release as it was, and the next one is done", async () => {
    const opened = await openWith("a")
    const { server, directory, before } = opened
    const start = await commandOf(opened)
    server.addRelease("v1", halfway(await zipOf("b"), new Promise(() => {})))
    const { child, ended, until } = start()
    await until('"type":"file"')
    child.kill("SIGKILL")
    await ended
    expect(besides(directory)).toHaveLength(1)
    expect(treeOf(annotations(directory))).toEqual(before)
    server.addRelease("v1", await zipOf("b"))
    expect((await start().ended).code).toBe(0)
    expect(existsSync(join(annotations(directory), "b.json"))).toBe(true)
    expect(besides(directory)).toEqual([readlinkSync(annotations(directory))])
  })

  test("kills at random moments show one version or the other, never a part of either", async () => {
    const opened = await openWith("a")
    const { server, dataset, directory, before } = opened
    const start = await commandOf(opened)
    server.addRelease("v1", await zipOf("b"))
    await dataset.pull()
    const versions = [before, treeOf(annotations(directory))].map((tree) => JSON.stringify(tree))
    let kills = 0
    for (let round = 0; round < 10; round++) {
      server.addRelease("v1", await zipOf(round % 2 === 0 ? "a" : "b"))
      const { child, ended, until } = start()
      // Aimed at what comes after the files: the switch, and the time right before and after it.
      await until('"file"').catch(() => "")
      const spin = performance.now() + round * 3
      while (performance.now() < spin) expect(existsSync(annotations(directory))).toBe(true)
      child.kill("SIGKILL")
      if ((await ended).code === null) kills++
      expect(versions).toContain(JSON.stringify(treeOf(annotations(directory))))
    }
    expect(kills).toBeGreaterThan(0)
    await dataset.pull()
    expect(JSON.stringify(treeOf(annotations(directory)))).toBe(versions[1])
  })

  test("two at once with other content end with one whole version", async () => {
    const opened = await openWith("a")
    const { server, directory } = opened
    const start = await commandOf(opened)
    server.addRelease("v1", await zipOf("b"))
    expect((await Promise.all([start().ended, start().ended])).map(({ code }) => code)).toEqual([0, 0])
    expect(Object.keys(treeOf(annotations(directory)))).toContain("b.json")
    expect(Object.keys(treeOf(annotations(directory)))).toHaveLength(count + 2)
  })
})
