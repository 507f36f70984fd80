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
  /** What the answer must hold. */
  readonly reply: z.ZodType<Reply>
  /**
   * Whether the call may be made again whatever became of the first try.
   * @default as its method says: POST may not
   */
  readonly idempotent?: boolean
  readonly context?: Context | undefined
}

/**
 * Makes a call with the session's own key and checks the answer.
 *
 * @throws ProtocolError (`protocol`) naming the JSON path when the answer does not hold what it should, and whatever
 * Http throws.
 */
export function callApi<Reply>(session: Session, call: ApiCall<Reply>): Promise<Reply> {
  const { method = "GET", body, idempotent, context } = call
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
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(idempotent !== undefined && { idempotent }),
      credentials: session.credentials,
      limited: true,
      totalTimeoutMs: jsonTimeoutMs,
      context,
    },
  )
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
