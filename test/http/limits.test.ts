import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { afterEach, describe, expect, test } from "vitest"
import { NetworkError } from "../../src/errors.ts"
import type { RunEvent } from "../../src/events.ts"
import { createHttp, type Http, type HttpOptions } from "../../src/http/index.ts"
import {
  type Answerer,
  type RecordingServer,
  sendJson,
  startRecordingServer,
} from "../servers/recording-server.ts"
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
  const http = createHttp({ initialRetryDelayMs: 0, ...options })
  open.push(http)
  return http
}

/** Tells when the connection of a response has gone. */
function gone(): { readonly watch: Answerer; readonly closed: Promise<void> } {
  let tell = () => {}
  const closed = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { closed, watch: (_, response) => void response.once("close", tell) }
}

describe("time limits", () => {
  test("a server that never answers is given up, and tried again", async () => {
    const server = await serve(() => {})
    const error = await rejection(client({ idleTimeoutMs: 20, maxAttempts: 2 }).json(server.url))
    expect(error).toBeInstanceOf(NetworkError)
    expect(error.message).toBe(`GET ${server.url}/: no answer within 20 ms (after 2 tries)`)
    expect(server.requests).toHaveLength(2)
  })

  test("a body that stops is given up", async () => {
    const server = await serve(
      (_, response) => void response.writeHead(200, { "content-length": 9 }).write("abc"),
    )
    const reply = await client({ idleTimeoutMs: 500 }).request(server.url)
    const error = await rejection(reply.bytes())
    expect(error).toBeInstanceOf(NetworkError)
    expect(error.message).toContain("the answer stopped for more than 500 ms")
  })

  test("a body that drips is given up where it comes at less than the least rate, and asked for again", async () => {
    const server = await serve((_, response, count) => {
      if (count > 0) return void response.end("abc")
      const timer = setInterval(() => response.write("a"), 5)
      response.once("close", () => clearInterval(timer))
    })
    const causes: unknown[] = []
    const http = client({ minBytesPerSecond: 10_000, rateWindowMs: 50 })
    const onEvent = (event: RunEvent) => {
      if (event.type === "retry") causes.push(String(event.error))
    }
    const text = await http.exchange(server.url, (reply) => reply.text(), { context: { onEvent } })
    expect(text).toBe("abc")
    expect(causes).toEqual([
      `NetworkError: GET ${server.url}/: the answer came at less than 10000 bytes a second for 50 ms`,
    ])
  })

  test("a reader that takes its time is not taken for a body that drips", async () => {
    const content = Buffer.alloc(1 << 21)
    const server = await serve((_, response) => void response.end(content))
    const http = client({ minBytesPerSecond: 1, rateWindowMs: 1_000 })
    let bytes = 0
    for await (const chunk of (await http.request(server.url)).body) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 2_500))
      bytes += chunk.length
    }
    expect(bytes).toBe(content.length)
  })

  test("a body that drips for ever is given up after the total limit of its try", async () => {
    const { watch, closed } = gone()
    const server = await serve((request, response, count) => {
      watch(request, response, count)
      const drip = setInterval(() => response.write("."), 1)
      response.once("close", () => clearInterval(drip))
    })
    const reading = client({ maxAttempts: 1 }).exchange(server.url, (reply) => reply.bytes(), {
      totalTimeoutMs: 50,
    })
    expect((await rejection(reading)).message).toBe(`GET ${server.url}/: not finished within 50 ms`)
    await closed
  })

  test("a total limit that is kept does nothing", async () => {
    const server = await serve((_, response) => sendJson(response, { ok: true }))
    expect(await client().json(server.url, { totalTimeoutMs: 60_000 })).toEqual({ ok: true })
  })
})

describe("abort", () => {
  test("before the answer: rejects with the reason and frees the connection", async () => {
    const { watch, closed } = gone()
    const stopping = new AbortController()
    const reason = new Error("enough")
    const server = await serve((request, response, count) => {
      watch(request, response, count)
      stopping.abort(reason)
    })
    await expect(client().json(server.url, { context: { signal: stopping.signal } })).rejects.toBe(reason)
    await closed
    expect(server.requests).toHaveLength(1)
  })

  test("before anything: asks nothing", async () => {
    const server = await serve((_, response) => sendJson(response, {}))
    const signal = AbortSignal.abort("a reason that is no error")
    await expect(client().json(server.url, { context: { signal } })).rejects.toBe("a reason that is no error")
    expect(server.requests).toHaveLength(0)
  })

  test("in the middle of a body: rejects the reading and frees the connection", async () => {
    const { watch, closed } = gone()
    const server = await serve((request, response, count) => {
      watch(request, response, count)
      response.write("first")
    })
    const stopping = new AbortController()
    const reason = new Error("enough")
    const reply = await client().request(server.url, { context: { signal: stopping.signal } })
    const reading = (async () => {
      for await (const _ of reply.body) stopping.abort(reason)
    })()
    await expect(reading).rejects.toBe(reason)
    await closed
  })

  test("while bytes() waits", async () => {
    const server = await serve((_, response) => void response.write("first"))
    const stopping = new AbortController()
    const reply = await client().request(server.url, { context: { signal: stopping.signal } })
    const reading = reply.bytes()
    stopping.abort()
    await expect(reading).rejects.toBe(stopping.signal.reason)
  })

  test("between two tries", async () => {
    const server = await serve((_, response) => sendJson(response, {}, 503))
    const stopping = new AbortController()
    const reason = new Error("enough")
    const http = client({ initialRetryDelayMs: 600_000, maxRetryDelayMs: 600_000, random: () => 1 })
    const context = { signal: stopping.signal, onEvent: () => setImmediate(() => stopping.abort(reason)) }
    await expect(http.json(server.url, { context })).rejects.toBe(reason)
    expect(server.requests).toHaveLength(1)
  })

  test("many requests under one signal add one listener to it", async () => {
    const server = await serve((_, response) => sendJson(response, {}))
    const stopping = new AbortController()
    let added = 0
    const { signal } = stopping
    const add = signal.addEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added++
      return add(...args)
    }
    const http = client()
    await Promise.all(Array.from({ length: 50 }, () => http.json(server.url, { context: { signal } })))
    expect(added).toBe(1)
  })
})

test("close() ends what is under way and is not tried again", async () => {
  const http = client()
  const server = await serve(() => void http.close())
  const error = await rejection(http.json(server.url))
  expect(error).toBeInstanceOf(NetworkError)
  expect(error.message).toContain("the client was closed")
  expect(server.requests).toHaveLength(1)
  await http.close()
})

test("idle connections keep no process alive", async () => {
  const server = await serve((_, response) =>
    sendJson(response, { ok: true }, 200, { "keep-alive": "timeout=600" }),
  )
  const program = `
    import { createHttp } from ${JSON.stringify(new URL("../../src/http/index.ts", import.meta.url).href)}
    console.log(JSON.stringify(await createHttp().json(${JSON.stringify(server.url)})))`
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import",
    "tsx",
    "--input-type=module",
    "--eval",
    program,
  ])
  expect(stdout).toBe('{"ok":true}\n')
})

test("no more than the connections allowed to an origin are open at a time", async () => {
  let running = 0
  let most = 0
  const server = await serve(async (_, response) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, 5))
    running--
    sendJson(response, {})
  })
  const http = client({ connectionsPerOrigin: 3 })
  await Promise.all(Array.from({ length: 12 }, () => http.json(server.url)))
  expect(most).toBe(3)
})

test("only requests marked as limited wait for the rate limit", async () => {
  const server = await serve((_, response) => sendJson(response, {}))
  const sleeps: number[] = []
  const http = client({
    requestsPerMinute: 2,
    clock: {
      now: () => 0,
      sleep: async (ms) => {
        sleeps.push(ms)
      },
    },
  })
  for (let call = 0; call < 4; call++) await http.json(server.url)
  expect(sleeps).toEqual([])
  for (let call = 0; call < 4; call++) await http.json(server.url, { limited: true })
  expect(sleeps).toEqual([60_000, 60_000])
})

test.each([
  ["connectTimeoutMs", 0],
  ["idleTimeoutMs", Number.NaN],
  ["maxAttempts", 0],
  ["initialRetryDelayMs", -1],
  ["connectionsPerOrigin", 0],
])("%s may not be %s", (option, value) => {
  expect(() => createHttp({ [option]: value })).toThrow(option)
})

test.each(["/relative", "ftp://x.example/", "", "data:,x"])("%j is not an address", async (url) => {
  expect(await rejection(client().json(url))).toMatchObject({ code: "option", option: "url" })
})
