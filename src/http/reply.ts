/** The headers of an answer, by name in lower case. */
export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * An answer whose status has come and whose body is still to be read. The body is read once: by iterating `body`, or
 * by `bytes()`, `text()` or `json()`. A reply that is not wanted must be given back by `discard()`, or it holds its
 * connection. Reading rejects with a NetworkError (`network`) when the connection breaks or falls silent midway, and
 * with `signal.reason` when the call is aborted.
 */
export interface HttpReply {
  readonly status: number
  readonly headers: ReplyHeaders
  /** Where the answer came from, after redirects; with all secrets that the address may hold. */
  readonly url: string
  /** How often the request was made, up to this answer. */
  readonly attempts: number
  /**
   * The body piece by piece, as fast as it is taken: some 256 KiB wait at most. Leaving the loop before the end breaks
   * the connection.
   */
  readonly body: AsyncIterable<Buffer>
  /** The whole body; the fastest way to read a small one. */
  bytes(): Promise<Buffer>
  /** The whole body as UTF-8. */
  text(): Promise<string>
  /**
   * The whole body as JSON; undefined when there is none by its status (204, 205).
   * @throws ProtocolError (`protocol`) when it is something else.
   */
  json(): Promise<unknown>
  /** Reads what is left when that is little, so that the connection can be used again, and breaks it otherwise. */
  discard(): Promise<void>
}

/** One header's value; the first where it stands several times. */
export function header(headers: ReplyHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === "object" ? value[0] : value
}
