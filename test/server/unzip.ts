import { buffer } from "node:stream/consumers"
import { promisify } from "node:util"

import yauzl, { type Options, type ZipFile } from "yauzl"

const open = promisify<Buffer, Options, ZipFile>(yauzl.fromBuffer)

/** The entries of a zip with their content, in their order. */
export async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await open(bytes, { lazyEntries: true })
  const openStream = promisify(zip.openReadStream.bind(zip))
  const entries = new Map<string, Buffer>()
  await new Promise<void>((resolve, reject) => {
    zip.on("error", reject)
    zip.on("end", () => resolve())
    zip.on("entry", async (entry) => {
      try {
        if (entries.has(entry.fileName)) throw new Error(`two entries are named ${entry.fileName}`)
        entries.set(entry.fileName, await buffer(await openStream(entry)))
        zip.readEntry()
      } catch (error) {
        reject(error)
      }
    })
    zip.readEntry()
  })
  return entries
}

/** The JSON documents at the root of a release zip by name. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes
export async function documentsOf(bytes: Buffer): Promise<Map<string, any>> {
  const entries = await unzip(bytes)
  return new Map([...entries].map(([name, content]) => [name, JSON.parse(content.toString("utf8"))]))
}
