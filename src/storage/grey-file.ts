import { createHash } from "node:crypto"
import { isError, TransferError } from "../errors.ts"
import type { HttpReply } from "../http/reply.ts"
import { wholeBody } from "../http/whole-body.ts"
import { greyOfPacked } from "../parse/packed-grey.ts"
import type { WholeFile } from "./check-file.ts"
import { saveBytes } from "./save-bytes.ts"

// No picture that is read has more: three bytes a pixel, in the worst case a little more than without compression.
const maxBytes = 1 << 28

/**
 * Writes the picture that an answer holds, 16-bit grey packed into two colours, as 8-bit grey to `path`, atomically.
 *
 * @throws TransferError (`transfer`) for what is no such picture.
 */
export async function saveGreyFile(
  reply: HttpReply,
  path: string,
  options: { readonly durable: boolean },
): Promise<WholeFile> {
  const packed = await wholeBody(reply, maxBytes)
  if (packed === undefined) throw new TransferError(path, `more than ${maxBytes} bytes came for one frame`)
  const content = greyOf(packed, path)
  await saveBytes(path, content, options)
  return { bytes: content.length, digest: createHash("sha256").update(content).digest("hex") }
}

function greyOf(packed: Buffer, path: string): Buffer {
  try {
    return greyOfPacked(packed, path)
  } catch (error) {
    // What came wrong may come right.
    if (isError(error, "format")) throw new TransferError(path, error.rule, { passing: true, cause: error })
    throw error
  }
}
