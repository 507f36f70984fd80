import { Agent } from "undici"
import { OptionError, ProtocolError } from "../errors.ts"
import { systemClock } from "./clock.ts"
import { statusError } from "./failure.ts"
import { isJson } from "./json.ts"
import { maskUrl } from "./mask-url.ts"
import { createRateLimit } from "./rate-limit.ts"
import { createRateWatch } from "./rate-watch.ts"
import { followRedirect, type Hop, maxRedirects } from "./redirect.ts"
import { type HttpReply, header } from "./reply.ts"
import type { HttpOptions, RequestOptions } from "./request.ts"
import { type HttpStream, openStream, type StreamOptions } from "./resuming-stream.ts"
import { idempotentMethods, mayRepeat, parseRetryAfter, retryDelayMs } from "./retry.ts"
import { type Answer, send } from "./send.ts"
import { userAgent as ownUserAgent } from "./user-agent.ts"

/**
 * A pool of connections with one policy of time limits, redirects and retries.
 *
 * All calls reject with a NetworkError (`network`) when the server cannot be reached or the connection breaks, with an
 * HttpError or one of its kinds for an error status, with a ProtocolError (`protocol`) for an answer that cannot be
 * right, and with `signal.reason` when the context's signal aborts, which frees the connection at once.
 *
 * A request that may be repeated is, after broken or silent connections and after 429, 500, 502, 503 and 504. One that
 * may not (POST) is repeated only when the server was never reached, or says that it has done nothing: 429, or 503
 * with `Retry-After`. Each repetition is told as a `retry` event.
 */
export interface Http {
  /** Makes a request and gives the answer when its headers are there; what breaks later, in the body, is not repeated. */
  request(url: string | URL, options?: RequestOptions): Promise<HttpReply>
  /**
   * Makes a request and reads its answer, both as one: a body that breaks midway is asked for again, so `read` may be
   * called several times. An error of `read` itself ends the call.
   *
   * @example
   * const image = await http.exchange(url, (reply) => reply.bytes())
   */
  exchange<T>(url: string | URL, read: (reply: HttpReply) => Promise<T>, options?: RequestOptions): Promise<T>
  /**
   * Makes a GET request for a body that is read while it comes: one that breaks midway goes on where it stood, for its
   * reader without a seam, as long as the server names the bytes by a strong ETag or the time of their last change and
   * still has the same ones.
   *
   * @throws ProtocolError (`protocol`), in the body, when the server has other bytes by then.
   *
   * @example
   * const { body } = await http.stream(release.downloadUrl)
   * for await (const chunk of body) hash.update(chunk)
   */
  stream(url: string | URL, options?: StreamOptions): Promise<HttpStream>
  /** The JSON of the answer, read as one with the request; undefined for 204 and 205. */
  json(url: string | URL, options?: RequestOptions): Promise<unknown>
  /** Ends all connections; requests under way reject with a NetworkError. */
  close(): Promise<void>
}

/** How long one try of a JSON call may take. */
export const jsonTimeoutMs = 120_000

/** How much of an error's body is read, and for how long. */
const errorBodyBytes = 1 << 16
const errorBodyMs = 10_000
const errorTextCharacters = 2_000

/**
 * Makes an HTTP client. Nothing is connected before the first request, and idle connections keep no process alive.
 *
 * @throws OptionError (`option`) when an option is out of its range.
 *
 * @example
 * const http = createHttp({ maxAttempts: 3 })
 * const reply = await http.request("https://cdn.example/image.png", { context: { signal } })
 * for await (const chunk of reply.body) hash.update(chunk)
 * await http.close()
 */
export function createHttp(options: HttpOptions = {}): Http {
  const connectTimeoutMs = atLeast(1, "connectTimeoutMs", options.connectTimeoutMs ?? 10_000)
  const idleTimeoutMs = atLeast(1, "idleTimeoutMs", options.idleTimeoutMs ?? 60_000)
  const leastRate = {
    minBytesPerSecond: atLeast(0, "minBytesPerSecond", options.minBytesPerSecond ?? 100),
    rateWindowMs: atLeast(1, "rateWindowMs", options.rateWindowMs ?? 60_000),
  }
  const watch = createRateWatch(leastRate)
  const maxAttempts = atLeast(1, "maxAttempts", options.maxAttempts ?? 5)
  const delays = {
    initialRetryDelayMs: atLeast(0, "initialRetryDelayMs", options.initialRetryDelayMs ?? 250),
    maxRetryDelayMs: atLeast(0, "maxRetryDelayMs", options.maxRetryDelayMs ?? 20_000),
    maxRetryAfterMs: atLeast(0, "maxRetryAfterMs", options.maxRetryAfterMs ?? 120_000),
  }
  const { clock = systemClock, random = Math.random, userAgent = ownUserAgent } = options
  const waitForTurn = createRateLimit(options.requestsPerMinute ?? 1_000, clock)
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs },
    connections: atLeast(1, "connectionsPerOrigin", options.connectionsPerOrigin ?? 64),
  })

  // One try: the request, and those that redirects ask for.
  async function attempt(first: Hop, request: RequestOptions, attempts: number): Promise<Answer> {
    const { credentials, limited = false, totalTimeoutMs, acceptStatus = [] } = request
    const signal = request.context?.signal
    const limits = { connectTimeoutMs, idleTimeoutMs, totalTimeoutMs, ...leastRate }
    const conceal = (text: string) =>
      credentials === undefined || credentials.apiKey === ""
        ? text
        : text.replaceAll(credentials.apiKey, "***")
    if (limited) await waitForTurn(signal)
    const endMs = totalTimeoutMs === undefined ? undefined : clock.now() + totalTimeoutMs

    const home = credentials === undefined ? undefined : new URL(credentials.origin).origin
    let hop = first
    let atHome = true
    for (let redirects = 0; ; redirects++) {
      // A foreign host must not steer requests that carry the key: once left, its origin does not get it again.
      atHome &&= hop.url.origin === home
      const headers: Record<string, string> = { "user-agent": userAgent, ...hop.headers }
      if (credentials !== undefined && atHome) headers.authorization = `ApiKey ${credentials.apiKey}`
      const leftMs = endMs === undefined ? undefined : Math.max(1, endMs - clock.now())
      const answer = await send(
        agent,
        { ...hop, headers },
        { limits, watch, leftMs, signal, attempts, conceal },
      )

      const { status } = answer
      if ((status >= 200 && status < 300) || acceptStatus.includes(status)) return answer
      const exchange = () => ({ method: hop.method, url: maskUrl(hop.url), attempts })
      const next = followRedirect(hop, status, answer.headers.location, exchange)
      if (next === undefined) {
        const body = await errorBody(answer, conceal)
        signal?.throwIfAborted()
        const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], clock.now())
        throw statusError({ ...exchange(), status, body, retryAfterMs })
      }
      await answer.discard()
      if (redirects === maxRedirects) {
        throw new ProtocolError(exchange(), `more than ${maxRedirects} redirects`)
      }
      hop = next
    }
  }

  // Waits after a try that failed, or throws its error when it was the last.
  function createTries(url: () => URL, request: RequestOptions): (error: unknown) => Promise<void> {
    const { method = "GET", progress = none, context = {} } = request
    const { signal, onEvent } = context
    const idempotent = request.idempotent ?? idempotentMethods.has(method)
    let come = progress()
    let attempt = 0
    // Tries without progress: these are bounded, and the waits grow with them.
    let fruitless = 0
    return async (error) => {
      if (signal?.aborted) throw signal.reason
      const now = progress()
      attempt++
      fruitless = now > come ? 1 : fruitless + 1
      come = Math.max(come, now)
      if (fruitless >= maxAttempts || !mayRepeat(error, { method, idempotent })) throw error
      const delayMs = retryDelayMs(error, fruitless, delays, random)
      onEvent?.({ type: "retry", url: maskUrl(url()), attempt, delayMs, error })
      await clock.sleep(delayMs, signal)
    }
  }

  async function exchange<T>(
    url: string | URL,
    read: (reply: HttpReply) => Promise<T>,
    request: RequestOptions = {},
  ): Promise<T> {
    const { method = "GET", headers = {} } = request
    const target = parseUrl(url)
    const failed = createTries(() => target, request)
    for (let attempts = 1; ; attempts++) {
      request.context?.signal?.throwIfAborted()
      let answer: Answer | undefined
      try {
        const sent = typeof headers === "function" ? headers() : headers
        answer = await attempt({ url: target, method, headers: sent, body: request.body }, request, attempts)
        return await read(answer)
      } catch (error) {
        // A reader that failed on its own account has left the body where it was.
        answer?.stop()
        await failed(error)
      }
    }
  }

  return {
    request: (url, request) => exchange(url, async (reply) => reply, request),
    exchange,
    stream: (url, request = {}) =>
      openStream(parseUrl(url), request, {
        attempt: (target, headers, attempts) =>
          attempt(
            { url: target, method: "GET", headers, body: undefined },
            { ...request, acceptStatus: [] },
            attempts,
          ),
        createTries,
      }),
    json: (url, request) =>
      exchange(url, (reply) => reply.json(), { totalTimeoutMs: jsonTimeoutMs, ...request }),
    close: async () => {
      if (!agent.destroyed) await agent.destroy()
    },
  }
}

async function errorBody(answer: Answer, conceal: (text: string) => string): Promise<unknown> {
  const text = conceal((await answer.excerpt(errorBodyBytes, errorBodyMs)).toString())
  if (isJson(header(answer.headers, "content-type") ?? "")) {
    try {
      return JSON.parse(text)
    } catch {
      // What is not the JSON it says is shown as the text it is.
    }
  }
  return text.slice(0, errorTextCharacters)
}

const none = (): number => 0

function parseUrl(url: string | URL): URL {
  // Parsed once: asking first whether it can be would cost a small file as much again.
  try {
    const parsed = new URL(url)
    if (parsed.protocol === "http:" || parsed.protocol === "https:") return parsed
  } catch {
    // As what is no http address.
  }
  throw new OptionError("url", "must be an absolute http or https address")
}

function atLeast(least: number, option: string, value: number): number {
  if (Number.isFinite(value) && value >= least) return value
  throw new OptionError(option, `must be a number, ${least} or more`)
}
