import { type Exchange, ProtocolError } from "../errors.ts"

/** What a body is sent from. A function makes a fresh stream for every try. */
export type RequestBody = string | Uint8Array | (() => AsyncIterable<Uint8Array>)

/** One request on the way to its answer: the call's own, or one that a redirect asks for. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | undefined
}

/** How many redirects one call follows. */
export const maxRedirects = 10

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Headers that are meant for one origin only. */
const confined: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"])

/**
 * The request that an answer's redirect asks for, or undefined where the answer is none. Methods change as in the
 * Fetch standard (https://fetch.spec.whatwg.org/#http-redirect-fetch): 303 makes everything but HEAD a GET, 301 and
 * 302 make POST a GET. Headers that name a user are dropped when the origin changes.
 *
 * @throws ProtocolError (`protocol`) when the address is not one, or leaves https for http.
 */
export function followRedirect(
  hop: Hop,
  status: number,
  location: string | readonly string[] | undefined,
  exchange: () => Exchange,
): Hop | undefined {
  if (!redirects.has(status) || location === undefined) return undefined
  const text = typeof location === "string" ? location : location[0]
  if (text === undefined || !URL.canParse(text, hop.url.href)) {
    throw new ProtocolError(exchange(), `${status} redirects to what is not an address`)
  }
  const url = new URL(text, hop.url)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new ProtocolError(exchange(), `${status} redirects to ${url.protocol}, which is not followed`)
  }
  if (hop.url.protocol === "https:" && url.protocol === "http:") {
    throw new ProtocolError(exchange(), `${status} redirects from https to http, which is not followed`)
  }
  const becomesGet =
    (status === 303 && hop.method !== "HEAD") || ((status === 301 || status === 302) && hop.method === "POST")
  const headers = Object.entries(hop.headers).filter(([name]) => {
    const lower = name.toLowerCase()
    if (url.origin !== hop.url.origin && confined.has(lower)) return false
    return !becomesGet || !lower.startsWith("content-")
  })
  return {
    url,
    method: becomesGet ? "GET" : hop.method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? undefined : hop.body,
  }
}
