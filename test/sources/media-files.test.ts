import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { pipeline } from "../../src/pipeline.ts"
import { collect } from "../../src/sinks/collect.ts"
import { mediaFiles, mediaFolders } from "../../src/sources/index.ts"
import { parseGlob } from "../../src/storage/glob.ts"
import { tempDirectory } from "../storage/temp-directory.ts"

async function tree(files: readonly string[]): Promise<string> {
  const root = await tempDirectory()
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), "")
  }
  return root
}

async function found(inputs: readonly string[], filesToExclude: readonly string[] = []) {
  const skipped: string[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type === "skip") skipped.push(event.file)
  }
  const files = await pipeline(mediaFiles(inputs, { filesToExclude }), collect(), { onEvent })
  return { files, skipped }
}

describe("mediaFiles", () => {
  test("goes through directories by code point, folder by folder", async () => {
    const root = await tree([
      "b.png",
      "B.png",
      "\u{1f600}.png",
      "\uff21.png",
      "a/z.PNG",
      "a.txt",
      "c/d/e.nii.gz",
    ])
    const { files, skipped } = await found([root])
    expect(files.map(({ path, folder }) => [path.slice(root.length + 1), folder])).toEqual([
      ["B.png", "/"],
      ["a/z.PNG", "/a"],
      ["b.png", "/"],
      ["c/d/e.nii.gz", "/c/d"],
      ["\uff21.png", "/"],
      ["\u{1f600}.png", "/"],
    ])
    expect(skipped).toEqual([join(root, "a.txt")])
  })

  test("takes what V7 takes", async () => {
    const endings =
      "png jpeg jpg jfif tif tiff qtiff bmp svs webp avi bpm dcm mov mp4 mkv hevc pdf nii nii.gz ndpi rvg"
    const names = endings.split(" ").map((ending) => `x.${ending}`)
    const root = await tree([...names, "x.gz", "x.gif", "png", "x.push-journal", "x.push-journal-wal"])
    const { files, skipped } = await found([root])
    expect(files).toHaveLength(names.length)
    expect(skipped.map((path) => path.slice(root.length + 1))).toEqual(["png", "x.gif", "x.gz"])
  })

  test("patterns name files, folders are those below where they begin", async () => {
    const root = await tree(["a/1.png", "a/b/2.png", "a/b/c/3.png", "a/b/c/3.jpg", "a/.x/4.png", "a/.5.png"])
    const names = async (pattern: string) =>
      (await found([`${root}/${pattern}`])).files.map(
        ({ path, folder }) => `${folder} ${path.slice(root.length + 1)}`,
      )
    expect(await names("a/**/*.png")).toEqual(["/ a/1.png", "/b a/b/2.png", "/b/c a/b/c/3.png"])
    expect(await names("a/**")).toHaveLength(4)
    expect(await names("a/*.png")).toEqual(["/ a/1.png"])
    expect(await names("a/*/*/?.jpg")).toEqual(["/b/c a/b/c/3.jpg"])
    expect(await names("*/b/**/*.jpg")).toEqual(["/a/b/c a/b/c/3.jpg"])
    expect(await names("a/.*.png")).toEqual(["/ a/.5.png"])
  })

  test("a file whose name looks like a pattern is that file", async () => {
    const root = await tree(["what?.png", "whats.png"])
    expect((await found([`${root}/what?.png`])).files).toEqual([{ path: `${root}/what?.png`, folder: "/" }])
  })

  test("leaves out what is excluded, and tells a pattern without files", async () => {
    const root = await tree(["a.png", "b.png"])
    const { files, skipped } = await found([root, `${root}/*.gif`, `${root}/none/*.png`], [`${root}/./a.png`])
    expect(files.map(({ path }) => path)).toEqual([join(root, "b.png")])
    expect(skipped).toEqual([`${root}/*.gif`, `${root}/none/*.png`])
  })

  test("looks at all inputs before the first file is given", async () => {
    const root = await tree(["a.png", "b.txt"])
    for (const bad of ["b.txt", "none.png"]) {
      const opened = mediaFiles([root, join(root, bad)])[Symbol.asyncIterator]()
      await expect(opened.next()).rejects.toMatchObject({ code: "path", path: join(root, bad) })
    }
  })
})

test("mediaFolders gives numbers within names their order", async () => {
  const names = [
    "10.png",
    "9.png",
    "a10b2.png",
    "a9b10.png",
    "a9b9.png",
    "009.png",
    "99999999999999999999.png",
    "b.png",
  ]
  const root = await tree(names)
  const [folder] = await pipeline(mediaFolders(root, "slots"), collect())
  expect(folder?.files.map((path) => path.slice(root.length + 1))).toEqual([
    "009.png",
    "9.png",
    "10.png",
    "99999999999999999999.png",
    "a9b9.png",
    "a9b10.png",
    "a10b2.png",
    "b.png",
  ])
})

test.each([
  ["*.png", ".", "a.png", true],
  ["/*.png", "/", "a.png", true],
  ["/x/y/*", "/x/y", "a", true],
  ["x/**/y/*.png", "x", "y/a.png", true],
  ["x/**/y/*.png", "x", "a/b/y/a.png", true],
  ["x/**/y/*.png", "x", "a/b/z/a.png", false],
  ["x/*(1)+[a].png", "x", "b(1)+[a].png", true],
  ["x/*.png", "x", "apng", false],
  ["x/?.png", "x", "\u{1f600}.png", true],
])("the pattern %s begins in %s; %s: %s", (pattern, base, below, matches) => {
  const glob = parseGlob(pattern)
  expect([glob.base, glob.matches(below)]).toEqual([base, matches])
})
