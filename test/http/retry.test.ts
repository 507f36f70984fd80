import { createServer } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import { HttpError, InsufficientStorage, NetworkError } from "../../src/errors.ts"
import type { RunEvent } from "../../src/events.ts"
import { createHttp, type Http, type HttpOptions } from "../../src/http/index.ts"
import { parseRetryAfter, retryDelayMs } from "../../src/http/retry.ts"
import {
  type Answerer,
  type RecordingServer,
  sendJson,
  startRecordingServer,
} from "../servers/recording-server.ts"
import { createJumpingClock } from "./jumping-clock.ts"
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

function client(options: HttpOptions = {}): { http: Http; sleeps: readonly number[] } {
  const clock = createJumpingClock(Date.parse("2026-01-02T03:04:05Z"))
  const http = createHttp({ clock, random: () => 1, ...options })
  open.push(http)
  return { http, sleeps: clock.sleeps }
}

/** Fails `times` times by a status, then answers. */
const failing =
  (times: number, status: number, headers = {}, body: unknown = {}): Answerer =>
  (_, response, count) =>
    count < times ? sendJson(response, body, status, headers) : sendJson(response, { ok: true })

describe("a POST that a redirect has made a GET", () => {
  test.each([
    ["an address that is too busy", 302],
    ["an address that nobody listens at", 303],
  ])("was carried out, and is not made again for %s", async (_, status) => {
    const asked: string[] = []
    const server = await serve((request, response) => {
      asked.push(request.method ?? "")
      if (request.method === "GET") return sendJson(response, {}, 429)
      const location = status === 302 ? "/done" : "http://127.0.0.1:1/done"
      return sendJson(response, {}, status, { location })
    })
    const { http } = client()
    await expect(http.request(server.url, { method: "POST", body: "{}" })).rejects.toBeInstanceOf(
      status === 302 ? HttpError : NetworkError,
    )
    expect(asked.filter((method) => method === "POST")).toHaveLength(1)
  })
})

describe("statuses", () => {
  test.each([429, 500, 502, 503, 504])("%s is tried again, with delays that double", async (status) => {
    const server = await serve(failing(3, status))
    const { http, sleeps } = client()
    const reply = await http.request(server.url)
    expect(await reply.json()).toEqual({ ok: true })
    expect(reply.attempts).toBe(4)
    expect(sleeps).toEqual([250, 500, 1000])
  })

  test.each([400, 401, 403, 404, 409, 413, 422, 501])("%s is not", async (status) => {
    const server = await serve(failing(9, status))
    const { http } = client()
    await expect(http.json(server.url)).rejects.toMatchObject({ status, attempts: 1 })
    expect(server.requests).toHaveLength(1)
  })

  test("the last error says how often it was tried", async () => {
    const server = await serve(failing(9, 503, {}, { errors: "busy" }))
    const { http, sleeps } = client({ maxAttempts: 3 })
    const error = await rejection(http.json(`${server.url}/a?token=s3cret`))
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status: 503, attempts: 3, body: { errors: "busy" } })
    expect(error.message).toBe(`GET ${server.url}/a?token=***: 503 {"errors":"busy"} (after 3 tries)`)
    expect(server.requests).toHaveLength(3)
    expect(sleeps).toHaveLength(2)
  })

  test("a full storage is not asked again", async () => {
    const body = { errors: { code: "INSUFFICIENT_REMAINING_STORAGE" } }
    const server = await serve(failing(9, 429, {}, body))
    const { http } = client()
    await expect(http.json(server.url)).rejects.toBeInstanceOf(InsufficientStorage)
    expect(server.requests).toHaveLength(1)
  })
})

describe("Retry-After", () => {
  test("in seconds is waited for", async () => {
    const server = await serve(failing(1, 503, { "retry-after": "7" }))
    const { http, sleeps } = client()
    await http.json(server.url)
    expect(sleeps).toEqual([7000])
  })

  test("as a date is waited for", async () => {
    const server = await serve(failing(1, 429, { "retry-after": "Fri, 02 Jan 2026 03:04:35 GMT" }))
    const { http, sleeps } = client()
    await http.json(server.url)
    expect(sleeps).toEqual([30_000])
  })

  test("is cut to its cap", async () => {
    const server = await serve(failing(1, 503, { "retry-after": "86400" }))
    const { http, sleeps } = client({ maxRetryAfterMs: 9_000 })
    await http.json(server.url)
    expect(sleeps).toEqual([9_000])
  })

  test.each([
    ["3", 3000],
    [" 0 ", 0],
    ["1.5", 1500],
    [["4", "5"], 4000],
    ["Thu, 01 Jan 1970 00:00:05 GMT", 4000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j is %j ms", (value, delayMs) => {
    expect(parseRetryAfter(value, 1000)).toBe(delayMs)
  })
})

test("a wait is a random part of a delay that is capped", () => {
  const delays = { initialRetryDelayMs: 250, maxRetryDelayMs: 1_000, maxRetryAfterMs: 0 }
  const waits = [1, 2, 3, 4, 50].map((attempt) => retryDelayMs(undefined, attempt, delays, () => 0.5))
  expect(waits).toEqual([125, 250, 500, 500, 500])
})

describe("what may be repeated", () => {
  const reset: Answerer = (_, response, count) => {
    if (count === 0) response.destroy()
    else sendJson(response, { ok: true })
  }

  test.each(["GET", "PUT", "DELETE"])("%s is, after a reset", async (method) => {
    const server = await serve(reset)
    const { http } = client()
    expect(await http.json(server.url, { method })).toEqual({ ok: true })
    expect(server.requests).toHaveLength(2)
  })

  test("POST is not, after a reset", async () => {
    const server = await serve(reset)
    const { http } = client()
    const error = await rejection(http.json(server.url, { method: "POST", body: "{}" }))
    expect(error).toBeInstanceOf(NetworkError)
    expect(error).toMatchObject({ method: "POST", attempts: 1, url: `${server.url}/` })
    expect(server.requests).toHaveLength(1)
  })

  test("POST is, after a reset, where the caller says so", async () => {
    const server = await serve(reset)
    const { http } = client()
    await http.json(server.url, { method: "POST", body: "{}", idempotent: true })
    expect(server.requests.map(({ body }) => body.toString())).toEqual(["{}", "{}"])
  })

  test.each([500, 502, 503, 504])("POST is not, after %s", async (status) => {
    const server = await serve(failing(1, status))
    const { http } = client()
    await expect(http.json(server.url, { method: "POST" })).rejects.toMatchObject({ status, attempts: 1 })
  })

  test.each([
    [429, {}],
    [503, { "retry-after": "1" }],
  ])("POST is, after %s %j: the server has done nothing", async (status, headers) => {
    const server = await serve(failing(1, status, headers))
    const { http } = client()
    expect(await http.json(server.url, { method: "POST" })).toEqual({ ok: true })
  })

  test("POST is, where the server was never reached", async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/`
    const clock = createJumpingClock()
    const http = createHttp({
      clock: {
        now: clock.now,
        sleep: async () => {
          const server = await startRecordingServer((_, response) => sendJson(response, { ok: true }), port)
          open.push(server)
        },
      },
    })
    open.push(http)
    const events: RunEvent[] = []
    const context = { onEvent: (event: RunEvent) => void events.push(event) }
    expect(await http.json(`${url}?token=s3cret`, { method: "POST", context })).toEqual({ ok: true })
    expect(events).toEqual([
      {
        type: "retry",
        url: `${url}?token=***`,
        attempt: 1,
        delayMs: expect.any(Number),
        error: expect.any(NetworkError),
      },
    ])
  })

  test("a body made by a function is made again for every try", async () => {
    const server = await serve(failing(2, 503))
    const { http } = client()
    let made = 0
    const body = async function* () {
      yield Buffer.from(`try ${++made}`)
    }
    await http.json(server.url, { method: "PUT", body })
    expect(server.requests.map((request) => request.body.toString())).toEqual(["try 1", "try 2", "try 3"])
  })
})

describe("a body that breaks midway", () => {
  const cut: Answerer = (_, response, count) => {
    if (count > 0) return sendJson(response, { ok: true })
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 })
    response.write('{"ok":', () => response.destroy())
  }

  test("is asked for again by json() and exchange()", async () => {
    const server = await serve(cut)
    const { http } = client()
    expect(await http.json(`${server.url}/a`)).toEqual({ ok: true })
    expect((await http.exchange(`${server.url}/b`, (reply) => reply.bytes())).toString()).toBe('{"ok":true}')
    expect(server.requests).toHaveLength(4)
  })

  test("rejects the reading after request()", async () => {
    const server = await serve(cut)
    const { http } = client()
    const reply = await http.request(server.url)
    const chunks: string[] = []
    const reading = (async () => {
      for await (const chunk of reply.body) chunks.push(chunk.toString())
    })()
    await expect(reading).rejects.toMatchObject({ code: "network", attempts: 1 })
    expect(chunks.join("")).toBe('{"ok":')
    expect(server.requests).toHaveLength(1)
  })

  test("an error of the reader itself ends the call, and frees the connection", async () => {
    let tell = () => {}
    const closed = new Promise<void>((resolve) => {
      tell = resolve
    })
    const server = await serve((_, response) => {
      response.once("close", tell)
      response.write("more to come")
    })
    const { http } = client()
    const mine = new Error("the disk is full")
    const reading = http.exchange(server.url, async () => {
      throw mine
    })
    await expect(reading).rejects.toBe(mine)
    await closed
    expect(server.requests).toHaveLength(1)
  })
})

test("a host that is not there is named, and tried as often as allowed", async () => {
  const { http } = client({ maxAttempts: 2 })
  const error = await rejection(http.json("http://no-such-host.invalid/a"))
  expect(error).toBeInstanceOf(NetworkError)
  expect(error.message).toMatch(/^GET http:\/\/no-such-host\.invalid\/a: .*\(after 2 tries\)$/)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === "object" && address !== null ? address.port : 0
}
