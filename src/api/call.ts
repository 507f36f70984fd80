import { promisify } from "node:util"
import { deflate } from "node:zlib"
import { z } from "zod"
import { OptionError, ProtocolError } from "../errors.ts"
import { jsonTimeoutMs, maskUrl } from "../http/index.ts"
import type { Context } from "../stream.ts"
import type { Session } from "./session.ts"

/** One call of the API. */
export interface ApiCall<Reply> {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  /** The path below the API's address, part by part, as it reads before any escaping. */
  readonly path: readonly string[]
  readonly query?: URLSearchParams
  /** Sent as JSON. */
  readonly body?: unknown
  /** The same as text that is JSON already. */
  readonly json?: string
  /**
   * Whether it may be made again whatever became of the first try.
   * @default true for all but POST
   */
  readonly idempotent?: boolean
  /** What the answer must hold. */
  readonly reply: z.ZodType<Reply>
  readonly context?: Context | undefined
}

/**
 * Makes a call with the session's own key and checks the answer.
 *
 * @throws ProtocolError (`protocol`) naming the JSON path when the answer does not hold what it should, and whatever
 * Http throws.
 */
export async function callApi<Reply>(session: Session, call: ApiCall<Reply>): Promise<Reply> {
  const { method = "GET", body, idempotent, context } = call
  const json = call.json ?? (body === undefined ? undefined : JSON.stringify(body))
  const sent = json === undefined ? undefined : await packed(method, json)
  return session.http.exchange(
    apiUrl(session.apiEndpoint, call.path, call.query),
    async (reply) => {
      const checked = call.reply.safeParse(await reply.json())
      if (checked.success) return checked.data
      const [issue] = checked.error.issues
      const exchange = { method, url: maskUrl(reply.url), attempts: reply.attempts }
      throw new ProtocolError(exchange, `${z.core.toDotPath(issue?.path ?? [])}: ${issue?.message}`)
    },
    {
      method,
      headers: {
        accept: "application/json",
        ...sent?.headers,
      },
      ...(sent !== undefined && { body: sent.body }),
      ...(idempotent !== undefined && { idempotent }),
      credentials: session.credentials,
      limited: true,
      totalTimeoutMs: jsonTimeoutMs,
      context,
    },
  )
}

const deflateAsync = promisify(deflate)

/** From so many bytes on the time saved on the wire outweighs that of the compression. */
const packedBytes = 1 << 15

// The API takes compressed bodies with POST alone: a zlib stream (RFC 1950), told by a header of its own.
async function packed(
  method: string,
  json: string,
): Promise<{ body: string | Uint8Array; headers: Record<string, string> }> {
  const headers = { "content-type": "application/json" }
  if (method !== "POST" || json.length < packedBytes) return { body: json, headers }
  const body = await deflateAsync(json, { level: 1 })
  return { body, headers: { ...headers, "x-darwin-payload-compression-version": "1" } }
}

/** A path that is not one of the API's own, `.` or `..` above all, would be another call than the one meant. */
function apiUrl(endpoint: string, path: readonly string[], query: URLSearchParams | undefined): URL {
  for (const part of path) {
    if (part === "" || part === "." || part === "..") {
      throw new OptionError("path", `${JSON.stringify(part)} cannot be part of an address`)
    }
  }
  const url = new URL(path.map(encodeURIComponent).join("/"), endpoint)
  if (query !== undefined) url.search = query.toString()
  return url
}
