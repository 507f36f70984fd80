import { once } from "node:events"
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http"
import { pipeline } from "node:stream/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { createGzip } from "node:zlib"

import type { FaultName } from "./faults.ts"

/** A request that is being answered by a proxy. */
export interface Exchange {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  /** The answer of the server behind, as soon as its headers are there; asked for at the first call. */
  readonly origin: () => Promise<IncomingMessage>
  /** Is told of every piece of a body that is sent. */
  readonly onBytes: (bytes: number) => void
  /** From 0 to 1: where in a body it happens. */
  readonly chance: number
  /** How often the same request has come before. */
  readonly count: number
}

/** Answers a request in its way; gives false, and has done nothing, where the answer cannot go wrong in that way. */
export type Act = (exchange: Exchange) => Promise<boolean>

/** An address that redirects to itself. */
export const loopPath = "/redirect-loop"

const drips = 8
const dripMs = 20

/** Each fault as it is acted out. */
export const acts: Readonly<Record<FaultName, Act>> = {
  reset: async ({ response }) => {
    await reset(response)
    return true
  },
  "reset-headers": bent({ upTo: () => 0, end: reset }),
  "reset-body": bent({ upTo: middle, end: reset }),
  stall: async ({ response }) => {
    await once(response, "close")
    return true
  },
  "stall-body": bent({ upTo: middle, end: (response) => once(response, "close") }),
  "half-open": bent({
    upTo: middle,
    end: async (response) => {
      // Not read any more, it does not notice that the other side closes, and so does not answer.
      response.socket?.pause()
    },
  }),
  drip: bent({ upTo: (length) => length, pauses: true }),
  truncated: bent({ upTo: middle, end: hangUp }),
  "cut-chunks": bent({ headers: withoutLength, upTo: middle, end: hangUp }),
  "no-length": bent({ headers: withoutLength }),
  "short-length": bent({ headers: longer(-1), end: hangUp }),
  "long-length": bent({ headers: longer(10), end: hangUp }),
  "wrong-bytes": bent({ wrongByte: true }),
  html: page(
    200,
    () => ({ "content-type": "text/html; charset=utf-8" }),
    "<!doctype html><h1>Sign in</h1>\n",
  ),
  gzip: bent({ status: 200, headers: gzipped, gzip: true }),
  429: refusal(429),
  500: refusal(500),
  502: refusal(502),
  503: refusal(503),
  504: refusal(504),
  401: expired(401),
  403: expired(403),
  "no-range": async (exchange) => {
    delete exchange.incoming.headers.range
    return passOn(exchange)
  },
  416: page(416, () => ({ "content-range": "bytes */1" })),
  "wrong-range": bent({ status: 206, headers: shifted }),
  "new-etag": bent({ headers: (headers, { count }) => ({ ...headers, etag: `"try-${count}"` }) }),
  "redirect-loop": page(302, () => ({ location: loopPath })),
  dns: page(302, ({ incoming }) => ({ location: `http://nowhere.invalid${incoming.url}` })),
  tls: page(302, ({ incoming }) => ({
    location: `https://127.0.0.1:${incoming.socket.localPort}${incoming.url}`,
  })),
}

/** Gives the answer of the server behind as it is. */
export async function passOn(exchange: Exchange): Promise<true> {
  const reply = await exchange.origin()
  await send(exchange, reply, headersOf(reply), {})
  return true
}

/** What is done to an answer on its way. */
interface Bend {
  /** The status that it is about. @default 200 and 206 */
  readonly status?: number
  readonly headers?: (headers: OutgoingHttpHeaders, exchange: Exchange) => OutgoingHttpHeaders
  /** How much of the body is sent. @default all of it */
  readonly upTo?: (length: number, chance: number) => number
  readonly wrongByte?: boolean
  readonly gzip?: boolean
  readonly pauses?: boolean
  /** What comes behind the body, or what was sent of it. @default the regular end */
  readonly end?: (response: ServerResponse) => Promise<unknown>
}

function bent(bend: Bend): Act {
  return async (exchange) => {
    const reply = await exchange.origin()
    const { statusCode: status = 0, headers } = reply
    const fits = bend.status === undefined ? status === 200 || status === 206 : status === bend.status
    // An answer of a byte or none has no middle.
    if (!fits || exchange.incoming.method === "HEAD" || !(Number(headers["content-length"]) > 1)) return false
    const sent = headersOf(reply)
    await send(exchange, reply, bend.headers?.(sent, exchange) ?? sent, bend)
    return true
  }
}

async function send(
  { response, onBytes, chance }: Exchange,
  reply: IncomingMessage,
  headers: OutgoingHttpHeaders,
  { upTo, wrongByte = false, gzip = false, pauses = false, end }: Bend,
): Promise<void> {
  response.writeHead(reply.statusCode ?? 502, headers)
  const length = Number(reply.headers["content-length"])
  const limit = upTo?.(length, chance) ?? Number.POSITIVE_INFINITY
  const wrongAt = wrongByte ? middle(length, chance) : -1
  const dripBytes = pauses ? Math.ceil(length / drips) : Number.POSITIVE_INFINITY

  const bend = async function* (body: AsyncIterable<Buffer>) {
    let at = 0
    for await (const whole of body) {
      // What is not sent is read all the same: its connection serves the next request.
      const piece = whole.subarray(0, Math.max(0, limit - at))
      const wrong = wrongAt - at
      at += whole.length
      if (wrong >= 0 && wrong < piece.length) piece[wrong] = ~(piece[wrong] ?? 0) & 0xff
      for (let from = 0; from < piece.length; from += dripBytes) {
        yield piece.subarray(from, from + dripBytes)
        if (pauses) await sleep(dripMs)
      }
    }
  }
  const counted = async function* (body: AsyncIterable<Buffer>) {
    for await (const piece of body) {
      onBytes(piece.length)
      yield piece
    }
  }
  if (gzip) await pipeline(reply, bend, createGzip(), counted, response, { end: end === undefined })
  else await pipeline(reply, bend, counted, response, { end: end === undefined })
  await end?.(response)
}

/** A place that is neither the beginning nor the end. */
function middle(length: number, chance: number): number {
  return 1 + Math.floor(chance * (length - 1))
}

async function reset(response: ServerResponse): Promise<void> {
  const { socket } = response
  if (response.headersSent) {
    response.flushHeaders()
    // What has been sent shall arrive.
    await new Promise((resolve) => socket?.write("", resolve))
  }
  socket?.resetAndDestroy()
}

async function hangUp({ socket }: ServerResponse): Promise<void> {
  socket?.end()
}

// RFC 9110, 7.6.1: these are about a connection and not about the answer.
const hops = new Set(["connection", "keep-alive", "transfer-encoding"])

function headersOf({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !hops.has(name)))
  const sha256 = /^"([0-9a-f]{64})"$/.exec(headers.etag ?? "")?.[1]
  if (sha256 === undefined) return kept
  return { ...kept, "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:` }
}

function withoutLength({ "content-length": _, ...headers }: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return headers
}

function longer(bytes: number): (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders {
  return (headers) => ({ ...headers, "content-length": Number(headers["content-length"]) + bytes })
}

// The digest would have to be that of the packed bytes (RFC 9530, 3).
function gzipped({ "repr-digest": _, ...headers }: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return { ...withoutLength(headers), "content-encoding": "gzip" }
}

function shifted(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const range = String(headers["content-range"]).replace(
    /\d+-/,
    (first) => `${Number.parseInt(first, 10) - 1}-`,
  )
  return { ...headers, "content-range": range }
}

/** An answer that does not come from the server behind, which hears nothing of the request. */
function page(status: number, headersFor: (exchange: Exchange) => OutgoingHttpHeaders, text = ""): Act {
  return async (exchange) => {
    const { incoming, response, onBytes } = exchange
    incoming.resume()
    onBytes(Buffer.byteLength(text))
    response
      .writeHead(status, { ...headersFor(exchange), "content-length": Buffer.byteLength(text) })
      .end(text)
    return true
  }
}

/** In turn both forms of `Retry-After` that there are. */
function refusal(status: number): Act {
  return page(
    status,
    ({ count }) => ({
      "content-type": "application/json",
      "retry-after": count % 2 === 0 ? "1" : new Date(Date.now() + 1_000).toUTCString(),
    }),
    '{"errors":{"detail":"too much at once"}}',
  )
}

function expired(status: number): Act {
  return page(
    status,
    () => ({ "content-type": "application/json" }),
    '{"errors":{"detail":"the token has expired"}}',
  )
}
