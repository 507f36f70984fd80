import { afterEach, expect, test } from "vitest"
import { ProtocolError } from "../../src/errors.ts"
import { createHttp, type Http } from "../../src/http/index.ts"
import { followRedirect } from "../../src/http/redirect.ts"
import { type RecordingServer, sendJson, startRecordingServer } from "../servers/recording-server.ts"
import { rejection } from "./rejection.ts"

const apiKey = "ABCDEFG.0123456789abcdefghijklmnopqrstuv"

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

function http(): Http {
  const made = createHttp({ initialRetryDelayMs: 0 })
  open.push(made)
  return made
}

/** Servers of which each redirects as its table says and answers everything else. */
async function servers(): Promise<{ home: RecordingServer; other: RecordingServer }> {
  const serve = async () => {
    const server = await startRecordingServer((request, response) => {
      const query = new URL(request.url, "http://local").searchParams
      const to = query.get("to")
      if (to === null) return sendJson(response, { at: request.url })
      response.writeHead(Number(query.get("status") ?? 302), { location: to }).end("moved")
    })
    open.push(server)
    return server
  }
  return { home: await serve(), other: await serve() }
}

const to = (address: string, status = 302) => `/?status=${status}&to=${encodeURIComponent(address)}`

const keysSeen = (server: RecordingServer) => server.requests.map(({ headers }) => headers.authorization)

test("the key goes along a redirect within its origin", async () => {
  const { home } = await servers()
  await http().json(home.url + to("/end"), { credentials: { origin: home.url, apiKey } })
  expect(keysSeen(home)).toEqual([`ApiKey ${apiKey}`, `ApiKey ${apiKey}`])
})

test("the key never leaves its origin: another port is another origin, and a way back does not bring it back", async () => {
  const { home, other } = await servers()
  const back = `${other.url}${to(`${home.url}/end`)}`
  const reply = await http().request(home.url + to(back), { credentials: { origin: home.url, apiKey } })
  expect(await reply.json()).toEqual({ at: "/end" })
  expect(reply.url).toBe(`${home.url}/end`)
  expect(keysSeen(home)).toEqual([`ApiKey ${apiKey}`, undefined])
  expect(keysSeen(other)).toEqual([undefined])
  for (const { headers, url, body } of other.requests) {
    expect(JSON.stringify([headers, url, body.toString()])).not.toContain(apiKey)
  }
})

test("the key is not sent to an address that was foreign from the start, nor where that one redirects to", async () => {
  const { home, other } = await servers()
  await http().json(other.url + to(`${home.url}/end`), { credentials: { origin: home.url, apiKey } })
  expect([...keysSeen(home), ...keysSeen(other)]).toEqual([undefined, undefined])
})

test("another name of the same host is another origin", async () => {
  const { home } = await servers()
  const alias = home.url.replace("127.0.0.1", "localhost")
  await http().json(`${home.url}/`, { credentials: { origin: alias, apiKey } })
  expect(keysSeen(home)).toEqual([undefined])
})

test("headers that name a user are dropped when the origin changes, others stay", async () => {
  const { home, other } = await servers()
  const headers = { Authorization: "Bearer x", Cookie: "a=b", "X-Trace": "1" }
  await http().json(home.url + to("/next"), { headers })
  expect(home.requests[1]?.headers).toMatchObject({
    authorization: "Bearer x",
    cookie: "a=b",
    "x-trace": "1",
  })
  await http().json(home.url + to(`${other.url}/end`), { headers })
  expect(other.requests[0]?.headers).toMatchObject({ "x-trace": "1" })
  expect(other.requests[0]?.headers).not.toHaveProperty("authorization")
  expect(other.requests[0]?.headers).not.toHaveProperty("cookie")
})

test.each([
  { status: 301, method: "POST", becomes: "GET", body: "" },
  { status: 302, method: "POST", becomes: "GET", body: "" },
  { status: 303, method: "POST", becomes: "GET", body: "" },
  { status: 303, method: "PUT", becomes: "GET", body: "" },
  { status: 302, method: "PUT", becomes: "PUT", body: "data" },
  { status: 307, method: "POST", becomes: "POST", body: "data" },
  { status: 308, method: "POST", becomes: "POST", body: "data" },
])("$method becomes $becomes by $status", async ({ status, method, becomes, body }) => {
  const { home } = await servers()
  const headers = { "content-type": "text/plain" }
  await http().json(home.url + to("/end", status), { method, body: "data", headers })
  const [, last] = home.requests
  expect(last).toMatchObject({ method: becomes, url: "/end", body: Buffer.from(body) })
  expect(last?.headers["content-type"]).toBe(body === "" ? undefined : "text/plain")
})

test("a body made by a function is made again for the place it is redirected to", async () => {
  const { home } = await servers()
  let made = 0
  const body = async function* () {
    made++
    yield Buffer.from("da")
    yield Buffer.from("ta")
  }
  await http().json(home.url + to("/end", 307), { method: "PUT", body })
  expect(home.requests.map((request) => request.body.toString())).toEqual(["data", "data"])
  expect(made).toBe(2)
})

test("a loop ends after ten redirects", async () => {
  const { home } = await servers()
  const loop = await startRecordingServer((_, response) => {
    response.writeHead(302, { location: "/again?token=s3cret" }).end()
  })
  open.push(loop)
  const error = await rejection(http().json(`${loop.url}/`))
  expect(error).toBeInstanceOf(ProtocolError)
  expect(error.message).toBe(`GET ${loop.url}/again?token=***: more than 10 redirects`)
  expect(loop.requests).toHaveLength(11)
  expect(home.requests).toHaveLength(0)
})

test("a redirect without an address is the error that its status is", async () => {
  const server = await startRecordingServer((_, response) => void response.writeHead(302).end("?"))
  open.push(server)
  await expect(http().json(server.url)).rejects.toMatchObject({ code: "http", status: 302 })
})

test.each([
  ["http://x.example/", "https to http"],
  ["ftp://x.example/", "ftp:"],
  ["https://", "not an address"],
])("https is not left for %s", (location, rule) => {
  const hop = { url: new URL("https://x.example/"), method: "GET", headers: {}, body: undefined }
  const exchange = () => ({ method: "GET", url: "https://x.example/", attempts: 1 })
  expect(() => followRedirect(hop, 302, location, exchange)).toThrow(rule)
})

test("http may be left for https", () => {
  const hop = { url: new URL("http://x.example/"), method: "GET", headers: {}, body: undefined }
  const next = followRedirect(hop, 301, "https://x.example/a", () => ({ method: "", url: "", attempts: 1 }))
  expect(next?.url.href).toBe("https://x.example/a")
})
