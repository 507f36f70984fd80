import { createReadStream, readFileSync } from "node:fs"
import { readdir, stat } from "node:fs/promises"
import { extname, join } from "node:path"
import { PathError } from "../errors.ts"
import { type Source, source } from "../stream.ts"
import { zipFileEntries } from "./zip-file.ts"

/** One file of an input: on disk, or in a zip archive. */
export interface Document {
  /** For messages: the file's path, or that of the archive with the entry's name behind it. */
  readonly path: string
  /** The name below the input it was found in, with `/` between folders; of an input that is a file, its last part. */
  readonly name: string
  bytes(): Promise<Uint8Array>
  /** The bytes piece by piece, for files of any size. */
  stream(): AsyncIterable<Uint8Array>
}

/** Which files `documents` gives. */
export interface DocumentsOptions {
  /** Endings in lower case, with the dot, such as `.json`. Names are compared without regard to case. */
  readonly extensions: readonly string[]
}

/**
 * The files of one or more inputs: files as they are named, directories with all below them, zip archives entry by entry.
 *
 * Inputs come in the order given. In a directory names are sorted by code point, folder by folder, so that every machine
 * gives the same order; that is why the names of one folder at a time are held in memory. In an archive the order is its
 * own. Folders named `.v7` and `__MACOSX` are left out. A file named as an input is given whatever its ending.
 *
 * @throws PathError (`path`) for an input that does not exist.
 * @throws ZipError (`zip`) for an archive that cannot be read.
 *
 * @example
 * for await (const { path, bytes } of documents("annotations/", { extensions: [".json"] })) parse(await bytes(), path)
 */
export function documents(paths: string | readonly string[], options: DocumentsOptions): Source<Document> {
  const wanted = (name: string) => options.extensions.includes(extname(name).toLowerCase())
  return source(async function* () {
    for (const path of typeof paths === "string" ? [paths] : paths) {
      const stats = await stat(path).catch(() => {
        throw new PathError(path, "no such file or directory")
      })
      if (stats.isDirectory()) yield* walk(path, "", wanted)
      else if (extname(path).toLowerCase() === ".zip") yield* entries(path, wanted)
      else yield onDisk(path, path.split(/[\\/]/).at(-1) ?? path)
    }
  })
}

const leftOut = new Set([".v7", "__MACOSX"])

async function* walk(
  root: string,
  below: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<Document> {
  const folders = new Set<string>()
  const names: string[] = []
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (leftOut.has(entry.name)) continue
      folders.add(entry.name)
      names.push(entry.name)
    } else if (wanted(entry.name)) names.push(entry.name)
  }
  names.sort(byCodePoint)
  for (const name of names) {
    const inside = below === "" ? name : `${below}/${name}`
    if (folders.has(name)) yield* walk(root, inside, wanted)
    else yield onDisk(join(root, inside), inside)
  }
}

async function* entries(archive: string, wanted: (name: string) => boolean): AsyncGenerator<Document> {
  for await (const { name, bytes } of zipFileEntries(archive, archive)) {
    if (!wanted(name) || name.split("/").some((part) => leftOut.has(part))) continue
    yield {
      path: `${archive}/${name}`,
      name,
      bytes: async () => bytes,
      stream: async function* () {
        yield bytes
      },
    }
  }
}

function onDisk(path: string, name: string): Document {
  return {
    path,
    name,
    // At once: for the small files that annotations come in this costs a tenth of an asynchronous read.
    bytes: async () => readFileSync(path),
    stream: () => createReadStream(path, { highWaterMark: 1 << 18 }),
  }
}

// The default order of sort() is by UTF-16 code unit, which parts from code points above U+FFFF.
function byCodePoint(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  // Back to the start of a surrogate pair that was cut.
  const low = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff
  if (at > 0 && low(a.charCodeAt(at)) && low(b.charCodeAt(at))) at--
  return (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0)
}
