import { HttpError, ProtocolError } from "../errors.ts"
import type { Context } from "../stream.ts"
import { encodingOf, plainBody } from "./content-encoding.ts"
import { maskUrl } from "./mask-url.ts"
import { header } from "./reply.ts"
import type { RequestOptions } from "./request.ts"
import type { Answer } from "./send.ts"
import { declaredLength, parseContentRange, strongValidator } from "./validators.ts"

/** How a body is read that goes on where it broke. */
export interface StreamOptions extends Pick<RequestOptions, "credentials" | "context"> {
  /**
   * Gives a new address of the same bytes when the one in use is refused with 401 or 403, as links with a date are;
   * undefined where there is none. Not asked again before the new one has brought something.
   */
  readonly renew?: ((context: Context) => Promise<string | undefined>) | undefined
}

/** A body that comes, from as many answers as it takes. */
export interface HttpStream {
  /** How long it is; undefined where the server does not say. */
  readonly length: number | undefined
  /** To be read once. What comes packed though nobody asked for it is unpacked. */
  readonly body: AsyncIterable<Buffer>
}

/** What a stream needs of its client. */
export interface StreamTries {
  readonly attempt: (url: URL, headers: Record<string, string>, attempts: number) => Promise<Answer>
  readonly createTries: (url: () => URL, request: RequestOptions) => (error: unknown) => Promise<void>
}

/** Whether a link was refused as one is that has run out: 401, 403, and what S3 says of a session that has ended. */
export function isExpired(error: unknown): error is HttpError {
  if (!(error instanceof HttpError)) return false
  const { status, body } = error
  return status === 401 || status === 403 || (status === 400 && /\bExpiredToken\b/.test(String(body)))
}

/** Opens a stream. Rejects as a request does. */
export async function openStream(
  first: URL,
  { credentials, context = {}, renew }: StreamOptions,
  { attempt, createTries }: StreamTries,
): Promise<HttpStream> {
  let url = first
  let bytes = 0
  let attempts = 0
  let renewedAt = -1
  const failed = createTries(() => url, { credentials, context, progress: () => bytes })

  const open = async (headers: Record<string, string>): Promise<Answer> => {
    for (;;) {
      context.signal?.throwIfAborted()
      try {
        return await attempt(url, { "accept-encoding": "identity", ...headers }, ++attempts)
      } catch (error) {
        const fresh = isExpired(error) && renewedAt < bytes ? await renew?.(context) : undefined
        if (fresh === undefined || fresh === url.href || !URL.canParse(fresh)) await failed(error)
        else {
          url = new URL(fresh)
          renewedAt = bytes
        }
      }
    }
  }
  const changed = (rule: string) =>
    new ProtocolError({ method: "GET", url: maskUrl(url), attempts }, `${rule} where it broke off`)

  let answer = await open({})
  const packed = encodingOf(answer) !== undefined
  const validator = packed ? undefined : strongValidator(answer.headers)
  const length = packed ? undefined : declaredLength(answer.headers)

  async function* body(): AsyncGenerator<Buffer, undefined, undefined> {
    for (;;) {
      try {
        for await (const chunk of plainBody(answer)) {
          bytes += chunk.length
          yield chunk
        }
        return
      } catch (error) {
        if (validator === undefined) throw error
        await failed(error)
      }
      answer = await open({ range: `bytes=${bytes}-`, "if-range": validator })
      const range = parseContentRange(header(answer.headers, "content-range"))
      const etag = header(answer.headers, "etag")
      const other = etag !== undefined && validator.startsWith('"') && etag !== validator
      if (answer.status !== 206 || other || range?.first !== bytes || encodingOf(answer) !== undefined) {
        answer.stop()
        throw changed("it cannot be gone on with")
      }
    }
  }
  return { length, body: body() }
}
