import { HttpError, InsufficientStorage, NetworkError, TransferError } from "../errors.ts"

/** How long to wait between tries, in milliseconds. */
export interface RetryDelays {
  readonly initialRetryDelayMs: number
  readonly maxRetryDelayMs: number
  readonly maxRetryAfterMs: number
}

/** Methods that may be repeated whatever became of the first try (RFC 9110, 9.2.2). */
export const idempotentMethods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
])

const passingStatuses: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])

/** The code of an error that stands for a body that drips. */
export const tooSlowCode = "EDRIP"

const passingCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  tooSlowCode,
])

/**
 * Whether a failed request may be made again. One that may be repeated at will (`idempotent`) is, after a broken,
 * silent or refused connection, after 429, 500, 502, 503 and 504, and where what came was not what was declared. Any other is only where the server cannot have
 * begun to work on it: it was never reached, or it says so, by 429, or by 503 together with `Retry-After`; and not where
 * what failed is the GET that a redirect has made of it, for then it was carried out.
 */
export function mayRepeat(
  error: unknown,
  { method, idempotent }: { readonly method: string; readonly idempotent: boolean },
): boolean {
  if (error instanceof InsufficientStorage) return false
  const isOfExchange = error instanceof HttpError || error instanceof NetworkError
  if (!idempotent && isOfExchange && error.method !== method) return false
  if (error instanceof HttpError) {
    if (idempotent) return passingStatuses.has(error.status)
    return error.status === 429 || (error.status === 503 && error.retryAfterMs !== undefined)
  }
  if (error instanceof TransferError) return idempotent && error.passing
  if (!(error instanceof NetworkError)) return false
  const cause: unknown = error.cause
  return passingCodes.has(codeOf(cause)) && (idempotent || beforeSending(cause))
}

/**
 * How long to wait before the try after `attempt` (the first is 1): anything up to the initial delay, doubled with
 * each try and capped, so that many clients do not come back at once; and at least what `Retry-After` asks for.
 */
export function retryDelayMs(
  error: unknown,
  attempt: number,
  delays: RetryDelays,
  random: () => number,
): number {
  const backoffMs = Math.min(delays.maxRetryDelayMs, delays.initialRetryDelayMs * 2 ** (attempt - 1))
  const askedMs = error instanceof HttpError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(random() * backoffMs, Math.min(askedMs, delays.maxRetryAfterMs))
}

/** `Retry-After` in milliseconds from `nowMs`: seconds or a date (RFC 9110, 10.2.3); undefined where it is neither. */
export function parseRetryAfter(
  value: string | readonly string[] | undefined,
  nowMs: number,
): number | undefined {
  const text = (typeof value === "string" ? value : value?.[0])?.trim()
  if (text === undefined || text === "") return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** The `code` of a system's or an HTTP library's error; empty where there is none. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : ""
}

// An AggregateError comes from connecting alone: one error for each address of the host.
function beforeSending(cause: unknown): boolean {
  if (cause instanceof AggregateError || codeOf(cause) === "UND_ERR_CONNECT_TIMEOUT") return true
  if (!(cause instanceof Error) || !("syscall" in cause)) return false
  return cause.syscall === "connect" || cause.syscall === "getaddrinfo"
}
