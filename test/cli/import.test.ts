import { mkdir, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { box, fileOf, polygon, type Service, startService } from "../sinks/import/support.ts"
import { makeDirectory, runCommand } from "./command.ts"

let home: string
let service: Service

beforeEach(async () => {
  home = await makeDirectory()
  service = await startService({ items: ["/a.png", "/b.png"] })
  await mkdir(join(home, "in"))
  await write("a", [box(1), box(2)])
  await write("b", [polygon(1)])
})

async function write(name: string, annotations: Parameters<typeof fileOf>[1]): Promise<void> {
  const { item } = fileOf(`/${name}.png`, annotations)
  const plain = annotations.map(({ type, ...rest }) => rest)
  await writeFile(
    join(home, "in", `${name}.json`),
    JSON.stringify({ version: "2.0", item, annotations: plain }),
  )
}

const run = (...args: string[]) =>
  runCommand(["import", "acme/kerb-stones", "darwin", "in", ...args], {
    home,
    env: { DARWIN_BASE_URL: service.server.url, DARWIN_API_KEY: service.server.apiKey },
  })

describe("import", () => {
  test("brings annotations in, sums up, and does nothing the second time", async () => {
    const first = await run("--append")
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(first.stdout).toBe(
      [
        "imported into acme/kerb-stones",
        "  items        2 imported",
        "  annotations  3 sent",
        "  types        2 bounding_box, 1 polygon",
        "",
      ].join("\n"),
    )
    expect(await service.held("/a.png")).toHaveLength(2)
    expect((await readdir(home)).filter((name) => name.startsWith("in.import-journal"))).toContain(
      "in.import-journal",
    )
    const second = await run("--append", "--json")
    expect(second.last()).toMatchObject({
      type: "report",
      command: "import",
      items: { unchanged: 2, imported: 0 },
      annotations: { total: 3, sent: 0, present: 3 },
    })
  })

  test("prints the plan of a dry run and leaves nothing behind", async () => {
    await run("--append", "--no-journal")
    await write("a", [box(7), box(8, { name: "bus" })])
    await write("c", [box(7)])
    const { code, stdout } = await run("--overwrite", "--dry-run", "--classes", "create")
    expect(code).toBe(1)
    expect(stdout).toBe(
      [
        "would import into acme/kerb-stones",
        "  items        2 would be imported, 1 not in the dataset",
        "  annotations  3 would be sent, 1 of items that failed",
        "  types        2 bounding_box, 1 polygon",
        "  replaced     3 annotations of 2 items",
        '  definitions  make class "bus" of type bounding_box',
        "",
      ].join("\n"),
    )
    expect((await readdir(home)).sort()).toEqual(["in"])
  })

  test("exits with 1 where items fail, are missing or hold annotations, and names them", async () => {
    await run("--append")
    await write("a", [box(9)])
    await write("b", [box(9, { name: "bus" })])
    const { code, stderr } = await run("--no-journal")
    expect(code).toBe(1)
    expect(stderr).toContain(
      "/a.png: the item holds 2 annotations: neither append nor overwrite was asked for",
    )
    expect(stderr).toContain('the dataset has no class "bus" of type bounding_box')
  })

  test("exits with 3 under --strict where something was left out", async () => {
    await write("a", [box(1, { attributes: ["red", "blue"] })])
    const { code, stdout } = await run("--append", "--strict")
    expect(code).toBe(3)
    expect(stdout).toContain("left out     1 detail")
  })

  test("refuses options that contradict one another", async () => {
    expect(await run("--append", "--overwrite")).toMatchObject({ code: 2 })
  })
})
