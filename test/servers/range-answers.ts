import type { Answerer } from "./recording-server.ts"

/** How a file is sent. */
export interface RangeOptions {
  /** Of the answer with the number `count`, from 0: so many bytes of it, and the connection breaks; undefined for all. */
  readonly cut?: (count: number) => number | undefined
  /** @default an ETag of its own */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether ranges are sent; a server may leave them out. @default true */
  readonly ranges?: boolean
  /** Whether the length is told. @default true */
  readonly length?: boolean
}

/** Answers as a server of files does: whole, or the range that was asked for when `If-Range` holds. */
export function ranges(bytes: Buffer, options: RangeOptions = {}): Answerer {
  const { cut = () => undefined, headers = { etag: '"one"' }, ranges = true, length = true } = options
  const validators = [headers.etag, headers["last-modified"]]
  return ({ headers: asked }, response, count) => {
    const holds = asked["if-range"] === undefined || validators.includes(String(asked["if-range"]))
    const start = /^bytes=(\d+)-$/.exec(asked.range ?? "")?.[1]
    const first = ranges && holds && start !== undefined ? Number(start) : undefined
    if (first !== undefined && first >= bytes.length) {
      response.writeHead(416, { ...headers, "content-range": `bytes */${bytes.length}` }).end()
      return
    }
    const body = bytes.subarray(first ?? 0)
    response.writeHead(first === undefined ? 200 : 206, {
      ...headers,
      ...(length && { "content-length": body.length }),
      ...(first !== undefined && { "content-range": `bytes ${first}-${bytes.length - 1}/${bytes.length}` }),
    })
    const sent = cut(count)
    if (sent === undefined) response.end(body)
    else response.write(body.subarray(0, sent), () => response.destroy())
  }
}
