import { createServer } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import {
  HttpError,
  InsufficientStorage,
  NameTaken,
  NotFound,
  PayloadTooLarge,
  ProtocolError,
  Unauthorized,
  ValidationError,
} from "../../src/errors.ts"
import { createHttp, type Http } from "../../src/http/index.ts"
import {
  type Answerer,
  type RecordingServer,
  sendJson,
  startRecordingServer,
} from "../servers/recording-server.ts"
import { rejection } from "./rejection.ts"

const apiKey = "ABCDEFG.0123456789abcdefghijklmnopqrstuv"

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function serve(answer: Answerer): Promise<RecordingServer> {
  const server = await startRecordingServer(answer)
  open.push(server)
  return server
}

function client(): Http {
  const http = createHttp({ maxAttempts: 1 })
  open.push(http)
  return http
}

const taken = { errors: { name: ["has already been taken"] } }
const full = { errors: { code: "INSUFFICIENT_REMAINING_STORAGE" } }

test.each([
  { status: 401, body: {}, type: Unauthorized, code: "unauthorized" },
  { status: 404, body: {}, type: NotFound, code: "not-found" },
  { status: 413, body: {}, type: PayloadTooLarge, code: "payload-too-large" },
  { status: 414, body: {}, type: PayloadTooLarge, code: "payload-too-large" },
  { status: 431, body: {}, type: PayloadTooLarge, code: "payload-too-large" },
  { status: 422, body: taken, type: NameTaken, code: "name-taken" },
  { status: 422, body: { errors: { name: ["is too long"] } }, type: ValidationError, code: "validation" },
  {
    status: 422,
    body: { errors: { name: [...taken.errors.name, "is too long"] } },
    type: ValidationError,
    code: "validation",
  },
  { status: 429, body: full, type: InsufficientStorage, code: "insufficient-storage" },
  { status: 429, body: {}, type: HttpError, code: "http" },
  { status: 400, body: { errors: [] }, type: HttpError, code: "http" },
  { status: 403, body: {}, type: HttpError, code: "http" },
  { status: 500, body: {}, type: HttpError, code: "http" },
])("$status $body is $code", async ({ status, body, type, code }) => {
  const server = await serve((_, response) => sendJson(response, body, status))
  const error = await rejection(client().json(`${server.url}/a?key=s3cret&page=1`))
  expect(error).toBeInstanceOf(type)
  expect(error).toMatchObject({
    code,
    status,
    body,
    attempts: 1,
    method: "GET",
    url: `${server.url}/a?key=***&page=1`,
  })
  expect(error.message).toContain(`GET ${server.url}/a?key=***&page=1: ${status}`)
})

test("422 that is not JSON is a plain HTTP error", async () => {
  const server = await serve(
    (_, response) => void response.writeHead(422, { "content-type": "text/html" }).end("<p>"),
  )
  expect(await rejection(client().json(server.url))).toMatchObject({ code: "http", status: 422, body: "<p>" })
})

test("a body that is long, or not the JSON it says, is shown as the text it is, cut", async () => {
  const server = await serve((_, response) => {
    response.writeHead(500, { "content-type": "application/json" }).end("x".repeat(10_000_000))
  })
  expect(await rejection(client().json(server.url))).toMatchObject({ body: "x".repeat(2_000) })
})

test("a message shows the beginning of a long body, the error all of it", async () => {
  const body = { errors: Array.from({ length: 1_000 }, (_, index) => `error ${index}`) }
  const server = await serve((_, response) => sendJson(response, body, 400))
  const error = await rejection(client().json(server.url))
  expect(error).toMatchObject({ body })
  expect(error.message.length).toBeLessThan(700)
})

test("an error whose body breaks midway is told by what came of it", async () => {
  const server = await serve((_, response) => {
    response.writeHead(400, { "content-length": 100 })
    response.write("half", () => response.destroy())
  })
  expect(await rejection(client().json(server.url))).toMatchObject({ status: 400, body: "half" })
})

test("Retry-After is told", async () => {
  const server = await serve((_, response) => sendJson(response, {}, 503, { "retry-after": "3" }))
  expect(await rejection(client().json(server.url))).toMatchObject({ status: 503, retryAfterMs: 3000 })
})

test("the key stands in no error, also where the server says it back", async () => {
  const server = await serve((request, response) => {
    const said = `you sent ${request.headers.authorization}`
    if (request.url === "/refused") sendJson(response, { said }, 400)
    else response.writeHead(200, { "content-type": "text/plain" }).end(said)
  })
  const credentials = { origin: server.url, apiKey }
  for (const path of ["/refused", "/text"]) {
    const error = await rejection(client().json(server.url + path, { credentials }))
    expect(error.message).toContain("you sent ApiKey ***")
    expect(JSON.stringify([error.message, error.stack, { ...error }])).not.toContain(apiKey)
  }
})

describe("an answer that is not JSON", () => {
  const answers: readonly [string, Record<string, string>, string, string][] = [
    [
      "a page",
      { "content-type": "text/html; charset=utf-8" },
      "<html>\n",
      'not JSON but text/html; charset=utf-8: "<html>\\n"',
    ],
    ["broken JSON", { "content-type": "application/json" }, '{"a":', 'not JSON but "{\\"a\\":"'],
    ["an empty body", { "content-type": "application/json" }, "", "not JSON but empty"],
    ["text of no type", {}, "hello", 'not JSON but "hello"'],
    ["an encoding", { "content-type": "application/json", "content-encoding": "br" }, "x", "encoded as br"],
  ]
  test.each(answers)("%s is named", async (_, headers, body, rule) => {
    const server = await serve((_, response) => void response.writeHead(200, headers).end(body))
    const error = await rejection(client().json(server.url))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error.message).toContain(rule)
  })
})

test.each([
  [{ "content-type": "application/json" }],
  [{ "content-type": "application/vnd.api+json; charset=utf-8" }],
  [{}],
])("JSON under %j is read", async (headers) => {
  const server = await serve((_, response) => void response.writeHead(201, headers).end('{"ü":[1]}'))
  expect(await client().json(server.url)).toEqual({ ü: [1] })
})

test("204 has no JSON and is no error", async () => {
  const server = await serve((_, response) => void response.writeHead(204).end())
  expect(await client().json(server.url)).toBeUndefined()
})

test("a status that is asked for is an answer", async () => {
  const server = await serve((_, response) => void response.writeHead(304).end())
  const reply = await client().request(server.url, { acceptStatus: [304] })
  expect(reply.status).toBe(304)
  await reply.discard()
  expect(await rejection(client().request(server.url))).toMatchObject({ status: 304 })
})

test("what does not speak HTTP is named", async () => {
  const server = createServer((socket) => void socket.resume().end("SSH-2.0-OpenSSH_9.2\r\n"))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  open.push({ close: () => new Promise((resolve) => void server.close(() => resolve())) })
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  const error = await rejection(client().json(`http://127.0.0.1:${port}/`))
  expect(error).toBeInstanceOf(ProtocolError)
  expect(error.message).toContain("the answer is not HTTP")
})
