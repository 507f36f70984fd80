import { createReadStream, type ReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { basename } from "node:path"
import type { Readable } from "node:stream"
import { ZipFile } from "yazl"

/** An archive that is made while it is sent. */
export interface SeriesZip {
  readonly sizeBytes: number
  /** Makes it from the start; closes the file being read when it is left. */
  readonly data: () => AsyncGenerator<Uint8Array, void, undefined>
}

interface Entry {
  readonly path: string
  readonly sizeBytes: number
  readonly mtime: Date
}

/**
 * Puts files into one zip archive as they are. Nothing is compressed, so its length is known before it is made, and it is
 * never on disk. A file that changes its size meanwhile breaks it off with an error.
 *
 * @throws the system's own error for a file that is not there.
 */
export async function seriesZip(files: readonly string[]): Promise<SeriesZip> {
  const entries: Entry[] = []
  for (const path of files) {
    const { size, mtime } = await stat(path)
    entries.push({ path, sizeBytes: size, mtime })
  }
  return { sizeBytes: lengthOf(entries), data: () => zipOf(entries) }
}

function lengthOf(entries: readonly Entry[]): number {
  let length = -1
  const zip = new ZipFile()
  // No file is opened for it.
  for (const entry of entries) zip.addReadStreamLazy(basename(entry.path), optionsOf(entry), () => {})
  end(zip, (sizeBytes) => {
    length = sizeBytes
  })
  return length
}

async function* zipOf(entries: readonly Entry[]): AsyncGenerator<Uint8Array, void, undefined> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  let reading: ReadStream | undefined
  zip.on("error", (error) => output.destroy(error))
  for (const entry of entries) {
    zip.addReadStreamLazy(basename(entry.path), optionsOf(entry), (give) => {
      reading = createReadStream(entry.path)
      reading.once("error", (error) => output.destroy(error))
      give(undefined, reading)
    })
  }
  end(zip)
  try {
    for await (const piece of output) yield piece
  } finally {
    reading?.destroy()
  }
}

function optionsOf({ sizeBytes, mtime }: Entry) {
  return { compress: false, size: sizeBytes, mtime }
}

// Its types leave out what the callback is given.
function end(zip: ZipFile, tell?: (sizeBytes: number) => void): void {
  zip.end({ forceZip64Format: false, comment: "" }, tell as (() => void) | undefined)
}
