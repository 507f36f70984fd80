import { header, type ReplyHeaders } from "./reply.ts"

/** What a `Content-Range` says: the first and the last byte that come, from 0, and how many there are in all. */
export interface ContentRange {
  /** Undefined where no byte comes: the range that was asked for lies beyond the end. */
  readonly first: number | undefined
  readonly last: number | undefined
  /** Undefined where the server does not know it. */
  readonly total: number | undefined
}

/**
 * What names these very bytes, for `If-Range`: the ETag, unless it is a weak one, or the time of the last change, where
 * the server's clock says that it lies a second back at least, so that a later change has another time (RFC 9110, 8.8).
 * Undefined where nothing does: then a transfer cannot be continued.
 */
export function strongValidator(headers: ReplyHeaders): string | undefined {
  const etag = header(headers, "etag")?.trim()
  if (etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag)) return etag
  const modified = header(headers, "last-modified")?.trim()
  const changedMs = Date.parse(modified ?? "")
  const sentMs = Date.parse(header(headers, "date") ?? "")
  return changedMs + 1_000 <= sentMs ? modified : undefined
}

/** Reads a `Content-Range` of bytes; undefined where it is none (RFC 9110, 14.4). */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(value?.trim() ?? "")
  if (match === null) return undefined
  const [first, last, total] = match
    .slice(1)
    .map((text) => (/^\d+$/.test(text ?? "") ? Number(text) : undefined))
  if (first === undefined && total === undefined) return undefined
  if (
    first !== undefined &&
    last !== undefined &&
    (last < first || last >= (total ?? Number.POSITIVE_INFINITY))
  ) {
    return undefined
  }
  return { first, last, total }
}

/** How many bytes an answer's body has by its own account; undefined where it does not say. */
export function declaredLength(headers: ReplyHeaders): number | undefined {
  const text = header(headers, "content-length")
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined
}
