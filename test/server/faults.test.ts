import { createHash } from "node:crypto"
import { describe, expect, onTestFinished, test } from "vitest"
import { createHttp } from "../../src/http/index.ts"
import {
  type FaultAnswer,
  type FaultName,
  faultNames,
  parseFaults,
  startFaultProxy,
} from "../../src/server/index.ts"
import { type Call, callerOf, moveToStage, png, release, start, upload } from "./support.ts"

describe("a spec", () => {
  test("names faults, the share of requests that each strikes, and what it is confined to", () => {
    expect(parseFaults("reset:0.1, 429@api:1,stall-body@files:.02")).toEqual([
      { fault: "reset", ratio: 0.1 },
      { fault: "429", ratio: 1, on: ["api"] },
      { fault: "stall-body", ratio: 0.02, on: ["files"] },
    ])
  })

  test.each([
    ["", "a fault is one of "],
    ["reset", "a fault is one of"],
    ["rest:0.1", "rest:0.1: a fault is one of"],
    ["toString:0.1", "a fault is one of"],
    ["reset:1.1", "reset:1.1: the share is a number from 0 to 1"],
    ["reset:-1", "the share is a number"],
    ["reset@disk:1", "reset@disk:1: it is confined to api, zip or files"],
  ])("%j is refused", (spec, message) => {
    expect(() => parseFaults(spec)).toThrow(message)
  })
})

/** A server with one dataset, and a proxy in front of it. */
async function open(rules = "") {
  const { server, call } = await start()
  await call("POST", "datasets", { body: { name: "Kerb stones" } })
  const answers: FaultAnswer[] = []
  const proxy = await startFaultProxy({
    target: server.url,
    rules: rules === "" ? [] : parseFaults(rules),
    onAnswer: (answer) => answers.push(answer),
  })
  onTestFinished(() => proxy.close())
  const http = createHttp({ maxAttempts: 1, idleTimeoutMs: 1_000 })
  onTestFinished(() => http.close())
  return {
    apiKey: server.apiKey,
    call,
    proxy,
    http,
    answers,
    through: callerOf({ url: proxy.url, apiKey: server.apiKey }),
  }
}

/** Uploads a picture, and gives its path. */
async function uploaded(call: Call, bytes: Buffer): Promise<string> {
  const id = await upload(call, "a.png", { bytes })
  const item = await call("GET", `v2/teams/acme/items/${id}`)
  return `v2/teams/acme/uploads/${item.json.slots[0].upload_id}`
}

test("without faults, what is asked through it is what the server does, and addresses lead through it", async () => {
  const { through, proxy, answers } = await open()
  const bytes = png(30, 20)
  const path = await uploaded(through, bytes)
  const file = await through("GET", path)
  expect(file.bytes.equals(bytes)).toBe(true)
  const digest = createHash("sha256").update(bytes).digest("base64")
  expect(file.headers["repr-digest"]).toBe(`sha-256=:${digest}:`)
  await moveToStage(through, 1, [(await through("GET", "v2/teams/acme/items")).json.items[0].id], "complete")
  expect((await release(through, "v1")).download_url.startsWith(`${proxy.url}/`)).toBe(true)
  await proxy.close()
  expect(answers.map(({ fault }) => fault)).toEqual(answers.map(() => undefined))
  expect(answers.find((answer) => answer.path === `/api/${path}` && answer.method === "GET")).toMatchObject({
    target: "files",
    status: 200,
    bodyBytes: bytes.length,
  })
})

describe("a file that is struck", () => {
  const bytes = png(40, 30)

  // What a client sees that neither repeats nor looks closely.
  const seen: Record<FaultName, RegExp> = {
    reset: /^network .*(?:ECONNRESET|other side closed)/,
    "reset-headers": /^network .*(?:ECONNRESET|other side closed|terminated)/,
    "reset-body": /^network .*(?:ECONNRESET|other side closed|terminated)/,
    stall: /^network .*no answer within 1000 ms/,
    "stall-body": /^network .*the answer stopped for more than 1000 ms/,
    drip: /^200 right$/,
    "half-open": /^network .*the answer stopped for more than 1000 ms/,
    truncated: /^network /,
    "cut-chunks": /^network /,
    "no-length": /^200 right$/,
    "short-length": /^200 wrong$/,
    "long-length": /^network /,
    "wrong-bytes": /^200 wrong$/,
    html: /^200 wrong$/,
    gzip: /^200 wrong$/,
    429: /^http .*429/,
    500: /^http .*500/,
    502: /^http .*502/,
    503: /^http .*503/,
    504: /^http .*504/,
    401: /^unauthorized .*401/,
    403: /^http .*403/,
    "no-range": /^200 right$/,
    416: /^http .*416/,
    "wrong-range": /^206 wrong$/,
    "new-etag": /^200 right$/,
    "redirect-loop": /^protocol .*more than 10 redirects/,
    dns: /^network .*(?:does not resolve|EAI_AGAIN|ENOTFOUND)/,
    tls: /^network .*(?:wrong version number|SSL|packet length)/i,
  }

  test.each(faultNames)("by %s", async (fault) => {
    const { call, proxy, http, answers, apiKey } = await open()
    const url = `${proxy.url}/api/${await uploaded(call, bytes)}`
    proxy.setRules(parseFaults(`${fault}@files:1`))
    answers.length = 0
    const ranged = /range|416/.test(fault)
    const headers: Record<string, string> = ranged ? { range: "bytes=7-" } : {}
    const outcome = await http
      .exchange(
        url,
        async (reply) => {
          const content = await reply.bytes()
          const right = content.equals(reply.status === 206 ? bytes.subarray(6) : bytes)
          return `${reply.status} ${right ? "right" : "wrong"}`
        },
        { headers, credentials: { origin: proxy.url, apiKey } },
      )
      .catch((error) => `${error.code} ${error.message} ${error.cause?.code} ${error.cause?.message}`)
    expect(outcome).toMatch(seen[fault])
    await proxy.close()
    expect(answers.map((answer) => answer.fault)).toContain(fault)
  })
})
