import { once } from "node:events"
import { afterEach, describe, expect, test } from "vitest"
import { OptionError } from "../../src/errors.ts"
import { createHttp, type Http, type HttpOptions } from "../../src/http/index.ts"
import { type Answerer, type RecordingServer, startRecordingServer } from "../servers/recording-server.ts"
import { rejection } from "./rejection.ts"

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function serve(answer: Answerer): Promise<RecordingServer> {
  const server = await startRecordingServer(answer)
  open.push(server)
  return server
}

function client(options: HttpOptions = {}): Http {
  const http = createHttp(options)
  open.push(http)
  return http
}

const large = Buffer.alloc(5_000_000).map((_, index) => (index * 31) & 0xff)

const bodies: readonly [string, Buffer][] = [
  ["nothing", Buffer.alloc(0)],
  ["a few bytes", Buffer.from("bytes")],
  ["many bytes", Buffer.from(large)],
]

describe.each(bodies)("%s", (_, content) => {
  test("by bytes()", async () => {
    const server = await serve((_, response) => void response.end(content))
    const bytes = await (await client().request(server.url)).bytes()
    expect(bytes.equals(content)).toBe(true)
  })

  test("by iterating", async () => {
    const server = await serve((_, response) => void response.end(content))
    const chunks: Buffer[] = []
    for await (const chunk of (await client().request(server.url)).body) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(content)).toBe(true)
  })

  test("by iterating slowly", async () => {
    const server = await serve((_, response) => void response.end(content))
    const chunks: Buffer[] = []
    for await (const chunk of (await client().request(server.url)).body) {
      chunks.push(chunk)
      await new Promise(setImmediate)
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true)
  })
})

test("a reader that stands still brings the sender to a stand", async () => {
  let sent = 0
  const piece = Buffer.alloc(1 << 16)
  const total = 2_000
  const server = await serve(async (request, response) => {
    if (request.url === "/sent") return void response.end(String(sent))
    for (let count = 0; count < total && !response.destroyed; count++) {
      sent += piece.length
      if (!response.write(piece)) await once(response, "drain")
    }
    response.end()
  })
  const http = client()
  const reply = await http.request(`${server.url}/large`)
  let read = 0
  for await (const chunk of reply.body) {
    if (read === 0) {
      // The sender is taken to stand when it has sent nothing during many exchanges with the same process.
      for (let same = 0, before = -1; same < 200; ) {
        const now = Number(await http.exchange(`${server.url}/sent`, (answer) => answer.text()))
        same = now === before ? same + 1 : 0
        before = now
      }
      expect(sent).toBeLessThan((total * piece.length) / 2)
    }
    read += chunk.length
  }
  expect(read).toBe(total * piece.length)
})

test("leaving the loop breaks the connection", async () => {
  let tell = () => {}
  const closed = new Promise<void>((resolve) => {
    tell = resolve
  })
  const server = await serve((_, response) => {
    response.once("close", tell)
    response.write("more to come")
  })
  for await (const _ of (await client().request(server.url)).body) break
  await closed
})

test("a body is read once", async () => {
  const server = await serve((_, response) => void response.end("once"))
  const reply = await client().request(server.url)
  expect(await reply.text()).toBe("once")
  expect(await rejection(reply.bytes())).toBeInstanceOf(OptionError)
  expect(await rejection(reply.body[Symbol.asyncIterator]().next())).toBeInstanceOf(OptionError)
})

test("discard() keeps the connection after a small body and breaks it in a large one", async () => {
  const ports: (number | undefined)[] = []
  const server = await serve((request, response) => {
    ports.push(response.socket?.remotePort)
    response.end(request.url === "/small" ? "small" : Buffer.alloc(20_000_000))
  })
  const http = client({ connectionsPerOrigin: 1 })
  for (const path of ["/small", "/small", "/large", "/small"]) {
    await (await http.request(server.url + path)).discard()
  }
  expect(ports[1]).toBe(ports[0])
  expect(ports[2]).toBe(ports[0])
  expect(ports[3]).not.toBe(ports[0])
})

test("connections are used again", async () => {
  const ports = new Set<number | undefined>()
  const server = await serve((_, response) => {
    ports.add(response.socket?.remotePort)
    response.end("x")
  })
  const http = client({ connectionsPerOrigin: 1 })
  for (let call = 0; call < 20; call++) await http.exchange(server.url, (reply) => reply.bytes())
  expect(ports.size).toBe(1)
})

test("headers come in lower case, and the client names itself", async () => {
  const server = await serve((_, response) => {
    response.setHeader("ETag", '"abc"')
    response.end()
  })
  const reply = await client().request(server.url, { method: "HEAD", headers: { Range: "bytes=0-1" } })
  expect(reply.headers.etag).toBe('"abc"')
  expect((await reply.bytes()).length).toBe(0)
  expect(server.requests[0]).toMatchObject({ method: "HEAD", headers: { range: "bytes=0-1" } })
  expect(server.requests[0]?.headers["user-agent"]).toMatch(/^darwin-streams\/\d+\.\d+\.\d+/)
})
