import { type AddressInfo, connect, createServer, type Socket } from "node:net"

// Hands connections on to a port of this machine, each piece some milliseconds later: `<port> <ms each way>`.

const [port, delayMs] = process.argv.slice(2).map(Number)

function handOn(from: Socket, to: Socket): void {
  from.on("data", (piece) => setTimeout(() => to.writable && to.write(piece), delayMs))
  from.on("end", () => setTimeout(() => to.end(), delayMs))
  from.on("error", () => to.destroy())
}

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ port: port ?? 0, host: "127.0.0.1", noDelay: true })
  handOn(near, far)
  handOn(far, near)
})
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.stdin.resume().once("end", () => process.exit())
