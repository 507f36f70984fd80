import { createWriteStream, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pipeline as streamPipeline } from "node:stream/promises"
import { describe, expect, it } from "vitest"
import { ZipFile } from "yazl"
import { exportAnnotations } from "../../src/convert.ts"
import { formatIds, loadFormat } from "../../src/formats/index.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { parse } from "../../src/sources/parse.ts"
import { exportCase, filesBelow, importInput, inDirectory } from "./golden.ts"

// Every format from every kind of input: files, a directory, a zip archive. New formats of the registry join by themselves.

const formats = await Promise.all(formatIds.map(async (id) => ({ ...(await loadFormat(id)), id })))
const cases = ["mixed", "folders", "video", "multi-slot", "raster-two-files", "sub-annotations", "tags-only"]

/** What formats that are only read are tried with. */
const onlyRead: Readonly<Record<string, readonly [folder: string, name: string]>> = {
  labelbox: ["labelbox", "mixed"],
  superannotate: ["superannotate", "mixed"],
}

/** The files below a directory in the order in which they are read: folder by folder. */
function inOrder(directory: string): string[] {
  const folders = (name: string) => name.replaceAll("/", "\0")
  return filesBelow(directory).sort((a, b) => (folders(a) < folders(b) ? -1 : 1))
}

/** What a format writes to be read: a case that has something for it. */
function writtenCase(id: string): string {
  return id === "csvtagsvideo" ? "video" : "mixed"
}

async function zip(directory: string, archive: string): Promise<void> {
  const file = new ZipFile()
  for (const name of inOrder(directory)) file.addFile(join(directory, name), name)
  file.end()
  await streamPipeline(file.outputStream, createWriteStream(archive))
}

function contents(directory: string): Record<string, string> {
  return Object.fromEntries(
    filesBelow(directory).map((name) => [name, readFileSync(join(directory, name)).toString("latin1")]),
  )
}

describe.each(formats.filter(({ write }) => write !== undefined))("writing $id", ({ id }) => {
  it("gives the same bytes from a directory, from its files and from a zip archive, on every run", () =>
    inDirectory(async (directory) => {
      const inputs = cases.map((name) => exportCase(name, "input"))
      const files = inputs.flatMap((input) => inOrder(input).map((name) => join(input, name)))
      const archives: string[] = []
      mkdirSync(join(directory, "zip"))
      for (const [index, input] of inputs.entries()) {
        archives.push(join(directory, "zip", `${cases[index]}.zip`))
        await zip(input, archives[index] as string)
      }
      const run = async (name: string, paths: readonly string[], concurrency: number) => {
        const report = await exportAnnotations(id, paths, join(directory, name), { concurrency })
        return { report, written: contents(join(directory, name)) }
      }
      const first = await run("directory", inputs, 1)
      expect(Object.keys(first.written)).not.toEqual([])
      const { annotations, written, skipped, invalid } = first.report
      expect(invalid).toBe(0)
      expect(written).toBeGreaterThan(0)
      expect(annotations).toBe(written + skipped.reduce((sum, { count }) => sum + count, 0))

      expect(await run("again", inputs, 4)).toEqual(first)
      expect(await run("files", files, 1)).toEqual(first)
      expect(await run("zips", archives, 1)).toEqual(first)
    }))
})

/** What a format cannot know from its own files. */
const missing = { imageSize: { width: 120, height: 80 } }

describe.each(formats.filter(({ read }) => read !== undefined))(
  "reading $id",
  ({ id, write, extensions, readOptions = [] }) => {
    let reading: object = readOptions.includes("imageSize") ? missing : {}
    it("gives the same files from a directory, from its files and from a zip archive", () =>
      inDirectory(async (directory) => {
        let input = join(directory, "in")
        if (write !== undefined) {
          const { classes } = await exportAnnotations(id, exportCase(writtenCase(id), "input"), input)
          const names = new Set(classes.filter(({ written }) => written > 0).map((one) => one.class))
          if (readOptions.includes("classes")) reading = { ...reading, classes: [...names].sort() }
        } else {
          const [folder, name] = onlyRead[id] ?? []
          if (folder === undefined || name === undefined) throw new Error(`no input to try ${id} with`)
          input = join(importInput(folder, name), "..")
        }
        const read = async (paths: string | readonly string[]) => {
          const files: AnnotationFile[] = []
          for await (const file of parse(id, paths, { onInvalid: "skip", ...reading }))
            files.push({ ...file, path: "" })
          return files
        }
        const first = await read(input)
        expect(first.flatMap(({ annotations }) => annotations)).not.toEqual([])
        await zip(input, join(directory, "in.zip"))
        expect(await read(join(directory, "in.zip"))).toEqual(first)
        const own = inOrder(input).filter((name) => extensions.some((ending) => name.endsWith(ending)))
        const files = await read(own.map((name) => join(input, name)))
        // Where a folder is the file's place below the input, a file that is itself the input is in none.
        expect(files.map(withoutFolder)).toEqual(first.map(withoutFolder))
      }))
  },
)

function withoutFolder({ item, ...file }: AnnotationFile): AnnotationFile {
  return { ...file, item: { ...item, path: "" } }
}
