import { createReadStream } from "node:fs"
import { open } from "node:fs/promises"
import { Readable } from "node:stream"

import type { FastifyReply, FastifyRequest } from "fastify"

import { ApiError, notFound } from "./errors.ts"

export interface SendFileOptions {
  readonly contentType: string
  /** A digest of the content, or anything else that names these very bytes. */
  readonly etag: string
  /** The name under which a browser saves it. */
  readonly fileName?: string
}

/** Sends a file with its exact length: whole, one range of it, or nothing if the client has it. Never compressed. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  options: SendFileOptions,
): Promise<FastifyReply> {
  const handle = await open(path, "r").catch(() => undefined)
  if (handle === undefined) throw notFound("the file")
  const etag = `"${options.etag}"`
  const size = (await handle.stat()).size
  reply.headers({ etag, "accept-ranges": "bytes", "cache-control": "private, no-cache" })
  if (matches(request.headers["if-none-match"], etag)) {
    await handle.close()
    return reply.code(304).send()
  }
  reply.type(options.contentType)
  if (options.fileName !== undefined) {
    reply.header(
      "content-disposition",
      `attachment; filename*=UTF-8''${encodeURIComponent(options.fileName)}`,
    )
  }
  const unchanged = request.headers["if-range"] === undefined || request.headers["if-range"] === etag
  const range = unchanged ? rangeOf(request.headers.range, size) : undefined
  if (range === "unsatisfiable") {
    await handle.close()
    reply
      .removeHeader("content-disposition")
      .type("application/json")
      .header("content-range", `bytes */${size}`)
    throw new ApiError(416, { range: [`the file has ${size} bytes`] })
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  if (range !== undefined) reply.code(206).header("content-range", `bytes ${start}-${end}/${size}`)
  reply.header("content-length", end - start + 1)
  if (request.method === "HEAD" || size === 0) {
    await handle.close()
    return reply.send(Readable.from([]))
  }
  return reply.send(createReadStream(path, { fd: handle, start, end }))
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag)
}

/** The one range that was asked for; several at once are answered with the whole file, as the standard allows. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "")
  if (match === null) return undefined
  const [, first = "", last = ""] = match
  if (first === "" && last === "") return undefined
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== "" && last !== "" && Number(last) < start) return undefined
  return start > end ? "unsatisfiable" : { start, end }
}
