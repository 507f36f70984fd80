import { plainBody } from "./content-encoding.ts"
import type { HttpReply } from "./reply.ts"

/**
 * An answer's body in one piece, unpacked where it came packed; undefined where it is longer than `maxBytes`, of which no
 * more is read.
 */
export async function wholeBody(reply: HttpReply, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of plainBody(reply)) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}
