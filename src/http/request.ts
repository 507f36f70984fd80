import type { Context } from "../stream.ts"
import type { Clock } from "./clock.ts"
import type { RequestBody } from "./redirect.ts"

/** An API key and the one origin (scheme, host and port) that it may be sent to. */
export interface Credentials {
  readonly origin: string
  readonly apiKey: string
}

/** How requests are made. */
export interface HttpOptions {
  /**
   * How long a connection may take to be made, name resolution and TLS included.
   * @default 10_000
   */
  readonly connectTimeoutMs?: number
  /**
   * How long a server may be silent: before the headers of its answer, and between two pieces of the body.
   * @default 60_000
   */
  readonly idleTimeoutMs?: number
  /**
   * A body that comes more slowly than this over a whole `rateWindowMs`, while its reader waits for it, is given up and
   * asked for again; 0 for no limit.
   * @default 100
   */
  readonly minBytesPerSecond?: number
  /** @default 60_000 */
  readonly rateWindowMs?: number
  /**
   * Connections to one origin; requests beyond them wait for one.
   * @default 64
   */
  readonly connectionsPerOrigin?: number
  /**
   * How often a request is made at most, the first time included.
   * @default 5
   */
  readonly maxAttempts?: number
  /**
   * The longest wait before the second try. It doubles with each further one; the wait itself is a random part of it.
   * @default 250
   */
  readonly initialRetryDelayMs?: number
  /**
   * The longest wait before any try.
   * @default 20_000
   */
  readonly maxRetryDelayMs?: number
  /**
   * The longest wait that a server's `Retry-After` can bring about; a longer one is cut to this.
   * @default 120_000
   */
  readonly maxRetryAfterMs?: number
  /**
   * How many of the requests marked `limited` are made within any 60 seconds; V7 publishes 1,000.
   * @default 1_000
   */
  readonly requestsPerMinute?: number
  /** @default the name and version of this package */
  readonly userAgent?: string
  /** @default the system's clock */
  readonly clock?: Clock
  /**
   * Gives the random part, from 0 to 1, of a wait.
   * @default Math.random
   */
  readonly random?: () => number
}

/** One request. */
export interface RequestOptions {
  /** @default "GET" */
  readonly method?: string
  /** A function is called for every try: what is asked for may depend on what has come before. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>)
  /** A function is called for every try: it makes a fresh stream. */
  readonly body?: RequestBody
  /**
   * Sent as `Authorization: ApiKey …` to its own origin and to no other. A redirect that leaves the origin drops it,
   * also for a further redirect back.
   */
  readonly credentials?: Credentials | undefined
  /**
   * Whether the request may be made again whatever became of the first try.
   * @default true for GET, HEAD, OPTIONS, TRACE, PUT and DELETE
   */
  readonly idempotent?: boolean
  /**
   * Whether the request counts against `requestsPerMinute`, and waits for it.
   * @default false
   */
  readonly limited?: boolean
  /**
   * How long one try may take, from its start to the last byte of the body; waits between tries do not count.
   * @default no limit; 120_000 for `json()`
   */
  readonly totalTimeoutMs?: number
  /**
   * Statuses besides 2xx that are an answer and no error, such as 304.
   * @default none
   */
  readonly acceptStatus?: readonly number[]
  /**
   * How far `read` has come over all tries, in any measure that grows. After a try that has moved it on, tries are
   * counted from the first again.
   */
  readonly progress?: () => number
  readonly context?: Context | undefined
}
