import { writeFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { leftovers } from "../../src/storage/atomic-file.ts"
import { openDatasetManifest, releaseFolder } from "../../src/storage/dataset-directory.ts"
import { extraMedia } from "../../src/storage/extra-files.ts"
import { folderEntries, folderNames } from "../../src/storage/folder-entries.ts"
import { liveHeapBytes } from "../live-heap.ts"
import { tempDirectory } from "./temp-directory.ts"

const count = 10_000

/** A name long enough that a list of them stands out from the code that is compiled meanwhile. */
const longName = (index: number) => `${index}-${"x".repeat(150)}.png`

/** A list of names would hold some 170 bytes for each; the many that are read at once, a tenth of them, some 25. */
const mostHeld = 100

async function largeFolder(): Promise<string> {
  const directory = await tempDirectory()
  await mkdir(join(directory, "images"))
  for (let index = 0; index < count; index++) writeFileSync(join(directory, "images", longName(index)), "")
  return directory
}

/** How many bytes an entry a walk holds on the heap between its start and its end. */
async function heldByEntry(walk: AsyncIterator<unknown>): Promise<number> {
  const before = liveHeapBytes()
  expect((await walk.next()).done).toBe(false)
  const held = liveHeapBytes() - before
  await walk.return?.()
  return held / count
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

describe("folderEntries", () => {
  it("holds no list of what stands in a folder", async () => {
    const entries = folderEntries(join(await largeFolder(), "images"))
    expect(await heldByEntry(each(entries))).toBeLessThan(mostHeld)
  })

  it("finds nothing in a folder that is not there, and says what else is wrong", async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, "file"), "")
    expect([...folderEntries(join(directory, "missing"))]).toEqual([])
    expect(() => [...folderEntries(join(directory, "file"))]).toThrow(/ENOTDIR/)
  })
})

describe("folderNames", () => {
  it("gives the wanted ones by code point", async () => {
    const directory = await tempDirectory()
    for (const name of ["b", "\u{1f600}", "ä", "\uffee", "B"]) await writeFile(join(directory, name), "")
    await mkdir(join(directory, "a"))
    const names = [...folderNames(directory, (entry) => entry.isFile())]
    expect(names).toEqual(["B", "b", "ä", "\uffee", "\u{1f600}"])
  })
})

describe("walks of a dataset's directory", () => {
  it("hold no list of a large folder while they look for what a killed process has left", async () => {
    const directory = await largeFolder()
    // Deeper than the many, so that it is found while their folder is open.
    await mkdir(join(directory, "images", "deep"))
    // No system gives such a number to a process.
    const left = `.${(2 ** 31 - 2).toString(36)}-00000000.part`
    await writeFile(join(directory, "images", "deep", left), "")
    expect(await heldByEntry(each(leftovers(directory)))).toBeLessThan(mostHeld)
  })

  it("hold no list of a large folder while they look for files that no release needs", async () => {
    const directory = await largeFolder()
    await mkdir(join(directory, "images", "deep"))
    await writeFile(join(directory, "images", "deep", "extra.png"), "")
    const manifest = openDatasetManifest(directory)
    onTestFinished(() => manifest.close())
    const { key } = releaseFolder("v1")
    manifest.beginRelease(key)
    for (let index = 0; index < count; index++) manifest.use(key, `images/${longName(index)}`)
    manifest.endRelease(key)
    expect(await heldByEntry(extraMedia(directory, manifest))).toBeLessThan(mostHeld)
  })
})
