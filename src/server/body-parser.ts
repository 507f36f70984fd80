import { promisify } from "node:util"
import { inflate } from "node:zlib"

import type { App } from "./context.ts"
import { ApiError } from "./errors.ts"

/** Beyond this a body is not read to its end any more. */
const MAX_DISCARDED_BYTES = 1024 * 1024 * 1024

const inflateAsync = promisify(inflate)

/**
 * Reads JSON bodies: empty ones count as `{}`, zlib streams are unpacked when their header says so. A body that is too
 * large is read to its end all the same and then answered with 413: clients that are still sending would take a closed
 * connection for a network failure, and not split their payload.
 */
export function parseJsonBodies(app: App, maxBytes: number): void {
  app.removeContentTypeParser("application/json")
  app.addContentTypeParser(
    "application/json",
    async (request: { headers: NodeJS.Dict<string | string[]> }, payload: AsyncIterable<Buffer>) => {
      const packed = await readBody(payload, maxBytes)
      const isPacked =
        request.headers["x-darwin-payload-compression-version"] !== undefined && packed.length > 0
      const bytes = isPacked ? await unpack(packed, maxBytes) : packed
      if (bytes.length === 0) return {}
      try {
        return JSON.parse(bytes.toString("utf8")) as unknown
      } catch (error) {
        throw new ApiError(400, { body: [`is not JSON: ${error instanceof Error ? error.message : ""}`] })
      }
    },
  )
  // Validation comes next, and a request without any body is the same as one with an empty object.
  app.addHook("preValidation", async (request) => {
    if (request.routeOptions.schema?.body !== undefined) request.body ??= {}
  })
}

async function readBody(payload: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of payload) {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
    if (size > MAX_DISCARDED_BYTES) break
  }
  if (size > maxBytes) throw tooLarge(maxBytes)
  return Buffer.concat(chunks)
}

async function unpack(packed: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await inflateAsync(packed, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes)
    throw new ApiError(400, { body: ["is not a zlib stream, which its header says it is"] })
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(413, { body: [`is larger than ${maxBytes} bytes`] })
}
