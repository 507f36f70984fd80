// A process to be killed: `kill-child.mjs serve|push|pull|import`. It loads the built package, waits for one line of JSON, and begins, so
// that the next one can stand ready while its forerunner works. Plain JavaScript: nothing has to be compiled at each start.
import { subscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { openSync, writeSync } from "node:fs"
import { createInterface } from "node:readline"

const print = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

const roles = {
  serve: async () => {
    const { startServer } = await import("../../dist/server/index.js")
    return async ({ dataDirectory }) => {
      const { url, apiKey } = await startServer({ dataDirectory, port: 0, team: "acme" })
      print({ type: "listening", url, apiKey })
    }
  },
  push: async () => {
    const { Client } = await import("../../dist/client/client.js")
    return async ({ url, apiKey, folder, journal }) => {
      const client = await Client.fromApiKey(apiKey, {
        baseUrl: url,
        http: { initialRetryDelayMs: 50, maxRetryDelayMs: 400, maxAttempts: 15 },
      })
      const dataset = await client.getRemoteDataset("acme/street")
      const onEvent = (event) => {
        if (event.type === "start" || event.type === "transfer") print(event)
      }
      const { items, problems } = await dataset.push(folder, {
        preserveFolders: true,
        concurrency: 2,
        onEvent,
        ...(journal === false && { journal }),
      })
      print({ type: "report", items, problems })
      await client.close()
    }
  },
  import: async () => {
    const { Client } = await import("../../dist/client/client.js")
    const { importAnnotations } = await import("../../dist/import.js")
    return async ({ url, apiKey, dataset: identifier, folder, options }) => {
      const client = await Client.fromApiKey(apiKey, {
        baseUrl: url,
        http: { requestsPerMinute: 1_000_000, initialRetryDelayMs: 20, maxRetryDelayMs: 100, maxAttempts: 4 },
      })
      const dataset = await client.getRemoteDataset(identifier)
      const onEvent = (event) => {
        if (event.type === "start" || event.type === "file") print(event)
      }
      const { items, annotations, problems } = await importAnnotations(dataset, "darwin", folder, {
        ...options,
        onEvent,
      })
      print({ type: "report", items, annotations, problems })
      await client.close()
    }
  },
  pull: async () => {
    const { Client } = await import("../../dist/client/client.js")
    return async ({ url, apiKey, dataset: identifier, datasetsDirectory, received, options = {} }) => {
      if (received !== undefined) noteReceived(received)
      const client = await Client.fromApiKey(apiKey, {
        baseUrl: url,
        datasetsDirectory,
        http: { initialRetryDelayMs: 20, maxRetryDelayMs: 100 },
      })
      const dataset = await client.getRemoteDataset(identifier)
      const onEvent = (event) => {
        if (event.type === "start" || event.type === "transfer") print(event)
      }
      print({ type: "start" })
      const { items, files, problems } = await dataset.pull({ ...options, onEvent })
      print({ type: "report", items, files, problems })
      await client.close()
    }
  },
}

/**
 * Notes in a file, line by line and before anything else is done with it, what comes of media files: `path first byte` for a
 * request, `path + bytes` for each piece.
 */
function noteReceived(file) {
  const descriptor = openSync(file, "a")
  const note = (request, text) => {
    const path = request.path.split("?")[0]
    if (path.includes("/uploads/")) writeSync(descriptor, `${path} ${text}\n`)
  }
  subscribe("undici:request:headers", ({ request, response }) => {
    // With 200 it begins again, whatever was asked for.
    const range = response.headers.findIndex((header) => header.toString().toLowerCase() === "content-range")
    const first = range === -1 ? 0 : Number(/\d+/.exec(response.headers[range + 1].toString())?.[0] ?? 0)
    if (response.statusCode === 200 || response.statusCode === 206) note(request, String(first))
  })
  subscribe("undici:request:bodyChunkReceived", ({ request, chunk }) => note(request, `+ ${chunk.length}`))
}

const begin = await roles[process.argv[2]]()
const lines = createInterface({ input: process.stdin })
const [line] = await once(lines, "line")
lines.close()
process.stdin.destroy()
try {
  await begin(JSON.parse(line))
} catch (error) {
  print({ type: "error", message: error.message })
  process.exit(1)
}
