import { readdirSync, readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FormatError, PathError, ZipError } from "../../../src/errors.ts"
import type { RunEvent } from "../../../src/events.ts"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { readAnnotationFile } from "../../../src/model/read.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { document as anyDocument } from "../../model/arbitraries.ts"
import { handArchive } from "../../parse/zip-archives.ts"
import { tempDirectory } from "../../storage/temp-directory.ts"

const tag = { name: "night", tag: {} }

function document(name: string, path = "/", annotations: readonly object[] = [tag]): object {
  return { version: "2.0", item: { name, path, "of ours": [1] }, annotations }
}

async function tree(contents: Readonly<Record<string, object | string>>): Promise<string> {
  const directory = await tempDirectory()
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), typeof content === "string" ? content : JSON.stringify(content))
  }
  return directory
}

async function all<T>(input: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of input) found.push(one)
  return found
}

function filesIn(directory: string): Record<string, unknown> {
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length + 1), JSON.parse(readFileSync(path, "utf8"))]),
  )
}

describe("darwin.read", () => {
  it("reads files, directories and archives, and says where each came from", async () => {
    const directory = await tree({
      "b.json": document("b"),
      "a/c.json": document("c"),
      "notes.txt": "no",
      ".v7/metadata.json": "{}",
    })
    const archive = join(await tempDirectory(), "v1.zip")
    const entries = { "z.json": document("z"), "y.json": document("y"), ".v7/metadata.json": {} }
    await writeFile(
      archive,
      handArchive(
        Object.entries(entries).map(([name, one]) => ({ name, data: Buffer.from(JSON.stringify(one)) })),
      ),
    )
    const files = await all(darwin.read([directory, archive, join(directory, "b.json")]))
    expect(files.map(({ path, item }) => [path, item.name])).toEqual([
      [join(directory, "a/c.json"), "c"],
      [join(directory, "b.json"), "b"],
      [`${archive}/z.json`, "z"],
      [`${archive}/y.json`, "y"],
      [join(directory, "b.json"), "b"],
    ])
    expect(files[0]?.annotations).toEqual([{ ...tag, type: "tag" }])
  })

  it("throws at what breaks the rules, or leaves it out and says so", async () => {
    const directory = await tree({
      "a.json": document("a", "/", [tag, { name: "b" }, { name: "c", bounding_box: {} }]),
      "b.json": "{",
      "c.json": document("c"),
      "d.json": { classes: [] },
    })
    await expect(all(darwin.read(directory))).rejects.toBeInstanceOf(FormatError)
    const events: RunEvent[] = []
    const names: [string, number][] = []
    await pipeline(
      darwin.read(directory, { onInvalid: "skip" }),
      async (files) => {
        for await (const { item, annotations } of files) names.push([item.name, annotations.length])
      },
      { onEvent: (event) => events.push(event) },
    )
    expect(names).toEqual([
      ["a", 2],
      ["c", 1],
    ])
    const skips = events.filter((event) => event.type === "skip")
    expect(skips.map(({ file, place }) => [file.slice(directory.length + 1), place])).toEqual([
      ["a.json", "annotations[2].bounding_box.x"],
      ["b.json", "line 1, column 2"],
      ["d.json", ""],
    ])
  })

  it("refuses an input that is missing, and an archive that is damaged", async () => {
    const directory = await tree({ "bad.zip": "no archive" })
    await expect(all(darwin.read(join(directory, "missing")))).rejects.toBeInstanceOf(PathError)
    await expect(all(darwin.read(join(directory, "bad.zip"), { onInvalid: "skip" }))).rejects.toBeInstanceOf(
      ZipError,
    )
  })

  it("asks for nothing before the first file is wanted, and can be left and opened again", async () => {
    const directory = await tree({ "a.json": document("a"), "b.json": "{" })
    const files = darwin.read(directory)
    for (let turn = 0; turn < 2; turn++) {
      for await (const { item } of files) {
        expect(item.name).toBe("a")
        break
      }
    }
  })
})

describe("darwin.write", () => {
  it("names files after item and folder, and numbers equal names", async () => {
    const names: [string, string][] = [
      ["kerb.v2.jpg", "/street/left"],
      ["kerb.v2.png", "/street/left"],
      ["kerb.v2.jpg", "/"],
      ["KERB.v2.tif", "street//left/"],
      ["a?b", "/"],
    ]
    const input = await tree(
      Object.fromEntries(names.map(([name, path], index) => [`${index}.json`, document(name, path)])),
    )
    const directory = join(await tempDirectory(), "out")
    const events: RunEvent[] = []
    const summary = await pipeline(darwin.read(input), darwin.write(directory), {
      onEvent: (event) => events.push(event),
    })
    const expected = [
      "street/left/kerb.v2.json",
      "street/left/kerb.v2_2.json",
      "kerb.v2.json",
      "street/left/KERB.v2_3.json",
      "a_b.json",
    ]
    expect(filesIn(directory)).toEqual(
      Object.fromEntries(
        expected.map((path, index) => [path, document(...(names[index] as [string, string]))]),
      ),
    )
    expect(summary).toEqual({
      images: 5,
      annotations: 5,
      written: 5,
      classes: [{ class: "night", type: "tag", written: 5, skipped: 0 }],
      skipped: [],
    })
    const written = events.flatMap((event) =>
      event.type === "file" && event.task === "write" ? [event.path] : [],
    )
    expect(written).toEqual(expected.map((path) => join(directory, path)))
  })

  it("replaces what an earlier run has written", async () => {
    const directory = await tree({ "a.json": "old" })
    const input = await tree({ "1.json": document("a.png") })
    await pipeline(darwin.read(input), darwin.write(directory))
    expect(filesIn(directory)).toEqual({ "a.json": document("a.png") })
  })

  it("refuses an item whose name would leave the directory, and writes nothing outside", async () => {
    const outer = await tempDirectory()
    for (const [name, path] of [
      ["a", "/../.."],
      ["..", "/"],
      ["a\0", "/"],
      ["con.png", "/"],
    ] as const) {
      const input = await tree({ "1.json": document(name, path) })
      const writing = pipeline(darwin.read(input), darwin.write(join(outer, "in", "out")))
      await expect(writing).rejects.toBeInstanceOf(PathError)
    }
    expect(readdirSync(outer)).toEqual([])
  })

  it("gives back what it was given, whatever stands in it", async () => {
    const directory = await tempDirectory()
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(anyDocument, { maxLength: 3 }), async (documents) => {
        const texts = documents.map((one, index) =>
          JSON.stringify({
            ...one,
            item: { ...(one as { item: object }).item, name: `${index}.png`, path: "/f" },
          }),
        )
        const files = texts.map((text) => readAnnotationFile(Buffer.from(text), "x") as AnnotationFile)
        const out = join(directory, `${run++}`)
        async function* input() {
          yield* files
        }
        await pipeline(input(), darwin.write(out))
        const back = await all(darwin.read(files.length === 0 ? [] : out))
        expect(back.map(({ path: _, ...rest }) => rest)).toEqual(files.map(({ path: _, ...rest }) => rest))
        const onDisk = texts.map((_, index) =>
          JSON.parse(readFileSync(join(out, "f", `${index}.json`), "utf8")),
        )
        expect(onDisk).toEqual(texts.map((text) => JSON.parse(text)))
      }),
      { numRuns: 100 },
    )
  })
})
