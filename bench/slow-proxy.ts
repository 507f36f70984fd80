import { type AddressInfo, connect, createServer, type Socket } from "node:net"

// Hands connections on to a port of this machine, each piece some milliseconds later, as a long line does: `<port> <ms each way>
// <bytes per second back, of all connections together; 0 for no limit>`.

const [port = 0, delayMs = 0, bytesPerSecond = 0] = process.argv.slice(2).map(Number)

/** How much of one connection may be on the line, as in the buffers of a far sender. */
const windowBytes = 1 << 20

// When the line back has let through all that it was given.
let freeMs = 0

function handOn(from: Socket, to: Socket, isBack: boolean): void {
  const line: { readonly piece: Buffer | undefined; readonly dueMs: number }[] = []
  let underWay = 0
  let isWaiting = false

  const arrive = () => {
    isWaiting = false
    for (let next = line[0]; next !== undefined && next.dueMs <= performance.now(); next = line[0]) {
      line.shift()
      if (next.piece === undefined) {
        to.end()
        continue
      }
      underWay -= next.piece.length
      if (to.writable) to.write(next.piece)
    }
    if (underWay <= windowBytes) from.resume()
    wait()
  }
  const wait = () => {
    const [next] = line
    if (next === undefined || isWaiting) return
    isWaiting = true
    setTimeout(arrive, Math.max(0, Math.ceil(next.dueMs - performance.now())))
  }
  const give = (piece?: Buffer) => {
    const now = performance.now()
    const bytes = piece?.length ?? 0
    if (isBack && bytesPerSecond > 0) freeMs = Math.max(now, freeMs) + (bytes * 1_000) / bytesPerSecond
    line.push({ piece, dueMs: (isBack ? Math.max(now, freeMs) : now) + delayMs })
    underWay += bytes
    if (underWay > windowBytes) from.pause()
    wait()
  }
  from.on("data", give)
  from.on("end", () => give())
  from.on("error", () => to.destroy())
}

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ port, host: "127.0.0.1", noDelay: true })
  handOn(near, far, false)
  handOn(far, near, true)
})
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.stdin.resume().once("end", () => process.exit())
