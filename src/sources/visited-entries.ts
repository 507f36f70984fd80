import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isError, PathError } from "../errors.ts"
import type { ZipEntry } from "../parse/zip.ts"
import { documents } from "../storage/documents.ts"
import { part } from "../storage/names.ts"
import { metadataEntry } from "../storage/property-definitions.ts"
import { isAnnotationEntry } from "./release-entries.ts"

/** A function that works on a release's files in a directory: it may remove and edit them. */
export type DirectoryVisitor = (directory: string) => void | Promise<void>

/**
 * Unpacks a release's annotation files and metadata into a temporary directory, lets a function work on it, and gives what
 * is there afterwards: for functions written for the Python SDK, which want files rather than a stream.
 *
 * As there, the annotation files stand at the directory's root under the archive's names. One whose name is none for a
 * file there, or is taken, is left out and told to `onSkip`.
 */
export async function* visitedEntries(
  entries: AsyncIterable<ZipEntry>,
  visit: DirectoryVisitor,
  onSkip: (entry: string, reason: string) => void,
): AsyncGenerator<ZipEntry, undefined, undefined> {
  const directory = await mkdtemp(join(tmpdir(), "darwin-streams-"))
  const metadata = join(directory, metadataEntry)
  try {
    await mkdir(join(directory, ".v7"))
    for await (const entry of entries) {
      if (entry.name === metadataEntry) await writeFile(metadata, entry.bytes)
      else if (isAnnotationEntry(entry)) {
        try {
          await writeFile(join(directory, plainName(entry.name)), entry.bytes, { flag: "wx" })
        } catch (error) {
          if (isError(error, "path")) onSkip(entry.name, error.rule)
          else if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
          else onSkip(entry.name, "another entry has this name")
        }
      }
    }
    await visit(directory)
    const edited = await readFile(metadata).catch(() => undefined)
    if (edited !== undefined) yield { name: metadataEntry, bytes: edited }
    for await (const { name, bytes } of documents(directory, { extensions: [".json"] })) {
      yield { name, bytes: Buffer.from(await bytes()) }
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function plainName(entry: string): string {
  if (!entry.includes("/")) return part(entry)
  throw new PathError(entry, "stands in a folder of the archive, where no annotation files are looked for")
}
