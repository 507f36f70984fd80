import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { splitRelease } from "../../src/storage/split-release.ts"
import { runCommand } from "../cli/command.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { openDataset } from "./open.ts"
import { box, releaseZip } from "./release-zip.ts"

const parts = ["train", "val", "test"] as const
const item = (at: number) => ({
  name: `${at}.png`,
  annotations: at % 5 === 0 ? [] : [box(`class ${at % 3}`)],
})
const itemsOf = (count: number) => [...Array(count).keys()].map(item)

/** The part of each annotation file, by its name, as lists tell it. */
function partsIn(directory: string, list: string): Record<string, string> {
  const found = parts.flatMap((part) =>
    readFileSync(join(directory, `${list}_${part}.txt`), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((path) => {
        expect(existsSync(path)).toBe(true)
        return [path.split("/").at(-1) ?? "", part] as const
      }),
  )
  // Nobody is in two parts.
  expect(new Set(found.map(([name]) => name)).size).toBe(found.length)
  return Object.fromEntries(found)
}

async function openPulled(count: number) {
  const opened = await openDataset()
  opened.server.addRelease("v1", await releaseZip(itemsOf(count)))
  await opened.dataset.pull()
  return opened
}

describe("a split", () => {
  test("has the files and the layout of the Python SDK", async () => {
    const { dataset, directory } = await openPulled(400)
    const report = await dataset.split()
    const { train, val, test: forTest } = report.random
    const lists = join(directory, "releases/v1/lists")
    expect(train + val + forTest).toBe(400)
    expect(report).toMatchObject({ release: "v1", directory: join(lists, `${train}_${val}_${forTest}`) })
    expect(Object.keys(report.stratified)).toEqual(["bounding_box"])
    expect(readdirSync(lists).sort()).toEqual([
      `${train}_${val}_${forTest}`,
      "classes_bounding_box.txt",
      "default",
    ])
    expect(readlinkSync(join(lists, "default"))).toBe(`${train}_${val}_${forTest}`)
    expect(readdirSync(report.directory).sort()).toEqual(
      ["random", "stratified_bounding_box"]
        .flatMap((list) => parts.map((part) => `${list}_${part}.txt`))
        .sort(),
    )
    for (const list of ["random", "stratified_bounding_box"]) {
      expect(Object.keys(partsIn(report.directory, list))).toHaveLength(400)
    }
    const [first] = readFileSync(join(report.directory, "random_train.txt"), "utf8").split("\n")
    expect(first).toBe(join(directory, "releases/v1/annotations", first?.split("/").at(-1) ?? ""))
    // The shares, within three times what a draw is off by.
    expect(Math.abs(val - 40)).toBeLessThan(3 * Math.sqrt(400 * 0.1 * 0.9))
    expect(Math.abs(forTest - 80)).toBeLessThan(3 * Math.sqrt(400 * 0.2 * 0.8))
  })

  test("is the same again, and another one with another seed", async () => {
    const { dataset } = await openPulled(60)
    const first = await dataset.split({ seed: 7 })
    expect(first.directory).toMatch(/_s7$/)
    const before = partsIn(first.directory, "random")
    expect(await dataset.split({ seed: 7 })).toEqual(first)
    expect(partsIn(first.directory, "random")).toEqual(before)
    const other = await dataset.split({ seed: 8 })
    expect(partsIn(other.directory, "random")).not.toEqual(before)
  })

  test("leaves every item where it was when others come and go", async () => {
    const { server, dataset } = await openPulled(100)
    const before = await dataset.split()
    const items = itemsOf(300).filter(({ name }) => name !== "3.png")
    server.addRelease("v2", await releaseZip(items))
    await dataset.pull()
    const after = await dataset.split()
    expect(after.release).toBe("v2")
    for (const list of ["random", "stratified_bounding_box"]) {
      const now = partsIn(after.directory, list)
      expect(Object.keys(now)).toHaveLength(299)
      const then = partsIn(before.directory, list)
      // The files are named by the items, so they have the same names in both.
      for (const [name, part] of Object.entries(then))
        if (name !== "3.json") expect([name, now[name]]).toEqual([name, part])
    }
  })

  test("takes a larger share from what is for training, and from nowhere else", async () => {
    const { dataset } = await openPulled(200)
    const small = partsIn((await dataset.split({ val: 0.1, test: 0.1 })).directory, "random")
    const large = partsIn((await dataset.split({ val: 0.3, test: 0.2 })).directory, "random")
    for (const [name, part] of Object.entries(small))
      if (part !== "train") expect([name, large[name]]).toEqual([name, part])
  })

  test.each([
    [{ val: 0.5, test: 0.5 }, "test"],
    [{ val: -0.1 }, "val"],
    [{ test: Number.NaN }, "test"],
    [{ seed: 1.5 }, "seed"],
  ])("refuses %o", async (options, option) => {
    await expect(splitRelease("nowhere", options)).rejects.toMatchObject({ code: "option", option })
  })

  test("of what was not pulled says so", async () => {
    const directory = await tempDirectory()
    await expect(splitRelease(directory)).rejects.toMatchObject({
      code: "path",
      path: join(directory, "releases/latest"),
    })
    await expect(splitRelease(directory, { release: "v1" })).rejects.toMatchObject({
      code: "path",
      path: join(directory, "releases/v1/annotations"),
    })
    await expect(splitRelease(directory, { release: "../.." })).rejects.toMatchObject({ code: "path" })
    expect(readdirSync(directory)).toEqual([])
  })
})

test("the command splits, and tells how", async () => {
  const { server, datasetsDirectory, directory } = await openPulled(50)
  const home = await tempDirectory()
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  const run = (...args: string[]) =>
    runCommand(["split", "acme/street:v1", "--datasets-dir", datasetsDirectory, ...args], { home, env })
  const text = await run("--val", "0.2", "--test", ".1", "--seed", "3")
  expect([text.code, text.stderr]).toEqual([0, ""])
  expect(text.stdout).toMatch(
    /^split v1 into the lists in .*_s3\n {2}random +\d+ train, \d+ val, \d+ test\n {2}by bounding_box/,
  )
  const json = (await run("--json")).last()
  expect(json).toMatchObject({ type: "report", command: "split", release: "v1" })
  expect(json.directory).toContain(join(directory, "releases/v1/lists/"))
  expect((await run("--val", "1")).code).toBe(2)
})
