import { createReadStream } from "node:fs"
import { opendir, readFile, stat } from "node:fs/promises"
import { extname, join } from "node:path"
import { FormatError, PathError } from "../errors.ts"
import { type Source, source } from "../stream.ts"
import { createNameList } from "./name-list.ts"
import { readSmallFile } from "./small-file.ts"
import { zipFileEntries } from "./zip-file.ts"

/**
 * One file of an input: on disk, or in a zip archive. What gives it whole throws a FormatError (`format`) where it has more
 * than `maxBytes`.
 */
export interface Document {
  /** For messages: the file's path, or that of the archive with the entry's name behind it. */
  readonly path: string
  /** The name below the input it was found in, with `/` between folders; of an input that is a file, its last part. */
  readonly name: string
  bytes(maxBytes?: number): Promise<Uint8Array>
  /** The same at once: for the small files that annotations come in, a tenth of the cost. */
  bytesSync(maxBytes?: number): Uint8Array
  /**
   * The same as text, which of ASCII and UTF-8 without a mark is the fastest form to have; undefined where it is neither,
   * and the bytes have to be looked at.
   */
  textSync(maxBytes?: number): string | undefined
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
 * own. Links to directories are not followed, and folders named `.v7` and `__MACOSX` are left out. A file named as an
 * input is given whatever its ending.
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
      const stats = await stat(path).catch((error) => {
        throw new PathError(path, error.code === "ENOENT" ? "no such file or directory" : error.message)
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
  const names = createNameList()
  for await (const entry of await opendir(join(root, below), { bufferSize: 1_024 })) {
    if (entry.isDirectory()) {
      if (leftOut.has(entry.name)) continue
      folders.add(entry.name)
      names.add(entry.name)
    } else if (
      wanted(entry.name) &&
      !(entry.isSymbolicLink() && (await isDirectory(join(root, below, entry.name))))
    ) {
      names.add(entry.name)
    }
  }
  for (const name of names.sorted()) {
    const inside = below === "" ? name : `${below}/${name}`
    if (folders.has(name)) yield* walk(root, inside, wanted)
    else yield onDisk(join(root, inside), inside)
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

async function* entries(archive: string, isWanted: (name: string) => boolean): AsyncGenerator<Document> {
  const wanted = (name: string) => isWanted(name) && !name.split("/").some((part) => leftOut.has(part))
  for await (const { name, bytes } of zipFileEntries(archive, archive, { wanted })) {
    const path = `${archive}/${name}`
    const bytesSync = (maxBytes = Number.POSITIVE_INFINITY) => {
      if (bytes.length > maxBytes) throw tooLarge(path, maxBytes)
      return bytes
    }
    yield {
      path,
      name,
      bytes: async (maxBytes) => bytesSync(maxBytes),
      bytesSync,
      textSync: () => undefined,
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
    bytes: async (maxBytes = Number.POSITIVE_INFINITY) => {
      const { size } = await stat(path)
      if (size > maxBytes) throw tooLarge(path, maxBytes)
      return readFile(path)
    },
    bytesSync: (maxBytes = Number.POSITIVE_INFINITY) => {
      const bytes = readSmallFile(path, maxBytes, (room) => Buffer.from(room))
      if (bytes === undefined) throw tooLarge(path, maxBytes)
      return bytes
    },
    textSync: (maxBytes = Number.POSITIVE_INFINITY) => {
      const text = readSmallFile(path, maxBytes, (room) => room.toString())
      if (text === undefined) throw tooLarge(path, maxBytes)
      return isPlainText(text) ? text : undefined
    },
    stream: () => createReadStream(path, { highWaterMark: 1 << 18 }),
  }
}

// U+FFFD stands for what is not UTF-8 (or, seldom, for itself); a NUL and a mark tell UTF-16 or a marked file.
function isPlainText(text: string): boolean {
  return !text.includes("\uFFFD") && text.charCodeAt(0) !== 0xfeff && !text.slice(0, 4).includes("\0")
}

function tooLarge(path: string, maxBytes: number): FormatError {
  return new FormatError(path, "", `larger than ${maxBytes} bytes`)
}
