import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { type AnnotationFile, ConservationError, exportAnnotations, pipeline } from "darwin-streams"
import { createTally, type Format, pictures } from "darwin-streams/format-kit"
import { afterEach, beforeEach, expect, test } from "vitest"
import boxList from "../../examples/box-list.ts"

// A format from outside: it and these tests know the public entries of the built package only.

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "darwin-streams-box-list-"))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const box = { bounding_box: { x: 10, y: 20.5, w: 30, h: 40 } }
const document = {
  version: "2.0",
  item: {
    name: "kerb.png",
    path: "/street",
    slots: [
      {
        slot_name: "0",
        type: "image",
        width: 100,
        height: 80,
        source_files: [{ file_name: "kerb.png" }],
      },
    ],
  },
  annotations: [
    { name: "red car", ...box },
    { name: "night", tag: {} },
  ],
}

async function convert(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const program = ["--import", import.meta.resolve("tsx"), resolve("dist/cli/main.js"), "convert", ...args]
  return promisify(execFile)(process.execPath, program, { cwd: home, env: { ...process.env, HOME: home } })
}

test("is written and read like those of the package, and says what it loses", async () => {
  await writeFile(join(home, "kerb.json"), JSON.stringify(document))
  const events: string[] = []
  const report = await exportAnnotations(boxList, join(home, "kerb.json"), join(home, "boxes"), {
    onEvent: (event) => {
      if (event.type === "plan") events.push(event.leftOut.join(" "))
    },
  })
  expect(events).toEqual([expect.stringContaining("polygon tag line")])
  expect(report).toMatchObject({
    annotations: 2,
    written: 1,
    skipped: [{ class: "night", type: "tag", reason: "a box list has boxes only", count: 1 }],
  })
  expect(await readFile(join(home, "boxes/street/kerb.boxes"), "utf8")).toBe(
    "100 80 street/kerb.png\n10 20.5 30 40 red car\n",
  )

  const back = await exportAnnotations("darwin", join(home, "boxes"), join(home, "back"), { from: boxList })
  expect(back.written).toBe(1)
  const { item, annotations } = JSON.parse(await readFile(join(home, "back/street/kerb.json"), "utf8"))
  expect({ item, annotations }).toEqual({ item: document.item, annotations: [document.annotations[0]] })
})

test("works on the command line by the path of its module", async () => {
  await writeFile(join(home, "kerb.json"), JSON.stringify(document))
  const module = resolve("examples/box-list.ts")
  const there = await convert(module, "boxes", "kerb.json")
  expect(there.stdout).toContain("converted to boxlist in boxes")
  expect(there.stderr).toContain("note: boxlist has no polygon, tag,")
  const back = await convert("coco", "coco", "boxes", "--from", module)
  expect(back.stdout).toContain("1 of 1 written")
})

test("names file, line and rule of what is broken, or goes on without it", async () => {
  await mkdir(join(home, "in"))
  await writeFile(join(home, "in/a.boxes"), "10 10 a.png\n1 2 3 4 car\n1 2 three 4 car\n")
  const failing = exportAnnotations("coco", join(home, "in"), join(home, "out"), { from: boxList })
  await expect(failing).rejects.toMatchObject({
    code: "format",
    file: join(home, "in/a.boxes"),
    place: "line 3",
    rule: "expected four numbers and a class",
  })
  const report = await exportAnnotations("coco", join(home, "in"), join(home, "out"), {
    from: boxList,
    onInvalid: "skip",
  })
  expect(report).toMatchObject({ written: 1, invalid: 1 })
})

test("that loses annotations without a word is caught", async () => {
  const forgetful: Format = {
    ...boxList,
    write: () => async (input, context) => {
      const tally = createTally(context)
      for await (const _ of pictures(input, tally, context)) tally.image()
      return tally.summary()
    },
  }
  const file: AnnotationFile = {
    path: "a.json",
    item: { name: "a.png", path: "/" },
    annotations: [{ type: "bounding_box", name: "car", ...box }],
  }
  const run = pipeline([file], (forgetful.write as NonNullable<Format["write"]>)(home))
  await expect(run).rejects.toBeInstanceOf(ConservationError)
  await expect(run).rejects.toMatchObject({ code: "conservation", annotations: 1, written: 0, skipped: 0 })
})
