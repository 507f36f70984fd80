import {
  type Exchange,
  type FailedExchange,
  HttpError,
  InsufficientStorage,
  NameTaken,
  NetworkError,
  NotFound,
  PayloadTooLarge,
  ProtocolError,
  Unauthorized,
  ValidationError,
} from "../errors.ts"
import type { LeastRate } from "./rate-watch.ts"
import { codeOf, tooSlowCode } from "./retry.ts"

/** The limits that a message names when one of them was reached. */
export interface TimeLimits extends LeastRate {
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly totalTimeoutMs: number | undefined
}

/** An error status as an error of its class. */
export function statusError(exchange: FailedExchange): HttpError {
  const { status, body } = exchange
  if (status === 401) return new Unauthorized(exchange)
  if (status === 404) return new NotFound(exchange)
  if (status === 413 || status === 414 || status === 431) return new PayloadTooLarge(exchange)
  if (status === 422 && isNameTaken(body)) return new NameTaken(exchange)
  if (status === 422 && typeof body === "object") return new ValidationError(exchange)
  if (status === 429 && isStorageFull(body)) return new InsufficientStorage(exchange)
  return new HttpError(exchange)
}

function isNameTaken(body: unknown): boolean {
  const name = member(member(body, "errors"), "name")
  return Array.isArray(name) && name.length === 1 && name[0] === "has already been taken"
}

function isStorageFull(body: unknown): boolean {
  return member(member(body, "errors"), "code") === "INSUFFICIENT_REMAINING_STORAGE"
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

/** The cause of an error that stands for the limit on a whole try. */
export function totalTimeout(): Error {
  return Object.assign(new Error("the limit on one try was reached"), { code: totalTimeoutCode })
}

const totalTimeoutCode = "ETIMEDOUT"

/** The cause of an error that stands for a body that drips. */
export function tooSlow(): Error {
  return Object.assign(new Error("the answer comes too slowly"), { code: tooSlowCode })
}

/** What broke off an exchange, as an error that says so in words. */
export function brokenExchange(
  exchange: Exchange,
  cause: unknown,
  limits: TimeLimits,
): NetworkError | ProtocolError {
  const code = codeOf(cause)
  if (isNotHttp(cause) || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new ProtocolError(exchange, `the answer is not HTTP: ${said(cause)}`, { cause })
  }
  return new NetworkError(exchange, broken(code, cause, limits), { cause })
}

// undici gives its parser's errors a code only where the parser has a name for the fault.
function isNotHttp(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "HTTPParserError"
}

function broken(code: string, cause: unknown, limits: TimeLimits): string {
  switch (code) {
    case "UND_ERR_CONNECT_TIMEOUT":
      return `no connection within ${limits.connectTimeoutMs} ms`
    case "UND_ERR_HEADERS_TIMEOUT":
      return `no answer within ${limits.idleTimeoutMs} ms`
    case "UND_ERR_BODY_TIMEOUT":
      return `the answer stopped for more than ${limits.idleTimeoutMs} ms`
    case totalTimeoutCode:
      return limits.totalTimeoutMs === undefined
        ? said(cause)
        : `not finished within ${limits.totalTimeoutMs} ms`
    case tooSlowCode:
      return `the answer came at less than ${limits.minBytesPerSecond} bytes a second for ${limits.rateWindowMs} ms`
    case "UND_ERR_DESTROYED":
    case "UND_ERR_CLOSED":
      return "the client was closed"
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host's name does not resolve"
    default:
      return `the connection failed: ${said(cause)}`
  }
}

function said(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.message === "" ? codeOf(cause) : cause.message
}
