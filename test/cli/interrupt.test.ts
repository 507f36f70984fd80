import { spawnSync } from "node:child_process"
import { closeSync, existsSync, mkdtempSync, openSync } from "node:fs"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type DarwinServer, startServer } from "../../src/server/index.ts"
import { filesBelow, makeDirectory, program, runCommand, startCommand } from "./command.ts"
import { startProxy } from "./proxy.ts"

const dataset = "demo/street-scenes"

let server: DarwinServer
let data: string
let home: string

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "darwin-cli-server-"))
  server = await startServer({ dataDirectory: data, port: 0, demo: true })
})
afterAll(async () => {
  await server.close()
  await rm(data, { recursive: true })
})
beforeEach(async () => {
  home = await makeDirectory()
})

/** A proxy that gives every media file only in part, without an end and without telling its length. */
async function stallingProxy(): Promise<{ readonly url: string; readonly stalled: Promise<void> }> {
  let stall = () => {}
  const stalled = new Promise<void>((resolve) => {
    stall = resolve
  })
  const url = await startProxy(server.url, (request, response) => {
    if (!request.url?.includes("/uploads/")) return false
    response.writeHead(200, { "content-type": "image/png" })
    // More than is gathered in memory, so that a part stands on disk.
    response.write(Buffer.alloc(1 << 20), stall)
    return true
  })
  return { url, stalled }
}

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  test.each([
    ["text", []],
    ["json", ["--json"]],
  ])("ends a pull with 130 and no partial file, and tells what remains (%s)", async (form, more) => {
    const { url, stalled } = await stallingProxy()
    const options = { home, env: { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: url } }
    const release = `${signal}-${form}`
    expect((await runCommand(["export", dataset, release, "--wait"], options)).code).toBe(0)

    const { child, ended } = startCommand(["pull", `${dataset}:${release}`, ...more], options)
    const media = join(home, ".darwin/datasets/demo/street-scenes/images")
    await stalled
    // The test would prove nothing if no part were there to be left behind.
    while ((await filesBelow(media).catch(() => [])).length === 0) await setTimeout(10)
    child.kill(signal)
    const done = await ended

    expect(done.code).toBe(130)
    expect(await filesBelow(media)).toEqual([])
    if (form === "json")
      expect(done.last()).toEqual({
        type: "error",
        code: "interrupted",
        message: "interrupted: 9 of 9 items remain",
        remaining: 9,
        totalItems: 9,
      })
    else
      expect(done.stderr).toBe(
        "stopping; interrupt again to stop at once\nerror: interrupted: 9 of 9 items remain\n",
      )
  })
})

test.each(["coco", "darwin", "pascalvoc"])("SIGINT ends a conversion to %s", async (format) => {
  const input = join(home, "in")
  await mkdir(input)
  const slots = [{ type: "image", slot_name: "0", width: 100, height: 80, source_files: [] }]
  const annotations = Array(20).fill({ id: "1", name: "kerb", line: { path: [{ x: 1, y: 2 }] } })
  for (let i = 0; i < 1_000; i++) {
    const item = { name: `${i}.png`, path: "/", slots }
    await writeFile(join(input, `${i}.json`), JSON.stringify({ version: "2.0", item, annotations }))
  }
  const { child, ended, until } = startCommand(["convert", format, "out", "in", "--json"], { home })
  // The first event is the plan, before anything is read.
  await until('"file"')
  // Nobody reads: the program waits with what a pipe does not hold, and so cannot have come to its end.
  child.stdout.pause()
  child.kill("SIGINT")
  await setTimeout(100)
  child.stdout.resume()
  expect((await ended).code).toBe(130)
  expect((await filesBelow(join(home, "out"))).filter((path) => path.endsWith(".part"))).toEqual([])
})

test("a second SIGINT does not wait for what goes on", async () => {
  await writeFile(
    join(home, "never.mjs"),
    `export default () => {
       console.error("asked")
       return new Promise(() => setInterval(() => {}, 1_000))
     }`,
  )
  const { child, ended, until } = startCommand(["pull", `${dataset}:v1`, "--filter-module", "never.mjs"], {
    home,
    env: { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: server.url },
  })
  await until("asked")
  child.kill("SIGINT")
  await until("stopping")
  await setTimeout(100)
  child.kill("SIGINT")
  expect((await ended).code).toBe(130)
})

test("SIGINT ends a wait for a release", async () => {
  const url = await startProxy(server.url, (request, response) => {
    if (request.method !== "GET" || !request.url?.endsWith("/exports")) return false
    response.writeHead(200, { "content-type": "application/json" }).end("[]")
    child.kill("SIGINT")
    return true
  })
  const { child, ended } = startCommand(["export", dataset, "never-ready", "--wait"], {
    home,
    env: { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: url },
  })
  expect((await ended).code).toBe(130)
})

describe("a standard output that", () => {
  const pull = () =>
    startCommand(["pull", `${dataset}:v1`, "--json"], {
      home,
      env: { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: server.url },
    })

  test("nobody reads any more ends the output, not the work", async () => {
    const { child, ended } = pull()
    child.stdout.destroy()
    const { code, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const annotations = join(home, ".darwin/datasets/demo/street-scenes/releases/v1/annotations")
    expect(JSON.parse(await readFile(join(annotations, "Straße 3.json"), "utf8")).item.name).toBe(
      "Straße 3.png",
    )
  })

  test.skipIf(!existsSync("/dev/full"))("cannot be written is told, and exits with 1", () => {
    const full = openSync("/dev/full", "w")
    const { status, stderr } = spawnSync(process.execPath, [program, "formats"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    })
    closeSync(full)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: standard output: ENOSPC.*\n$/)
  })
})
