import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { yazlArchive } from "../parse/zip-archives.ts"
import { openDataset } from "./open.ts"
import { documentOf } from "./release-zip.ts"

// It takes minutes: `npm run bench -- folder` asks for it.
const isWanted = process.env.DARWIN_STREAMS_LARGE_FOLDER !== undefined
const count = 100_000

test.runIf(isWanted)(
  `${count} files in one folder`,
  async () => {
    const { server, dataset, directory } = await openDataset()
    server.serve("picture", (request, response) => {
      const text = `picture ${new URL(request.url, "http://server").search}`
      response.writeHead(200, { "content-length": text.length }).end(text)
    })
    server.addRelease(
      "v1",
      await yazlArchive(
        Array.from({ length: count }, (_, at) => ({
          name: `${at}.json`,
          text: documentOf({ name: `${at}.png`, url: `${server.url}/files/picture?${at}` }),
          stored: true,
        })),
      ),
    )
    const startMs = performance.now()
    const first = await dataset.pull()
    const pulledMs = performance.now()
    expect(first).toMatchObject({ items: { done: count, failed: 0 }, files: { fetched: count } })
    expect(readdirSync(join(directory, "images"))).toHaveLength(count)
    const again = await dataset.pull()
    expect(again).toMatchObject({ items: { done: 0, failed: 0 }, files: { fetched: 0 } })
    const seconds = (ms: number) => (ms / 1_000).toFixed(1)
    console.info(
      `${count} files: ${seconds(pulledMs - startMs)} s, again ${seconds(performance.now() - pulledMs)} s`,
    )
  },
  3_600_000,
)
