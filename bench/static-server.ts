import { createServer } from "node:http"

// A plain static server in a process of its own: the same bytes for every path. With a rate it sends them that slowly.
// Arguments: size in bytes, bytes a second (0: as fast as it goes), optional file to serve instead.

import { readFileSync } from "node:fs"

const [size = "20000", rate = "0", file] = process.argv.slice(2)
const content = file === undefined ? Buffer.alloc(Number(size), "darwin-streams ") : readFileSync(file)

const server = createServer((_, response) => {
  response.writeHead(200, {
    "content-length": content.length,
    "content-type": "application/octet-stream",
    etag: '"one"',
  })
  if (rate === "0") {
    response.end(content)
    return
  }
  const slice = Math.round(Number(rate) / 50)
  let at = 0
  const timer = setInterval(() => {
    if (!response.destroyed) response.write(content.subarray(at, at + slice))
    at += slice
    if (at < content.length && !response.destroyed) return
    clearInterval(timer)
    response.end()
  }, 20)
})
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object" && address !== null)
    process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})
process.stdin.resume().on("end", () => process.exit(0))
