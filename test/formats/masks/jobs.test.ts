import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, filesBelow } from "../golden.ts"
import { formats, image, readBytes, readImage, rectangle, semanticFormats, write } from "./files.ts"

// Threads run the compiled script, which `npm test` builds beforehand.

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "masks-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

function boxes(count: number): AnnotationFile[] {
  return Array.from({ length: count }, (_, i) =>
    image(
      `${i}.jpg`,
      [rectangle(`class ${i % 7}`, i % 5, 0, 7, 5), rectangle("class 0", 900, 900, 950, 950)],
      {
        width: 200 + (i % 3) * 300,
        height: 300,
      },
    ),
  )
}

describe("threads", () => {
  it.each(formats)("give the same files, counts and events, however many: $id", async (format) => {
    for (const name of ["batch-40", "video", "raster-two-files"]) {
      const [one, ...others] = await Promise.all(
        [1, 2, 4].map(async (jobs) => {
          const target = join(directory, `${name}-${jobs}`)
          const { summary, events } = await write(format, exportCase(name, "input"), target, { jobs })
          const skips = events.filter(({ type }) => type === "skip")
          return { summary, skips, files: readBytes(target) }
        }),
      )
      for (const other of others) expect(other).toEqual(one)
    }
  })

  it("give the same where the classes are known beforehand", async () => {
    const classes = Array.from({ length: 7 }, (_, i) => `class ${i}`)
    for (const format of semanticFormats) {
      const [one, two] = [join(directory, format.id, "1"), join(directory, format.id, "2")]
      const first = await write(format, boxes(30), one, { classes })
      const second = await write(format, boxes(30), two, { classes, jobs: 2 })
      expect(second.summary).toEqual(first.summary)
      expect(readBytes(two)).toEqual(readBytes(one))
    }
  })

  it("are handed the shapes of a crowded image in parts", async () => {
    const crowd = Array.from({ length: 100 }, (_, i) => rectangle("car", i % 8, 0, i % 8, i % 9))
    const [one, two] = [join(directory, "1"), join(directory, "2")]
    const first = await write(formats[0] as never, [image("a.jpg", crowd)], one)
    const second = await write(formats[0] as never, [image("a.jpg", crowd)], two, { jobs: 2 })
    expect(second.summary).toEqual(first.summary)
    expect(filesBelow(two)).toHaveLength(101)
    expect(readBytes(two)).toEqual(readBytes(one))
  })

  it.each(formats)("read ahead no further than they have work: $id", async (format) => {
    for (const jobs of [1, 2]) {
      let read = 0
      let done = 0
      async function* counting() {
        for (const file of boxes(60)) {
          read++
          expect(read - done).toBeLessThanOrEqual(3 * jobs + 2)
          yield file
        }
      }
      const onEvent = ({ type }: { type: string }) => {
        // Each image has one shape that is left out, and told when the image has been drawn.
        if (type === "skip") done++
      }
      await pipeline(counting(), format.write(join(directory, String(jobs)), { jobs }), { onEvent })
      expect(done).toBe(60)
    }
  })
})

describe.each(formats)("an abort: $id", (format) => {
  it.each([1, 2])("ends the run with its reason and leaves nothing half-written, %i jobs", async (jobs) => {
    const controller = new AbortController()
    const reason = new Error("enough")
    async function* input() {
      for (const [i, file] of boxes(1000).entries()) {
        if (i === 20) controller.abort(reason)
        yield file
      }
    }
    const run = pipeline(input(), format.write(directory, { jobs }), { signal: controller.signal })
    await expect(run).rejects.toBe(reason)
    const left = filesBelow(directory)
    expect(left.filter((file) => !/^masks\/\d+_00000\.png$/.test(file))).toEqual([])
  })
})

it("drawing without threads gives way to timers, also within one long video", async () => {
  const track = {
    type: "video" as const,
    name: "car",
    frames: {
      0: {
        polygon: {
          paths: [
            [
              { x: 0, y: 0 },
              { x: 900, y: 10 },
              { x: 9, y: 900 },
            ],
          ],
        },
      },
    },
    only_keyframes: true,
    ranges: [[0, 100_000] as const],
  }
  const video = image("v.mp4", [], { type: "video", frame_count: 100_000, width: 1000, height: 1000 })
  for (const format of formats) {
    const controller = new AbortController()
    const reason = new Error("enough")
    setTimeout(() => controller.abort(reason), 100)
    const run = pipeline([{ ...video, annotations: [track] }], format.write(directory), {
      signal: controller.signal,
    })
    await expect(run).rejects.toBe(reason)
  }
})

it("a process that is killed leaves whole files only", async () => {
  const script = `
    import { pipeline } from "./dist/index.js"
    import { instanceMask, semanticMask } from "./dist/formats/index.js"
    const polygon = { paths: [[{ x: 0, y: 0 }, { x: 290, y: 9 }, { x: 0, y: 290 }]] }
    const slots = [{ slot_name: "0", type: "image", width: 300, height: 300 }]
    async function* input() {
      for (let i = 0; ; i++) {
        if (i === 40) process.kill(process.pid, "SIGKILL")
        yield { path: "a", version: "2.0", item: { name: i + ".jpg", path: "/", slots },
          annotations: [{ type: "polygon", name: "car", polygon }] }
      }
    }
    await Promise.all([
      pipeline(input(), instanceMask.write(process.argv[1], { jobs: 2 })),
      pipeline(input(), semanticMask.write(process.argv[1], { jobs: 2, classes: ["car"] })),
    ])`
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, directory])
  await expect(run).rejects.toMatchObject({ signal: "SIGKILL" })
  const left = filesBelow(directory).filter((file) => !/(?:^|\/)\.[^/]*\.part$/.test(file))
  expect(left.length).toBeGreaterThan(20)
  for (const file of left) {
    expect(file).toMatch(/^masks\/\d+(?:_00000)?\.png$/)
    expect(readImage(join(directory, file))).toMatchObject({ width: 300, height: 300 })
  }
})

it("threads end with the run, on every path: a process then ends by itself", async () => {
  const script = `
    import { pipeline } from "./dist/index.js"
    import { instanceMask, semanticMask } from "./dist/formats/index.js"
    const polygon = { paths: [[{ x: 0, y: 0 }, { x: 9, y: 9 }, { x: 0, y: 9 }]] }
    const slots = [{ slot_name: "0", type: "image", width: 99, height: 99 }]
    async function* input(how) {
      for (let i = 0; i < 40; i++) {
        if (i === 20 && how === "fails") throw new Error("input")
        if (i === 20 && how === "aborts") controller.abort(new Error("enough"))
        yield { path: "a", version: "2.0", item: { name: i + ".jpg", path: "/", slots },
          annotations: [{ type: "polygon", name: "car", polygon }] }
      }
    }
    let controller
    for (const format of [instanceMask, semanticMask]) {
      for (const how of ["works", "fails", "aborts"]) {
        controller = new AbortController()
        const sink = format.write(process.argv[1] + "/" + how, { jobs: 2 })
        await pipeline(input(how), sink, { signal: controller.signal }).then(
          ({ written }) => console.log(how, written),
          ({ message }) => console.log(how, message),
        )
      }
    }`
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, directory], {
    timeout: 60_000,
  })
  const expected = ["works 40", "fails input", "aborts enough"]
  expect((await run).stdout.trim().split("\n")).toEqual([...expected, ...expected])
})
