import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Client, type Release, saveLogin } from "../../src/client/index.ts"
import { demoItems } from "../../src/server/demo/scenes.ts"
import { type DarwinServer, startServer } from "../../src/server/index.ts"

// The samples of the README as a user runs them: each in a process of its own, against the built package.

let home: string
let server: DarwinServer

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "darwin-streams-examples-"))
  server = await startServer({ dataDirectory: join(home, "server"), port: 0, demo: true })
  const team = { slug: server.team, apiKey: server.apiKey, datasetsDirectory: join(home, "datasets") }
  await saveLogin(join(home, ".darwin", "config.yaml"), { team, baseUrl: server.url })
})

afterAll(async () => {
  await server.close()
  await rm(home, { recursive: true, force: true })
})

async function run(example: string, ...parameters: string[]): Promise<string> {
  const script = resolve("examples", example)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), script, ...parameters],
    { cwd: home, env: { ...process.env, HOME: home, USERPROFILE: home } },
  )
  return stdout
}

describe("examples", () => {
  test("pull-filter-convert writes a COCO file of the release", async () => {
    const stdout = await run("pull-filter-convert.ts", "demo/street-scenes:v1", "coco")
    const document = JSON.parse(await readFile(join(home, "coco", "output.json"), "utf8"))
    const [, written, images] = /^(\d+) of \d+ annotations on (\d+) images/.exec(stdout) ?? []
    expect(document.images).toHaveLength(Number(images))
    // Tags and raster layers are written in other places than the list of annotations.
    const tags = document.images.flatMap(({ tag_ids }: { tag_ids: number[] }) => tag_ids)
    expect(Number(written)).toBeGreaterThanOrEqual(document.annotations.length + tags.length)
    expect(document.annotations.length).toBeGreaterThan(100)
    expect(document.categories.map(({ name }: { name: string }) => name)).toContain("car")
    expect(await readdir(join(home, "coco"))).toEqual(["output.json"])
  })

  test("train-while-pulling stops after five items and leaves no partial file", async () => {
    const stdout = await run("train-while-pulling.ts")
    expect(stdout.trim().split("\n")).toHaveLength(5)
    const files = await readdir(join(home, "datasets"), { recursive: true })
    expect(files.filter((file) => file.endsWith(".part"))).toEqual([])
  })

  test("observe-a-pull tells of every item", async () => {
    const stdout = await run("observe-a-pull.ts")
    const items = stdout.match(/\d+(?= items more)/g) ?? []
    expect(items.reduce((sum, count) => sum + Number(count), 0)).toBe(9)
  })

  test("copy-annotations brings cars into another dataset as vehicles, without a file on disk", async () => {
    const items = (async function* () {
      for await (const item of demoItems({})) yield { ...item, annotations: [], properties: [] }
    })()
    await server.seed({ dataset: "Vehicles", classes: [], items })
    const stdout = await run("copy-annotations.ts", "demo/street-scenes:v1", "demo/vehicles")
    const [, copied, annotations] = /^(\d+) items, (\d+) annotations$/m.exec(stdout) ?? []
    expect(Number(copied)).toBeGreaterThan(3)
    expect(Number(annotations)).toBeGreaterThan(50)
    const client = await Client.fromApiKey(server.apiKey, { baseUrl: server.url })
    const target = await client.getRemoteDataset("demo/vehicles")
    await target.complete(target.items())
    await target.export("copied")
    await server.idle()
    const [release] = await target.getReleases()
    const names = new Map<string, number>()
    for await (const { annotations: held } of (release as Release).annotationFiles()) {
      for (const { name } of held) names.set(name, (names.get(name) ?? 0) + 1)
    }
    await client.close()
    expect([...names.values()].reduce((sum, count) => sum + count, 0)).toBe(Number(annotations))
    expect(names.get("vehicle")).toBeGreaterThan(0)
    expect(names.has("car")).toBe(false)
  })

  test("demo ends with what was pulled, filtered and converted", async () => {
    const stdout = await run("demo.ts")
    expect(stdout).toMatch(/Pulled {5}5 items with \d+ annotations; 6 files, \d+ bytes/)
    expect(stdout).toContain("Filtered   4 scenes by night were left out")
    expect(stdout).toContain("Failed     0 items")
    expect((await readdir(join(home, "demo-output"))).sort()).toEqual([
      "coco",
      "cvat",
      "demo",
      "pascalvoc",
      "yolo",
    ])
  })

  test("the README shows each sample as it is", async () => {
    const readme = await readFile("README.md", "utf8")
    for (const sample of [
      "pull-filter-convert",
      "train-while-pulling",
      "observe-a-pull",
      "copy-annotations",
    ]) {
      expect(readme).toContain(await readFile(join("examples", `${sample}.ts`), "utf8"))
    }
  })
})
