import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type DarwinServer, type RequestRecord, startServer } from "../../src/server/index.ts"
import { seedItem } from "../servers/seed-item.ts"
import { makeDirectory, program, runCommand } from "./command.ts"

let server: DarwinServer
let data: string
let home: string
let dataset: string
let requests: RequestRecord[] = []
let datasets = 0

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "darwin-cli-items-"))
  server = await startServer({
    dataDirectory: data,
    port: 0,
    team: "acme",
    onRequest: (request) => requests.push(request),
  })
})
afterAll(async () => {
  await server.close()
  await rm(data, { recursive: true })
})
beforeEach(async () => {
  home = await makeDirectory()
  const items = [
    seedItem("/a, b.png"),
    seedItem("/x/one.png", "complete"),
    seedItem("/x/two.png"),
    seedItem("/y/two.png"),
  ]
  const { slug } = await server.seed({ dataset: `Set ${++datasets}`, classes: [], items })
  dataset = `acme/${slug}`
  requests = []
})

const environment = () => ({ DARWIN_API_KEY: server.apiKey, DARWIN_BASE_URL: server.url })
const items = (...args: string[]) => runCommand(["items", ...args], { home, env: environment() })
const sent = () => requests.filter(({ method }) => method !== "GET")
/** What `items list` prints, sorted. */
const listed = async (...args: string[]) =>
  (await items("list", dataset, ...args)).stdout.split("\n").sort().slice(1)

describe("list", () => {
  test("tells status and full path, of all or of those that match", async () => {
    expect(await listed()).toEqual([
      "complete    /x/one.png",
      "new         /a, b.png",
      "new         /x/two.png",
      "new         /y/two.png",
    ])
    expect(await listed("--status", "complete")).toEqual(["complete    /x/one.png"])
    expect(await listed("--path", "/x", "--path", "/y", "--name", "two.png")).toEqual([
      "new         /x/two.png",
      "new         /y/two.png",
    ])
    expect(await listed("--name", "a, b.png")).toEqual(["new         /a, b.png"])
    expect(await items("list", dataset, "--name", "none")).toMatchObject({ code: 0, stdout: "no items\n" })
  })

  test("under --json gives every item whole", async () => {
    const { messages, last } = await items("list", dataset, "--path", "/x", "--json")
    const [first] = messages().filter(({ name }) => name === "one.png")
    expect(first).toMatchObject({
      type: "item",
      fullPath: "/x/one.png",
      path: "/x",
      status: "complete",
      slots: [{ slot_name: "0", file_name: "one.png" }],
    })
    expect(last()).toEqual({ type: "report", command: "items list", items: 2 })
  })

  test("a status that the service does not know", async () => {
    expect(await items("list", dataset, "--status", "done")).toMatchObject({ code: 1, stdout: "" })
  })
})

describe("what is done", () => {
  test("archive and restore, by full paths and by names that only one item has", async () => {
    const done = await items("archive", dataset, "one.png", "/x/two.png", "a, b.png")
    expect(done).toMatchObject({ code: 0, stdout: "archived 3 items\n", stderr: "" })
    expect(await listed("--status", "archived")).toHaveLength(3)

    const back = await items("restore", dataset, "one.png", "/y/two.png")
    expect(back).toMatchObject({ code: 0, stdout: "restored 1 item\n  as wanted before  1 item\n" })
    expect(await listed("--status", "archived")).toEqual(["archived    /a, b.png", "archived    /x/two.png"])
  })

  test("move, stage and set-status", async () => {
    expect(await items("move", dataset, "one.png", "--to", "/y")).toMatchObject({
      code: 0,
      stdout: "moved 1 item to /y\n",
    })
    expect(await items("stage", dataset, "one.png", "--to", "Review")).toMatchObject({
      code: 0,
      stdout: "moved 1 item to stage Review\n",
    })
    const set = await items("set-status", dataset, "/x/two.png", "a, b.png", "--to", "complete", "--json")
    expect(set.code).toBe(0)
    expect(set.messages().map(({ type }) => type)).toEqual(["start", "file", "file", "end", "report"])
    expect(set.last()).toEqual({
      type: "report",
      command: "items set-status",
      dryRun: false,
      changed: 2,
      unchanged: 0,
      refused: 0,
      skipped: 0,
    })
    expect(await listed()).toEqual([
      "complete    /a, b.png",
      "complete    /x/two.png",
      "new         /y/two.png",
      "review      /y/one.png",
    ])
  })

  test("--dry-run tells every item, and sends nothing", async () => {
    const text = await items("delete", dataset, "one.png", "/y/two.png", "--dry-run")
    expect(text).toMatchObject({
      code: 0,
      stdout: "would delete /x/one.png\nwould delete /y/two.png\nwould delete 2 items\n",
      stderr: "",
    })
    const told = await items("move", dataset, "one.png", "--to", "/z", "--dry-run", "--json")
    expect(told.messages()).toMatchObject([
      { type: "item", fullPath: "/x/one.png", id: expect.any(String) },
      { type: "report", dryRun: true, changed: 1 },
    ])
    expect(sent()).toEqual([])
  })

  test("--skip-problems does the others", async () => {
    const done = await items("archive", dataset, "one.png", "none.png", "two.png", "--skip-problems")
    expect(done).toMatchObject({ code: 0, stdout: "archived 1 item\n  left out  2 items\n" })
    expect(done.stderr).toMatch(
      /^skipped: none\.png: is not in the dataset\nskipped: two\.png: may be any of .*\n$/,
    )
  })
})

describe("what is refused, with nothing sent", () => {
  test("a name that several items have, with their full paths; and one that none has", async () => {
    const several = await items("archive", dataset, "one.png", "two.png", "none.png", "/x")
    expect(several).toMatchObject({ code: 1, stdout: "" })
    expect(several.stderr).toMatch(
      /^error: nothing was changed: .*"two.png": may be any of \/x\/two\.png \(.*\), \/y\/two\.png \(.*\); .*\n$/,
    )
    expect(several.stderr).toContain('"none.png": is not in the dataset')
    expect(several.stderr).toContain('"/x": is not in the dataset')
    expect((await items("archive", dataset, "two.png", "--json")).last()).toMatchObject({
      type: "error",
      code: "selection",
    })
    expect(sent()).toEqual([])
  })

  test("deleting without a terminal and without --yes, before anything is asked of the service", async () => {
    const { code, stderr } = await items("delete", dataset, "one.png")
    expect([code, stderr]).toEqual([2, "error: to delete items without a terminal to ask on, give --yes\n"])
    expect(requests).toEqual([])
    expect(await items("delete", dataset, "one.png", "--yes")).toMatchObject({
      code: 0,
      stdout: "deleted 1 item\n",
    })
    expect(await listed()).toHaveLength(3)
  })

  test("a stage that is not there", async () => {
    const { code, stderr } = await items("stage", dataset, "one.png", "--to", "Paint")
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: stage: there is no "Paint", only Dataset \(dataset, .*\n$/)
  })
})

// The program of util-linux that gives a command a terminal of its own.
const { stdout: script } = spawnSync("script", ["--version"], { encoding: "utf8" })

describe.skipIf(!script?.includes("util-linux"))("delete on a terminal", () => {
  async function answer(text: string): Promise<{ readonly code: number | null; readonly shown: string }> {
    const command = [process.execPath, program, "items", "delete", dataset, "/x/one.png", "/x/two.png"]
    const child = spawn("script", ["-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"], {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, TERM: "dumb", ...environment() },
    })
    let shown = ""
    let answered = false
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      shown += more
      if (answered || !shown.includes("[y/N]")) return
      answered = true
      child.stdin.write(text)
    })
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve))
    return { code, shown }
  }

  test("asks, and does it after a yes", async () => {
    const { code, shown } = await answer("y\n")
    expect(shown).toContain(`delete 2 items of ${dataset} for good, one of them /x/one.png? [y/N]`)
    expect(shown).toContain("deleted 2 items")
    expect(code).toBe(0)
    expect(sent()).toHaveLength(1)
  })

  test.each([
    ["no\n", 1],
    ["\u0004", 1],
    ["\u0003", 130],
  ])("does not after %j, and nothing is sent", async (text, expected) => {
    const { code, shown } = await answer(text)
    if (expected === 1) expect(shown).toContain("not confirmed: nothing was deleted")
    expect(code).toBe(expected)
    expect(sent()).toEqual([])
  })
})
