import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { startServer } from "../../src/server/index.ts"

let dataDirectory: string
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "darwin-streams-port-"))
})
afterEach(() => rm(dataDirectory, { recursive: true, force: true }))

async function startOnce(): Promise<string> {
  const server = await startServer({ dataDirectory, port: 0 })
  await server.close()
  return server.url
}

test("port 0 takes that of the last start, so that addresses in releases stay good", async () => {
  expect(await startOnce()).toBe(await startOnce())
})

test("port 0 takes another one when that of the last start is in use", async () => {
  const url = await startOnce()
  const occupant = createServer()
  await new Promise<void>((resolve) => occupant.listen(Number(new URL(url).port), "127.0.0.1", resolve))
  expect(await startOnce()).not.toBe(url)
  await new Promise((resolve) => occupant.close(resolve))
})
