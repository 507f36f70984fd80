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

/** What it says beforehand of every conversion is for one test alone. */
const run = async (...args: string[]) => {
  const ended = await runCommand(["convert", ...args], { home })
  return { ...ended, stderr: ended.stderr.replace(/^note: .*\n/gm, "") }
}

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
    classes: [{ class: "car", type: "bounding_box", written: 3, skipped: 0 }],
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
    expect(ended.last()).toMatchObject({
      type: "report",
      written: 2,
      skipped: [{ class: "kerb", type: "line", count: 2 }],
    })
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

test("says before it runs what will be lost", async () => {
  const text = await runCommand(["convert", "pascalvoc", "out", "nowhere", "--from", "coco"], { home })
  expect(text.stderr.split("\n").slice(0, 2)).toEqual([
    "note: pascalvoc writes polygon as the box around it",
    "note: pascalvoc has no tag, keypoint, skeleton: these are left out",
  ])
  const told = await run("pascalvoc", "out", "in", "--json")
  expect(told.messages()[0]).toMatchObject({ type: "plan", becomes: [{ type: "polygon" }] })
  const lossless = await runCommand(["convert", "darwin", "out", "in"], { home })
  expect(lossless.stderr).toBe("")
})

describe("options of formats", () => {
  test("go to the format that takes them", async () => {
    const { code } = await run("pascalvoc", "out", "in", "--write-option", "coordinates=devkit")
    expect(code).toBe(0)
    expect(await readFile(join(home, "out/a.xml"), "utf8")).toContain("<xmin>11</xmin>")
  })

  test("that it does not take are refused by name", async () => {
    const { code, stderr } = await run("pascalvoc", "out", "in", "--write-option", "colour=red")
    expect(code).toBe(2)
    expect(stderr).toBe("error: writing.colour: pascalvoc takes coordinates\n")
    expect((await run("pascalvoc", "out", "in", "--read-option", "x=1")).stderr).toContain(
      "darwin takes maxFileBytes",
    )
  })

  test("must be name=value", async () => {
    const { code, stderr } = await run("pascalvoc", "out", "in", "--write-option", "devkit")
    expect(code).toBe(2)
    expect(stderr).toContain("name=value")
  })
})

describe("items with several slots, and videos", () => {
  const slot = (name: string) => ({ slot_name: name, type: "image", width: 100, height: 80 })
  const two = JSON.stringify({
    item: { name: "two", path: "/", slots: [slot("left"), slot("right")] },
    annotations: [
      { ...box, slot_names: ["left"] },
      { ...line, slot_names: ["right"] },
    ],
  })
  const track = { name: "car", interpolated: true, ranges: [[0, 3]] }
  const at = (x: number) => ({ bounding_box: { x, y: 0, w: 10, h: 10 }, keyframe: true })
  const video = JSON.stringify({
    item: { name: "clip.mp4", path: "/", slots: [{ slot_name: "0", type: "video", frame_count: 4 }] },
    annotations: [{ ...track, frames: { 0: at(0), 2: at(8) } }],
  })

  test("give the slots asked for alone", async () => {
    await writeFile(join(home, "two.json"), two)
    const ended = await run("coco", "out", "two.json", "--slots", "left,middle", "--json")
    expect(ended.last()).toMatchObject({ images: 1, annotations: 1, written: 1 })
    const { images } = JSON.parse(await readFile(join(home, "out/output.json"), "utf8"))
    expect(images).toHaveLength(1)
  })

  test("are one file a frame when asked, with the frames between filled in", async () => {
    await writeFile(join(home, "clip.json"), video)
    const ended = await run("darwin", "out", "clip.json", "--split-videos", "--interpolate", "--json")
    expect(ended.last()).toMatchObject({ images: 4, annotations: 3, written: 3, skipped: [] })
    const files = await filesBelow(join(home, "out"))
    expect(files).toEqual([0, 1, 2, 3].map((index) => `clip/000000${index}.json`))
    const { annotations } = JSON.parse(await readFile(join(home, "out/clip/0000001.json"), "utf8"))
    expect(annotations).toMatchObject([{ name: "car", bounding_box: { x: 4, y: 0, w: 10, h: 10 } }])
  })
})

describe("names of classes", () => {
  const other = { ...box, name: "bicycle" }
  beforeEach(() => writeFile(join(input, "b.json"), darwinFile("b.png", [other])))

  test("fix the numbers of classes, in files of names and in lists", async () => {
    await writeFile(join(home, "classes.txt"), "\ufefftruck\n\ncar\r\n")
    const ended = await run("yolo", "out", "in", "--classes", "classes.txt", "--json")
    expect(ended.last()).toMatchObject({
      written: 1,
      skipped: [{ class: "bicycle", reason: "its class is not in the list of classes" }],
    })
    expect(await readFile(join(home, "out/a.txt"), "utf8")).toMatch(/^1 /)
    await writeFile(join(home, "classes.json"), '["bicycle", "truck", "car"]')
    await run("yolo", "again", "in", "--classes", "classes.json")
    expect(await readFile(join(home, "again/a.txt"), "utf8")).toMatch(/^2 /)
  })

  test("are those of numbers that are read where the output has none", async () => {
    await writeFile(join(home, "classes.txt"), "lorry\nvan\n")
    await writeFile(join(home, "c.txt"), "1 0.5 0.5 0.5 0.5\n")
    const size = ["--read-option", 'imageSize={"width":100,"height":80}']
    const { code } = await run("coco", "out", "c.txt", "--from", "yolo", "--classes", "classes.txt", ...size)
    expect(code).toBe(0)
    const { categories } = JSON.parse(await readFile(join(home, "out/output.json"), "utf8"))
    expect(categories).toMatchObject([{ name: "van" }])
  })

  test.each([
    ["nothing.txt", undefined, "ENOENT"],
    ["empty.txt", "\n \n", "has no name of a class"],
    ["broken.json", "[", "is not JSON"],
    ["object.json", "{}", "must be a list of names"],
  ])("that cannot be had are told: %s", async (name, content, message) => {
    if (content !== undefined) await writeFile(join(home, name), content)
    const { code, stderr } = await run("yolo", "out", "in", "--classes", name)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  test("are refused where no format takes them", async () => {
    await writeFile(join(home, "classes.txt"), "car\n")
    const { code, stderr } = await run("pascalvoc", "out", "in", "--classes", "classes.txt")
    expect(code).toBe(2)
    expect(stderr).toContain("writing.classes: pascalvoc takes coordinates")
  })
})
