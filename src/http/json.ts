import { type Exchange, ProtocolError } from "../errors.ts"
import { type HttpReply, header } from "./reply.ts"

const excerptCharacters = 60

/**
 * The JSON of an answer; undefined when it has no body by its status (204, 205).
 *
 * @throws ProtocolError (`protocol`) naming what came instead.
 */
export async function readJson(
  reply: HttpReply,
  exchange: () => Exchange,
  conceal: (text: string) => string,
): Promise<unknown> {
  if (reply.status === 204 || reply.status === 205) {
    await reply.discard()
    return undefined
  }
  const type = header(reply.headers, "content-type")
  const encoding = header(reply.headers, "content-encoding")
  const text = await reply.text()
  if (encoding !== undefined && encoding !== "identity") {
    throw new ProtocolError(exchange(), `the answer is encoded as ${encoding}, which was not asked for`)
  }
  // An answer that does not name its type is judged by its content.
  if (type === undefined || isJson(type)) {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new ProtocolError(exchange(), `the answer is not JSON but ${excerpt(conceal(text))}`, { cause })
    }
  }
  throw new ProtocolError(exchange(), `the answer is not JSON but ${type}: ${excerpt(conceal(text))}`)
}

/** Whether a content type says JSON: `application/json`, or any with the suffix `+json`. */
export function isJson(contentType: string): boolean {
  return /^\s*[^;\s]*[/+]json\s*(;|$)/i.test(contentType)
}

function excerpt(text: string): string {
  if (text === "") return "empty"
  return JSON.stringify(text.length > excerptCharacters ? `${text.slice(0, excerptCharacters)}…` : text)
}
