// Started as a process of its own, to be killed: `serve-child.ts <data directory> [demo item count]`.
import { startServer } from "../../src/server/index.ts"

const [dataDirectory = "", demoCount] = process.argv.slice(2)

const { url, apiKey } = await startServer({
  dataDirectory,
  port: 0,
  team: "acme",
  demo: demoCount === undefined ? false : { count: Number(demoCount) },
  onRequest: () => undefined,
})
process.stdout.write(`${JSON.stringify({ url, apiKey })}\n`)
