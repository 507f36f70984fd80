import { readFileSync, statSync } from "node:fs"
import { dirname, extname, join, resolve, sep } from "node:path"
import { zipFileEntries } from "../../storage/zip-file.ts"
import { type ClassNames, type NamesFile, noNames } from "./class-names.ts"

// The first that is there counts. `classes.txt` comes last, since it may as well be the label file of `classes.jpg`.
const candidates = ["data.yaml", "data.yml", "darknet.labels", "obj.names", "classes.txt"]

/**
 * Finds the names of the classes of an input: a directory, an archive or a label file. Those of the last folder are kept,
 * so that many files of one folder cost one look.
 */
export function createNamesFinder(
  read: (file: NamesFile) => ClassNames | undefined,
): (input: string) => Promise<ClassNames> {
  let last: { readonly folder: string; readonly names: ClassNames } | undefined
  const namesOf = (file: NamesFile | undefined) => (file && read(file)) ?? noNames

  return async (input) => {
    const stats = statSync(input, { throwIfNoEntry: false })
    if (stats === undefined) return noNames
    if (stats.isFile() && extname(input).toLowerCase() === ".zip") return namesOf(await inArchive(input))
    const folder = resolve(stats.isDirectory() ? input : dirname(input))
    if (last?.folder !== folder) last = { folder, names: namesOf(onDisk(folder)) }
    return last.names
  }
}

function onDisk(folder: string): NamesFile | undefined {
  for (const place of [folder, ...above(folder)]) {
    for (const candidate of candidates) {
      const path = join(place, candidate)
      if (statSync(path, { throwIfNoEntry: false })?.isFile()) return { path, bytes: readFileSync(path) }
    }
  }
  return undefined
}

/** The folders above one inside of a folder `labels`, up to the one that holds `labels`. */
function above(folder: string): string[] {
  const parts = folder.split(sep)
  const at = parts.lastIndexOf("labels")
  if (at === -1) return []
  return Array.from({ length: parts.length - at }, (_, index) => {
    return parts.slice(0, parts.length - 1 - index).join(sep) || sep
  })
}

/** In its root, or in the one folder that many archives have around all else. */
async function inArchive(archive: string): Promise<NamesFile | undefined> {
  const rankOf = (name: string): number => {
    const parts = name.split("/")
    const rank = candidates.indexOf(parts.at(-1) as string)
    return rank === -1 || parts.length > 2 ? -1 : rank * 2 + parts.length - 1
  }
  let best: { readonly rank: number; readonly file: NamesFile } | undefined
  for await (const { name, bytes } of zipFileEntries(archive, archive, {
    wanted: (name) => rankOf(name) >= 0,
  })) {
    const rank = rankOf(name)
    if (best === undefined || rank < best.rank) best = { rank, file: { path: `${archive}/${name}`, bytes } }
  }
  return best?.file
}
