import { readdir } from "node:fs/promises"
import { join, resolve } from "node:path"
import { PathError } from "../errors.ts"
import { byCodePoint } from "../storage/by-code-point.ts"
import type { Glob } from "../storage/glob.ts"
import { isDicomName, isImageName, isMediaName } from "../storage/media-names.ts"
import { type Source, source } from "../stream.ts"
import { lookAt, type MediaFilesOptions, nameOfPath } from "./media-files.ts"

/** How the files of a directory become one item: each a slot, one archive of a DICOM series, or channels of one view. */
export type ItemMergeMode = "slots" | "series" | "channels"

/** The files that become one item. */
export interface MediaFolder {
  /** The directory's name. */
  readonly name: string
  /** Paths in natural order: `2.png` before `10.png`. */
  readonly files: readonly string[]
}

const kinds = {
  slots: { isWanted: isMediaName, what: "a kind of file that Darwin takes" },
  series: { isWanted: isDicomName, what: "a DICOM file" },
  channels: { isWanted: isImageName, what: "an image" },
} as const

/**
 * Directories whose files, without those of the folders below, become one item each; a file that is named stands for
 * itself, a pattern for the directories that it matches. What a directory holds besides is told as `skip` events, as is a
 * directory without files.
 *
 * @throws PathError (`path`), before the first one is given, for an input that does not exist and for a file named
 * directly that does not fit.
 *
 * @example
 * for await (const { name, files } of mediaFolders(["scans/*"], "slots")) console.log(name, files.length)
 */
export function mediaFolders(
  inputs: string | readonly string[],
  mode: ItemMergeMode,
  { filesToExclude = [] }: MediaFilesOptions = {},
): Source<MediaFolder> {
  const { isWanted, what } = kinds[mode]
  return source(async function* ({ onEvent }) {
    const excluded = new Set(filesToExclude.map((path) => resolve(path)))
    const skip = (file: string, reason: string) => onEvent?.({ type: "skip", file, reason })
    const looked = await lookAt(inputs)
    for (const { kind, path } of looked) {
      if (kind === "file" && !isWanted(path)) throw new PathError(path, `is not ${what}`)
    }
    for (const input of looked) {
      if (input.kind === "file") {
        if (!excluded.has(resolve(input.path))) yield { name: nameOfPath(input.path), files: [input.path] }
        continue
      }
      let directories = 0
      for await (const directory of input.kind === "glob" ? matching(input.glob) : [input.path]) {
        directories++
        const files: string[] = []
        for (const entry of await readdir(directory, { withFileTypes: true })) {
          const path = join(directory, entry.name)
          if (excluded.has(resolve(path))) continue
          if (entry.isDirectory()) skip(path, "folders within a folder that becomes one item are left out")
          else if (isWanted(entry.name)) files.push(path)
          else skip(path, `is not ${what}`)
        }
        if (files.length > 0) yield { name: nameOfPath(directory), files: files.sort(naturally) }
        else skip(directory, `holds no file that is ${what}`)
      }
      if (directories === 0) skip(input.path, "there is no such directory")
    }
  })
}

async function* matching(glob: Glob, below = ""): AsyncGenerator<string> {
  const entries = await readdir(join(glob.base, below), { withFileTypes: true }).catch((error) => {
    if (error.code === "ENOENT") return []
    throw error
  })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  for (const name of names.sort(byCodePoint)) {
    const inside = below === "" ? name : `${below}/${name}`
    if (glob.matches(inside)) yield join(glob.base, inside)
    if (glob.reaches(inside)) yield* matching(glob, inside)
  }
}

/** Numbers within names count as numbers; where that makes no difference, code points do. */
function naturally(a: string, b: string): number {
  const [ones, others] = [a, b].map((text) => text.split(/(\d+)/))
  if (ones === undefined || others === undefined) return 0
  for (let at = 0; at < Math.min(ones.length, others.length); at++) {
    const [one = "", other = ""] = [ones[at], others[at]]
    // Every second part is digits; they may be more than a double holds.
    const order =
      at % 2 === 1
        ? one.replace(/^0+(?=\d)/, "").length - other.replace(/^0+(?=\d)/, "").length ||
          byCodePoint(one.replace(/^0+(?=\d)/, ""), other.replace(/^0+(?=\d)/, ""))
        : byCodePoint(one, other)
    if (order !== 0) return order
  }
  return ones.length - others.length || byCodePoint(a, b)
}
