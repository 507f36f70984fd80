import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { runCommand } from "../cli/command.ts"
import { cutOff } from "../servers/release-server.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { mediaRequests, openEmbedded, type Sketch } from "./embedded.ts"
import { openDataset } from "./open.ts"
import { box, contentOf, releaseZip } from "./release-zip.ts"
import { treeOf } from "./tree.ts"

const items: readonly Sketch[] = [...Array(12).keys()].map((at) => ({
  name: `${at}.png`,
  path: at % 2 === 0 ? "/" : "/odd",
  bytes: at === 4 ? 3_000_000 : 1_000 + at,
}))

/** Pulls, lets the test spoil what was pulled, and verifies. */
async function spoiled(spoil: (at: (name: string) => string) => void) {
  const opened = await openEmbedded(items)
  const { dataset, directory, requests } = opened
  await dataset.pull()
  const whole = treeOf(directory)
  spoil((name) => join(directory, name))
  requests.length = 0
  const before = treeOf(directory)
  const events: RunEvent[] = []
  const report = await dataset.verify({ onEvent: (event) => events.push(event) })
  // It writes nothing.
  expect(treeOf(directory)).toEqual(before)
  expect(mediaRequests(requests)).toEqual([])
  const found = report.problems.map(({ path, state }) => [path.slice(directory.length + 1), state]).sort()
  expect(events.filter(({ type }) => type === "check")).toHaveLength(found.length)
  return { ...opened, report, found, whole }
}

describe("verifying a release", () => {
  test("that is whole finds nothing", async () => {
    const { report } = await spoiled(() => {})
    const bytes = items.reduce((sum, item) => sum + (item.bytes ?? 0), 0)
    expect(report.clean).toBe(true)
    // Pictures, annotation files, and the definitions of classes.
    expect(report.files).toEqual({ whole: 25, missing: 0, changed: 0, partial: 0, extra: 0 })
    expect(report.bytes).toBeGreaterThan(bytes)
  })

  test("mends what a killed run has left, and tells that all is well then", async () => {
    const { dataset, report } = await spoiled((at) => {
      // No system gives such a number to a process.
      writeFileSync(at("images/.zik0zi-00000001.part"), "half")
      writeFileSync(at("releases/v1/annotations/stale.json"), "{}")
    })
    expect(report).toMatchObject({ clean: false, files: { partial: 1, extra: 1 } })
    expect((await dataset.verify({ repair: true })).clean).toBe(true)
    expect((await dataset.verify()).clean).toBe(true)
  })

  const spoil = (at: (name: string) => string) => {
    rmSync(at("images/0.png"))
    rmSync(at("releases/v1/annotations/1.json"))
    writeFileSync(at("images/2.png"), contentOf("other", 1_002))
    appendFileSync(at("releases/v1/annotations/3.json"), " ")
    truncateSync(at("images/4.png"), 2_000_000)
    writeFileSync(at("images/odd/no release has it.png"), "")
    writeFileSync(at("images/notes.txt"), "of no interest")
    writeFileSync(at("releases/v1/annotations/extra.json"), "{}")
    rmSync(at("images/odd/5.png"))
    mkdirSync(at("images/odd/5.png"))
    // The largest number of a process there can be, in base 36.
    writeFileSync(at("images/.2hwn-00000000.part"), "left by a run that was killed")
  }
  const wrong = [
    ["images/.2hwn-00000000.part", "partial"],
    ["images/0.png", "missing"],
    ["images/2.png", "changed"],
    ["images/4.png", "partial"],
    ["images/odd/5.png", "changed"],
    ["images/odd/no release has it.png", "extra"],
    ["releases/v1/annotations/1.json", "missing"],
    ["releases/v1/annotations/3.json", "changed"],
    ["releases/v1/annotations/extra.json", "extra"],
  ]

  test("finds what is missing, changed, partial and extra", async () => {
    const { report, found } = await spoiled(spoil)
    expect(found).toEqual(wrong)
    expect(report).toMatchObject({ clean: false, files: { missing: 2, changed: 3, partial: 2, extra: 2 } })
  })

  test("repairs what it finds, fetching nothing else; what is extra stays", async () => {
    const { dataset, directory, requests, whole } = await spoiled((at) => {
      spoil(at)
      // A folder in a file's place is nobody's to remove.
      rmSync(at("images/odd/5.png"), { recursive: true })
    })
    requests.length = 0
    const report = await dataset.verify({ repair: true })
    expect(report.repaired).toMatchObject({ files: { fetched: 4 }, items: { failed: 0 } })
    expect(mediaRequests(requests)).toHaveLength(4)
    const extra = "images/odd/no release has it.png"
    const after = treeOf(join(directory, "images"))
    for (const [name, digest] of Object.entries(whole)) {
      if (name.startsWith("images/")) expect([name, after[name.slice(7)]]).toEqual([name, digest])
    }
    expect(report.clean).toBe(false)
    rmSync(join(directory, extra))
    expect(await dataset.verify()).toMatchObject({ clean: true, files: { whole: 25 } })
  })

  test("says that the repair has failed", async () => {
    const { server, dataset, directory } = await openDataset()
    const url = server.serve("a.png", contentOf("a", 500))
    server.addRelease("v1", await releaseZip([{ name: "a.png", url, annotations: [box("car")] }]))
    await dataset.pull()
    rmSync(join(directory, "images/a.png"))
    server.serve("a.png", cutOff(contentOf("a", 500), 100))
    expect(await dataset.verify({ repair: true })).toMatchObject({
      clean: false,
      repaired: { items: { failed: 1 } },
    })
  })

  test("quickly looks at lengths only", async () => {
    const { dataset, directory } = await spoiled(spoil)
    const report = await dataset.verify({ quick: true })
    expect(report.files).toEqual({ whole: 20, missing: 2, changed: 2, partial: 2, extra: 2 })
    expect(report.problems.map(({ path }) => path)).not.toContain(join(directory, "images/2.png"))
  })

  test("that was never pulled says that all is missing, makes nothing, and can bring it", async () => {
    const { dataset, directory } = await openEmbedded(items)
    const report = await dataset.verify()
    expect(report.files).toMatchObject({ whole: 0, missing: 25 })
    expect(existsSync(directory)).toBe(false)
    expect(await dataset.verify({ repair: true })).toMatchObject({ clean: true })
    expect(await dataset.verify()).toMatchObject({ clean: true, files: { whole: 25 } })
  })

  test("tells media that another tool has brought, or that has another address now, from what it knows", async () => {
    const { server, dataset, directory } = await openDataset()
    const url = server.serve("a.png", contentOf("a", 500))
    const zip = await releaseZip([{ name: "a.png", url }])
    server.addRelease("v1", zip)
    await dataset.pull({ onlyAnnotations: true })
    mkdirSync(join(directory, "images"))
    writeFileSync(join(directory, "images/a.png"), contentOf("a", 500))
    expect((await dataset.verify()).problems).toMatchObject([
      { state: "partial", reason: "was never noted as whole" },
    ])
    expect(await dataset.verify({ onlyAnnotations: true })).toMatchObject({ clean: true })
    await dataset.pull()
    expect(await dataset.verify()).toMatchObject({ clean: true })
    const moved = server.serve("b.png", contentOf("a", 500))
    server.addRelease("v1", await releaseZip([{ name: "a.png", url: moved }]))
    expect((await dataset.verify()).files).toMatchObject({ partial: 1, changed: 1 })
  })

  test("whose annotations have changed on the service sees that, and a repair brings them", async () => {
    const { server, dataset } = await openDataset()
    server.addRelease(
      "v1",
      await releaseZip([{ name: "a.png", annotations: [box("car")] }, { name: "b.png" }]),
    )
    await dataset.pull()
    server.addRelease("v1", await releaseZip([{ name: "a.png", annotations: [box("van")] }]))
    expect((await dataset.verify()).files).toMatchObject({ changed: 1, extra: 1 })
    expect(await dataset.verify({ repair: true })).toMatchObject({ repaired: { items: { failed: 0 } } })
    expect(await dataset.verify()).toMatchObject({ clean: true, files: { whole: 1 } })
  })
})

test("the command tells by its exit code, repairs, and reports as JSON", async () => {
  const { server, datasetsDirectory, directory } = await openEmbedded(items)
  const home = await tempDirectory()
  const env = { DARWIN_BASE_URL: server.url, DARWIN_API_KEY: server.apiKey }
  const run = (...args: string[]) => runCommand([...args, "--datasets-dir", datasetsDirectory], { home, env })
  expect((await run("pull", "acme/street")).code).toBe(0)
  const clean = await run("verify", "acme/street:v1")
  expect([clean.code, clean.stderr]).toEqual([0, ""])
  expect(clean.stdout).toContain("as it should be\n  whole  25")
  rmSync(join(directory, "images/0.png"))
  const found = await run("verify", "acme/street")
  expect([found.code, found.stderr]).toEqual([1, `missing: ${directory}/images/0.png is not there\n`])
  const repaired = await run("verify", "acme/street", "--repair", "--json")
  expect(repaired.code).toBe(0)
  expect(repaired.last()).toMatchObject({
    type: "report",
    command: "verify",
    clean: true,
    files: { missing: 1 },
  })
  expect(readdirSync(join(directory, "images"))).toContain("0.png")
  expect((await run("verify", "acme/street", "--quick")).code).toBe(0)
})
