import { opendir, stat } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { PathError } from "../errors.ts"
import { type Glob, isGlob, parseGlob } from "../storage/glob.ts"
import { isMediaName } from "../storage/media-names.ts"
import { createNameList } from "../storage/name-list.ts"
import { type OpenContext, type Source, source } from "../stream.ts"

/** A file that can be pushed. */
export interface MediaFile {
  readonly path: string
  /** The folder it was found in, below the input that it belongs to: `/`, or `/a/b`. */
  readonly folder: string
}

/** Which files are found. */
export interface MediaFilesOptions {
  /** Paths of files that are left out. */
  readonly filesToExclude?: readonly string[] | undefined
}

/** An input, looked at. */
export type MediaInput =
  | { readonly kind: "file" | "directory"; readonly path: string }
  | { readonly kind: "glob"; readonly path: string; readonly glob: Glob }

/**
 * Images, videos, documents and volumes: files as they are named, directories with all below them, and patterns with
 * `*`, `?` and `**`. They come in the order of the inputs, below each by code point, folder by folder, so that every
 * machine gives the same order; the names of one folder at a time are held in memory. Links to directories are not
 * followed. A file that is found and that Darwin does not take is told as a `skip` event, as is a pattern without files.
 *
 * @throws PathError (`path`), before the first file is given, for an input that does not exist and for a file named
 * directly that Darwin does not take.
 *
 * @example
 * for await (const { path, folder } of mediaFiles(["photos/", "more/*.jpg"])) console.log(folder, path)
 */
export function mediaFiles(
  inputs: string | readonly string[],
  { filesToExclude = [] }: MediaFilesOptions = {},
): Source<MediaFile> {
  return source(async function* (context) {
    const excluded = new Set(filesToExclude.map((path) => resolve(path)))
    const isWanted = (path: string) => !excluded.has(resolve(path))
    for (const input of await lookAt(inputs)) {
      if (input.kind === "file") {
        if (isWanted(input.path)) yield { path: input.path, folder: "/" }
        continue
      }
      const glob = input.kind === "glob" ? input.glob : undefined
      let matched = 0
      for await (const { path, below } of walk(glob?.base ?? input.path, "", glob)) {
        matched++
        if (!isWanted(path)) continue
        if (isMediaName(path)) yield { path, folder: `/${below.split("/").slice(0, -1).join("/")}` }
        else skip(context, path, "is not a kind of file that Darwin takes")
      }
      if (matched === 0) skip(context, input.path, "there is no such file")
    }
  })
}

/**
 * Tells files, directories and patterns apart.
 *
 * @throws PathError (`path`) for what does not exist, and for a file that Darwin does not take.
 */
export async function lookAt(inputs: string | readonly string[]): Promise<MediaInput[]> {
  const looked: MediaInput[] = []
  for (const path of typeof inputs === "string" ? [inputs] : inputs) {
    const stats = await stat(path).catch((error) => {
      if (error.code === "ENOENT" && isGlob(path)) return undefined
      throw new PathError(path, error.code === "ENOENT" ? "no such file or directory" : error.message)
    })
    if (stats === undefined) looked.push({ kind: "glob", path, glob: parseGlob(path) })
    else if (stats.isDirectory()) looked.push({ kind: "directory", path })
    else if (isMediaName(path)) looked.push({ kind: "file", path })
    else throw new PathError(path, "is not a kind of file that Darwin takes")
  }
  return looked
}

function skip({ onEvent }: OpenContext, file: string, reason: string): void {
  onEvent?.({ type: "skip", file, reason })
}

// Notes of a push that was cut short stand beside what was pushed.
const ours = /\.push-journal(-wal|-shm)?$/

async function* walk(
  root: string,
  below: string,
  glob: Glob | undefined,
): AsyncGenerator<{ readonly path: string; readonly below: string }> {
  const folders = new Set<string>()
  const names = createNameList()
  const directory = join(root, below)
  const entries = await opendir(directory, { bufferSize: 1_024 }).catch((error) => {
    // A pattern may begin where nothing is.
    if (glob !== undefined && error.code === "ENOENT") return []
    throw new PathError(directory, error.message)
  })
  for await (const entry of entries) {
    const inside = below === "" ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) {
      if (glob !== undefined && !glob.reaches(inside)) continue
      folders.add(entry.name)
    } else {
      if (glob !== undefined && !glob.matches(inside)) continue
      if (ours.test(entry.name)) continue
      if (entry.isSymbolicLink() && (await isDirectory(join(directory, entry.name)))) continue
    }
    names.add(entry.name)
  }
  for (const name of names.sorted()) {
    const inside = below === "" ? name : `${below}/${name}`
    if (folders.has(name)) yield* walk(root, inside, glob)
    else yield { path: join(root, inside), below: inside }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

/** The last part of a path, also of `.` and of one that ends in a slash. */
export function nameOfPath(path: string): string {
  return basename(resolve(path))
}
