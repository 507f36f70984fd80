import { mkdtempSync } from "node:fs"
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { ZipFile } from "yazl"
import { type DarwinServer, startServer } from "../../src/server/index.ts"
import { filesBelow, makeDirectory, runCommand } from "./command.ts"
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

const withKey = () => ({ home, env: { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: server.url } })
const run = (...args: string[]) => runCommand(args, withKey())

describe("login", () => {
  test("checks the key, keeps it for the owner alone, and serves the other commands", async () => {
    const login = await runCommand(["login", "--base-url", `${server.url}/`, "--api-key", server.apiKey], {
      home,
    })
    expect(login).toMatchObject({ code: 0, stderr: "" })
    expect(login.stdout).toContain(`logged in to ${server.url} as team demo`)
    expect(login.stdout).not.toContain(server.apiKey)

    const file = join(home, ".darwin/config.yaml")
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const config = await readFile(file, "utf8")
    expect(config).toContain(`api_key: ${server.apiKey}`)
    expect(config).toContain("default_team: demo")
    expect(config).toContain(`datasets_dir: ${home}/.darwin/datasets`)

    const { code, stdout } = await runCommand(["datasets"], { home })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^DATASET +ITEMS +DONE +ID +NAME\ndemo\/street-scenes +12 .* Street scenes\n$/)
  })

  test("takes key, service and directory from the environment, and reports", async () => {
    const ended = await runCommand(["login", "--json"], {
      home,
      env: { ...withKey().env, DARWIN_DATASETS_DIR: join(home, "elsewhere") },
    })
    expect(ended.code).toBe(0)
    expect(ended.messages()).toEqual([
      {
        type: "report",
        command: "login",
        team: "demo",
        baseUrl: server.url,
        datasetsDirectory: join(home, "elsewhere"),
        configFile: join(home, ".darwin/config.yaml"),
      },
    ])
    expect(ended.stdout).not.toContain(server.apiKey)
  })

  test("refuses a key that the service does not know, without repeating or keeping it", async () => {
    const key = "AAAAAAA.0123456789abcdefghijklmnopqrstuv"
    const text = await runCommand(["login", "--base-url", server.url, "--api-key", key], { home })
    expect(text).toMatchObject({ code: 1, stdout: "" })
    expect(text.stderr).toMatch(/^error: GET .*token_info: 401 .*\n$/)
    expect(text.stderr).not.toContain(key)

    const told = await runCommand(["login", "--base-url", server.url, "--api-key", key, "--json"], { home })
    expect(told.code).toBe(1)
    expect(told.last()).toMatchObject({ type: "error", code: "unauthorized", status: 401, method: "GET" })
    expect(told.stdout).not.toContain(key)
    expect(await filesBelow(home)).toEqual([])
  })
})

describe("the environment's key", () => {
  test("gives way to the login of the dataset's own team, but not to one for another service", async () => {
    const other = server.addTeam("other")
    const otherKey = { DARWIN_API_KEY: other.apiKey, DARWIN_BASE_URL: server.url }
    await runCommand(["login"], withKey())
    // With the key of the other team the dataset could not be seen.
    expect(await runCommand(["releases", dataset], { home, env: otherKey })).toMatchObject({ code: 0 })
    const { messages } = await runCommand(["datasets", "--json"], { home, env: otherKey })
    expect(messages()).toEqual([{ type: "report", command: "datasets", datasets: [] }])

    const url = await startProxy(server.url, () => false)
    const elsewhere = await runCommand(["releases", dataset, "--json"], {
      home,
      env: { DARWIN_API_KEY: other.apiKey, DARWIN_BASE_URL: url },
    })
    expect(elsewhere.code).toBe(1)
    expect(elsewhere.last().message).toContain(url)
  })
})

describe("export and releases", () => {
  test("export --wait ends when the release can be pulled", async () => {
    const ended = await run("export", dataset, "waited", "--wait")
    expect(ended).toMatchObject({ code: 0, stdout: `${dataset}:waited is ready\n`, stderr: "" })
    const { releases } = (await run("releases", dataset, "--json")).last()
    expect(releases[0]).toMatchObject({
      identifier: `${dataset}:waited`,
      name: "waited",
      status: "complete",
      available: true,
      latest: true,
      images: 9,
    })
    expect(releases[0].exportedAt).toMatch(/^\d{4}-\d\d-\d\dT/)

    const { stdout } = await run("releases", dataset)
    expect(stdout).toMatch(
      /^RELEASE +STATUS +EXPORTED AT +IMAGES +CLASSES\ndemo\/street-scenes:waited +complete, latest /,
    )
  })

  test("export takes classes, and addresses with tokens", async () => {
    const pull = async (release: string) => {
      const { code } = await run("pull", `${dataset}:${release}`, "--only-annotations")
      expect(code).toBe(0)
      const folder = join(home, ".darwin/datasets/demo/street-scenes/releases", release, "annotations")
      return JSON.parse(await readFile(join(folder, "Straße 3.json"), "utf8"))
    }
    const whole = await pull("v1")
    const response = await fetch(`${server.url}/api/teams/demo/annotation_classes`, {
      headers: { authorization: `ApiKey ${server.apiKey}` },
    })
    const { annotation_classes: classes } = (await response.json()) as {
      annotation_classes: { id: number; name: string }[]
    }
    const [first, second] = [...new Set<string>(whole.annotations.map(({ name }: { name: string }) => name))]
    const ids = classes.filter(({ name }) => name === first || name === second).map(({ id }) => String(id))

    const made = await run(
      ...[
        "export",
        dataset,
        "two-classes",
        "--include-url-token",
        "--include-authorship",
        "--wait",
        "--json",
      ],
      ...ids.flatMap((id) => ["--class-id", id]),
    )
    expect(made.code).toBe(0)
    expect(made.last()).toEqual({
      type: "report",
      command: "export",
      identifier: `${dataset}:two-classes`,
      name: "two-classes",
      status: "complete",
    })
    const part = await pull("two-classes")
    expect(new Set(part.annotations.map(({ name }: { name: string }) => name))).toEqual(
      new Set([first, second]),
    )
    expect(whole.item.slots[0].source_files[0].url).not.toContain("token=")
    expect(part.item.slots[0].source_files[0].url).toContain("token=")
  })

  test("a dataset that is not there is told by its name", async () => {
    const { code, stderr } = await run("releases", "demo/no-such")
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: .*team demo has no dataset no-such.*\n$/)
  })
})

describe("pull", () => {
  test("brings the release, sums up, and the second time fetches nothing", async () => {
    const first = await run("pull", `${dataset}:v1`)
    expect(first).toMatchObject({ code: 0, stderr: "" })
    const directory = join(home, ".darwin/datasets/demo/street-scenes")
    expect(first.stdout).toMatch(
      /^pulled v1 into .*street-scenes\n {2}items {8}9 done\n {2}files {8}10 fetched \(.* kB\)\n {2}annotations {2}241\n$/,
    )
    const files = await filesBelow(directory)
    expect(files).toContain("images/north/old town/market place 2.png")
    expect(files).toContain("releases/v1/annotations/Straße 3.json")

    const again = await run("pull", `${dataset}:v1`, "--json")
    expect(again.code).toBe(0)
    const messages = again.messages()
    expect(messages[0]).toMatchObject({ type: "start", task: "pull", total: 9 })
    expect(messages.filter(({ type }) => type === "file")).toHaveLength(9)
    expect(messages.filter(({ type }) => type === "transfer")).toHaveLength(0)
    expect(again.last()).toMatchObject({
      type: "report",
      command: "pull",
      release: "v1",
      directory,
      items: { done: 0, skipped: 9, failed: 0, filtered: 0 },
      files: { fetched: 0, present: 10, removed: 0 },
    })
  })

  test("takes every option", async () => {
    await writeFile(
      join(home, "with-masks.mjs"),
      "export default async (file) => file.annotations.some(({ type }) => type === 'mask')",
    )
    const ended = await run(
      ...["pull", `${dataset}:v1`, "--datasets-dir", join(home, "data"), "--filter-module", "with-masks.mjs"],
      ...["--subset-folder-name", "masks", "--no-folders", "--video-frames", "--force-replace"],
      ...["--concurrency", "2", "--strict", "--json"],
    )
    expect(ended.code).toBe(0)
    const { items, files } = ended.last()
    expect(items.filtered).toBeGreaterThan(0)
    expect(items.done + items.filtered).toBe(9)
    expect(ended.messages().filter(({ type }) => type === "filter")).toHaveLength(items.filtered)
    expect(files.removed).toBe(0)
    const below = await filesBelow(join(home, "data/demo/street-scenes"))
    expect(below.filter((path) => path.startsWith("releases/v1/masks/annotations/"))).not.toHaveLength(0)
    expect(below.filter((path) => path.startsWith("images/north/"))).toHaveLength(0)
  })

  test("--only-annotations brings no media; --remove-extra lists, then removes, what no release names", async () => {
    expect((await run("pull", dataset, "--only-annotations")).code).toBe(0)
    const directory = join(home, ".darwin/datasets/demo/street-scenes")
    expect((await filesBelow(directory)).filter((path) => path.startsWith("images/"))).toEqual([])

    const stray = join(directory, "images/stray.png")
    await mkdir(join(directory, "images"), { recursive: true })
    await writeFile(stray, "a picture of nothing")
    const dry = await run("pull", dataset, "--remove-extra=dry-run")
    expect(dry.code).toBe(0)
    expect(dry.stdout).toContain(`would remove ${stray}\n`)
    expect(dry.stdout).toContain("1 to be removed")
    expect((await stat(stray)).isFile()).toBe(true)

    const wet = await run("pull", dataset, "--remove-extra", "--json")
    expect(wet.messages()).toContainEqual({ type: "remove", path: stray, dryRun: false })
    expect(wet.last().files.removed).toBe(1)
    await expect(stat(stray)).rejects.toThrow("ENOENT")
  })

  test("exits with 1 when an item fails, having brought the others", async () => {
    let refused = ""
    const url = await startProxy(server.url, (request, response) => {
      const path = request.url ?? ""
      if (!path.includes("/uploads/")) return false
      refused ||= path
      if (refused !== path) return false
      response.writeHead(404).end("gone")
      return true
    })
    const env = { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: url }
    expect((await runCommand(["export", dataset, "through-proxy", "--wait"], { home, env })).code).toBe(0)
    const text = await runCommand(["pull", `${dataset}:through-proxy`], { home, env })
    expect(text.code).toBe(1)
    expect(text.stdout).toMatch(/items +8 done, 1 failed\n/)
    expect(text.stderr).toMatch(/^failed: through-proxy\.zip\/.*\.json: GET .*: 404 gone\n$/)

    const told = await runCommand(["pull", `${dataset}:through-proxy`, "--json"], { home, env })
    expect(told.code).toBe(1)
    const failures = told.messages().filter(({ type }) => type === "fail")
    expect(failures).toHaveLength(1)
    expect(failures[0]?.error).toMatchObject({ code: "not-found", status: 404 })
    expect(told.last()).toMatchObject({ type: "report", items: { failed: 1 } })
    expect(told.last().problems).toHaveLength(1)
  })

  test("under --strict exits with 3 when something invalid was left out", async () => {
    const { releases } = (await run("releases", dataset, "--json")).last()
    expect(releases).not.toHaveLength(0)
    const archive = await zipOf({
      "good.json": darwinFile("good.png", [
        { id: "1", name: "car", bounding_box: { x: 1, y: 2, w: 3, h: 4 } },
      ]),
      "bad.json": darwinFile("bad.png", [
        { id: "1", name: "car", bounding_box: { x: 1, y: "two", w: 3, h: 4 } },
      ]),
    })
    const url = await startProxy(server.url, (request, response) => {
      if (request.url?.includes("/exports") && request.headers.authorization !== undefined) {
        const host = `http://${request.headers.host}`
        const release = {
          name: "odd",
          version: 1,
          status: "complete",
          inserted_at: "2026-01-02T03:04:05Z",
          download_url: `${host}/odd.zip?token=s3cret`,
          latest: true,
          format: "darwin_json_2",
          metadata: { num_images: 2, annotation_classes: [] },
        }
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify([release]))
        return true
      }
      if (!request.url?.startsWith("/odd.zip")) return false
      response.writeHead(200, { "content-length": archive.length }).end(archive)
      return true
    })
    const env = { DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: url }
    const loose = await runCommand(["pull", dataset], { home, env })
    expect(loose.code).toBe(0)
    expect(loose.stderr).toMatch(/^skipped: odd\.zip\/bad\.json: annotations\[0\].*\n$/)
    expect(loose.stdout).toContain("1 invalid record")

    const strict = await runCommand(["pull", dataset, "--strict", "--json"], { home, env })
    expect(strict.code).toBe(3)
    expect(strict.last()).toMatchObject({ type: "report", invalid: 1, annotations: 1 })
    expect(strict.stdout).not.toContain("s3cret")
    expect(strict.stdout).not.toContain(server.apiKey)
  })

  test("a filter that throws ends it with the names of module and file", async () => {
    await writeFile(join(home, "broken.mjs"), "export default (file) => file.annotations.first.name")
    const { code, stderr } = await run("pull", `${dataset}:v1`, "--filter-module", "broken.mjs")
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: broken\.mjs: v1\.zip\/.*\.json: TypeError: .*\n$/)
  })

  test("a module without a function is wrong usage", async () => {
    await writeFile(join(home, "none.mjs"), "export const filter = () => true")
    const { code, stderr } = await run("pull", dataset, "--filter-module", "none.mjs")
    expect(code).toBe(2)
    expect(stderr).toContain("none.mjs must have a function as its default export, not undefined")
  })
})

function darwinFile(name: string, annotations: unknown[]): string {
  const slot = { type: "image", slot_name: "0", width: 100, height: 80, source_files: [] }
  return JSON.stringify({ version: "2.0", item: { name, path: "/", slots: [slot] }, annotations })
}

async function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name)
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
