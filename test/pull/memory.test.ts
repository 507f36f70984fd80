import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import { createHttp } from "../../src/http/http.ts"
import { pull } from "../../src/sources/pull.ts"
import { reportPull } from "../../src/sources/pull-report.ts"
import { liveHeapBytes } from "../live-heap.ts"
import { yazlArchive } from "../parse/zip-archives.ts"
import { tempDirectory } from "../storage/temp-directory.ts"
import { box, documentOf } from "./release-zip.ts"

const count = 8_000
const step = 250

/** A name long enough that a list of them would stand out from the code that is compiled meanwhile. */
const longName = (at: number) => `${at}-${"x".repeat(200)}`

test("a first pull holds no more when it has brought thousands of items than at its beginning", async () => {
  let archive: Uint8Array = Buffer.of()
  const server = createServer((request, response) => {
    const bytes = request.url === "/v1.zip" ? archive : Buffer.from(`picture ${request.url}`)
    response.writeHead(200, { "content-length": bytes.length }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  archive = await yazlArchive(
    Array.from({ length: count }, (_, at) => ({
      name: `${longName(at)}.json`,
      text: documentOf({
        name: `${longName(at)}.png`,
        url: `${url}/${at}`,
        annotations: [box("car"), box("tree")],
      }),
      stored: true,
    })),
  )
  const http = createHttp()
  onTestFinished(() => http.close())

  const live: number[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type === "file" && ++files % step === 0) live.push(liveHeapBytes())
  }
  let files = 0
  const directory = join(await tempDirectory(), "street")
  const release = { name: "v1", latest: true, archive: { http, url: `${url}/v1.zip`, name: "v1.zip" } }
  const report = await reportPull(pull(release, directory), { release: "v1", directory }, { onEvent })
  expect(report).toMatchObject({ items: { done: count }, files: { fetched: count } })

  // How much is under way varies; the least of many looks does not. The first quarter goes to code that is compiled.
  const leastOf = (from: number, to: number) => Math.min(...live.slice(from / step, to / step))
  const grown = leastOf(6_000, count) - leastOf(2_000, 4_000)
  expect(grown / 4_000, "bytes an item").toBeLessThan(longName(count).length / 2)
})
