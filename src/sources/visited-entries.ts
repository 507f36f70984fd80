import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ZipEntry } from "../parse/zip.ts"
import { documents } from "../storage/documents.ts"
import { isAnnotationEntry, metadataEntry } from "./release-entries.ts"

/** A function that works on a release's files in a directory: it may remove and edit them. */
export type DirectoryVisitor = (directory: string) => void | Promise<void>

/**
 * Unpacks a release's annotation files and metadata into a temporary directory, lets a function work on it, and gives what
 * is there afterwards: for functions written for the Python SDK, which want files rather than a stream.
 *
 * As there, the annotation files stand at the directory's root under the archive's names.
 */
export async function* visitedEntries(
  entries: AsyncIterable<ZipEntry>,
  visit: DirectoryVisitor,
): AsyncGenerator<ZipEntry, undefined, undefined> {
  const directory = await mkdtemp(join(tmpdir(), "darwin-streams-"))
  const metadata = join(directory, metadataEntry)
  try {
    await mkdir(join(directory, ".v7"))
    for await (const entry of entries) {
      if (entry.name === metadataEntry) await writeFile(metadata, entry.bytes)
      else if (isAnnotationEntry(entry) && !/[/\\]/.test(entry.name)) {
        await writeFile(join(directory, entry.name), entry.bytes)
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
