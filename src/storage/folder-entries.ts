import { type Dir, type Dirent, opendirSync } from "node:fs"
import { createNameList } from "./name-list.ts"

/**
 * What stands in a folder, one entry at a time: it may hold very many. One that is not there, or no longer, holds nothing.
 *
 * What is removed from the folder meanwhile may make some file systems leave out others. Who has to find them all takes
 * `folderNames`, which has looked at the whole folder before it gives the first.
 */
export function* folderEntries(folder: string): Generator<Dirent, void, undefined> {
  const entries = openFolder(folder)
  if (entries === undefined) return
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) yield entry
  } finally {
    entries.closeSync()
  }
}

/** The names of those entries of a folder that are wanted, by code point; little more is held than their bytes. */
export function folderNames(
  folder: string,
  isWanted: (entry: Dirent) => boolean,
): Generator<string, void, undefined> {
  const names = createNameList()
  for (const entry of folderEntries(folder)) if (isWanted(entry)) names.add(entry.name)
  return names.sorted()
}

function openFolder(folder: string): Dir | undefined {
  try {
    return opendirSync(folder, { bufferSize: 1_024 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
