import { pipeline as pump, type Transform } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"
import { ProtocolError } from "../errors.ts"
import { maskUrl } from "./mask-url.ts"
import { type HttpReply, header } from "./reply.ts"

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** The encoding that an answer's body came in although none was asked for; undefined where it came plain. */
export function encodingOf({ headers }: HttpReply): string | undefined {
  const encoding = header(headers, "content-encoding")?.trim().toLowerCase()
  return encoding === undefined || encoding === "" || encoding === "identity" ? undefined : encoding
}

/**
 * An answer's body as it is meant: unpacked where it came packed.
 *
 * @throws ProtocolError (`protocol`) for an encoding that is not known here, and where the packed body is damaged.
 */
export function plainBody(reply: HttpReply): AsyncIterable<Buffer> {
  const encoding = encodingOf(reply)
  return encoding === undefined ? reply.body : unpacked(reply, encoding)
}

async function* unpacked(reply: HttpReply, encoding: string): AsyncGenerator<Buffer, undefined, undefined> {
  const refuse = (rule: string, options?: ErrorOptions) =>
    new ProtocolError({ method: "GET", url: maskUrl(reply.url), attempts: reply.attempts }, rule, options)
  const decoder = decoders[encoding]?.()
  if (decoder === undefined) {
    throw refuse(`the answer is encoded as ${encoding}, which was not asked for and is not known here`)
  }
  // An error of the connection must come through as it is.
  let broken: { readonly error: unknown } | undefined
  const packed = async function* () {
    try {
      yield* reply.body
    } catch (error) {
      broken = { error }
      throw error
    }
  }
  pump(packed, decoder, () => {})
  try {
    yield* decoder as AsyncIterable<Buffer>
  } catch (cause) {
    if (broken !== undefined) throw broken.error
    throw refuse(`the answer is encoded as ${encoding}, and damaged`, { cause })
  } finally {
    decoder.destroy()
  }
}
