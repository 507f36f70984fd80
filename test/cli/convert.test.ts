import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { filesBelow, makeDirectory, runCommand } from "./command.ts"

let home: string
let input: string

const box = { id: "1", name: "car", bounding_box: { x: 10, y: 20, w: 30, h: 40 } }
const line = {
  id: "2",
  name: "kerb",
  line: {
    path: [
      { x: 1, y: 1 },
      { x: 9, y: 9 },
    ],
  },
}

function darwinFile(name: string, annotations: readonly unknown[]): string {
  const slot = {
    type: "image",
    slot_name: "0",
    width: 100,
    height: 80,
    source_files: [{ file_name: name, url: "" }],
  }
  return JSON.stringify({ version: "2.0", item: { name, path: "/", slots: [slot] }, annotations })
}

const run = (...args: string[]) => runCommand(["convert", ...args], { home })

beforeEach(async () => {
  home = await makeDirectory()
  input = join(home, "in")
  await mkdir(input)
  await writeFile(join(input, "a.json"), darwinFile("a.png", [box]))
})

test("writes the format and sums up", async () => {
  const { code, stdout, stderr } = await run("coco", "out", "in")
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  expect(stdout).toBe("converted to coco in out\n  images       1\n  annotations  1 of 1 written\n")
  const { annotations } = JSON.parse(await readFile(join(home, "out/output.json"), "utf8"))
  expect(annotations).toMatchObject([{ bbox: [10, 20, 30, 40] }])
})

test("takes files and directories together, and reads other formats", async () => {
  await writeFile(join(home, "b.json"), darwinFile("b.png", [box, box]))
  const there = await run("pascalvoc", "voc", "in", "b.json", "--json")
  expect(there.code).toBe(0)
  expect(there.last()).toEqual({
    type: "report",
    command: "convert",
    format: "pascalvoc",
    directory: "voc",
    images: 2,
    annotations: 3,
    written: 3,
    skipped: [],
    invalid: 0,
  })
  const back = await run("darwin", "back", "voc", "--from", "pascalvoc", "--strict")
  expect(back.code).toBe(0)
  expect(await filesBelow(join(home, "back"))).toEqual(["a.json", "b.json"])
})

describe("what a format cannot hold", () => {
  beforeEach(() => writeFile(join(input, "b.json"), darwinFile("b.png", [box, line, line])))

  test("is told and counted, and the rest is done", async () => {
    const { code, stdout, stderr } = await run("coco", "out", "in")
    expect(code).toBe(0)
    expect(stderr).toMatch(/^(skipped: in\/b\.json: annotations\[[12]\]: line: .*\n){2}$/)
    expect(stdout).toMatch(/annotations {2}2 of 4 written\n {2}left out {5}2 line: /)
  })

  test("gives 3 under --strict, with the same output on disk", async () => {
    const ended = await run("coco", "out", "in", "--strict", "--json")
    expect(ended.code).toBe(3)
    expect(ended.messages().filter(({ type }) => type === "skip")).toHaveLength(2)
    expect(ended.last()).toMatchObject({ type: "report", written: 2, skipped: [{ type: "line", count: 2 }] })
    expect(await filesBelow(join(home, "out"))).toEqual(["output.json"])
  })

  test("is told twenty times at most, and then counted", async () => {
    await writeFile(join(input, "c.json"), darwinFile("c.png", Array(98).fill(line)))
    const { stderr } = await run("coco", "out", "in")
    const lines = stderr.trimEnd().split("\n")
    expect(lines).toHaveLength(21)
    expect(lines.at(-1)).toBe("skipped: 80 more lines of this kind not shown")
  })
})

describe("a damaged input", () => {
  beforeEach(() => writeFile(join(input, "b.json"), '{"version": "2.0",\n "item": {"name": "b.png"'))

  test("fails with file, place and rule in one line, and leaves nothing half written", async () => {
    const text = await run("coco", "out", "in")
    expect(text).toMatchObject({ code: 1, stdout: "" })
    expect(text.stderr).toMatch(/^error: in\/b\.json: line 2.*: .+\n$/)
    expect(await filesBelow(join(home, "out"))).toEqual([])

    const told = await run("coco", "out", "in", "--json")
    expect(told.code).toBe(1)
    expect(told.last()).toMatchObject({ type: "error", code: "format", file: "in/b.json" })
    expect(told.last().place).toContain("line 2")
    expect(told.last().rule).not.toBe("")
  })

  test("is left out under --skip-invalid, which --strict tells by 3", async () => {
    const loose = await run("coco", "out", "in", "--skip-invalid")
    expect(loose.code).toBe(0)
    expect(loose.stdout).toContain("1 invalid record")
    expect(loose.stderr).toMatch(/^skipped: in\/b\.json: line 2.*\n$/)
    const strict = await run("coco", "out", "in", "--skip-invalid", "--strict", "--json")
    expect(strict.code).toBe(3)
    expect(strict.last()).toMatchObject({ images: 1, written: 1, invalid: 1 })
  })
})

test("a missing input is told by its name", async () => {
  const { code, stderr } = await run("coco", "out", "nowhere")
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error: "nowhere": no such file or directory\n$/)
})

test("names from outside cannot draw on the terminal or break the line", async () => {
  await writeFile(join(input, "b\x1b[2J\nerror: no.json"), darwinFile("b.png", [line]))
  const { code, stderr } = await run("coco", "out", "in")
  expect(code).toBe(0)
  expect(stderr).toMatch(/^skipped: in\/b\\u\{1b\}\[2J error: no\.json: .*\n$/)
})
