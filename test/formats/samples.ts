import { cpSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { exportAnnotations } from "../../src/convert.ts"
import type { Format } from "../../src/formats/format.ts"
import { exportCase, filesBelow, importCase, importCases } from "./golden.ts"

/** Good input of a format: a directory with one file that is to be damaged, and what belongs to it. */
export interface Sample {
  readonly directory: string
  /** The file below the directory. */
  readonly file: string
  readonly bytes: Buffer
}

// What darwin-py has read, by the format's id; other formats are tried with what they write.
const imports: Readonly<Record<string, string>> = {
  darwin: "darwin",
  coco: "coco",
  csvtags: "csv_tags",
  csvtagsvideo: "csv_tags_video",
  dataloop: "dataloop",
  labelbox: "labelbox",
  pascalvoc: "pascal_voc",
  superannotate: "superannotate",
}
const written = ["mixed", "video", "raster-two-files", "sub-annotations", "tags-only"]
const mostBytes = 30_000
const mostFiles = 4

/** Samples of a format in new folders of `root`. */
export async function samplesOf({ id, extensions, write }: Format, root: string): Promise<Sample[]> {
  const directories: string[] = []
  const folder = imports[id]
  for (const name of folder === undefined ? [] : importCases(folder)) {
    const directory = join(root, id, `import-${name}`)
    cpSync(importCase(folder as string, name), directory, {
      recursive: true,
      filter: (path) => !/(?:expected\.json|ERROR\.txt)$/.test(path),
    })
    directories.push(directory)
  }
  for (const name of write === undefined ? [] : written) {
    const directory = join(root, id, `written-${name}`)
    mkdirSync(directory, { recursive: true })
    await exportAnnotations(id as "darwin", exportCase(name, "input"), directory)
    directories.push(directory)
  }
  return directories.flatMap((directory) => {
    // What lies beside them, such as lists of classes, is read as well.
    const files = filesBelow(directory).filter((name) => !/(?:about\.txt|\.png)$/.test(name))
    if (!files.some((name) => extensions.some((ending) => name.endsWith(ending)))) return []
    return files.slice(0, mostFiles).flatMap((file) => {
      const bytes = readFileSync(join(directory, file))
      return bytes.length > 0 && bytes.length <= mostBytes ? [{ directory, file, bytes }] : []
    })
  })
}

/** What a format cannot know from its own files. */
export function readingOf({ readOptions = [] }: Format): object {
  return readOptions.includes("imageSize") ? { imageSize: { width: 120, height: 80 } } : {}
}
