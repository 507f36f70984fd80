import { createHash } from "node:crypto"
import { TransferError } from "../errors.ts"
import type { Http, RequestOptions } from "../http/http.ts"
import { type HttpReply, header } from "../http/reply.ts"
import { createAtomicFile, writeFileAtomic } from "./atomic-file.ts"

/** What has been brought onto the disk. */
export interface FetchedFile {
  readonly bytes: number
  /** SHA-256 of the content, in hexadecimal. */
  readonly digest: string
}

// Up to here a file is gathered in memory and written in one go; what is larger flows to the disk piece by piece.
const smallBytes = 1 << 20

/** How a file is fetched. */
export interface FetchFileOptions<T> extends RequestOptions {
  /**
   * Looks at each reply before its body is read, and may take it: what its promise gives then comes in place of the file.
   * @default every reply is the file
   */
  readonly takeReply?: (reply: HttpReply) => Promise<T> | undefined
}

/**
 * Brings one file from its address to `path`, atomically: under that name stands what was there before, or the whole new
 * file. A transfer that breaks midway begins again, as often as `http` allows.
 *
 * @throws TransferError (`transfer`) when the length is not the one declared.
 * @throws NetworkError (`network`), HttpError (`http` and its kinds) as `http` does.
 *
 * @example
 * const { bytes, digest } = await fetchFile(http, "https://host/kerb.jpg", "images/kerb.jpg")
 */
export function fetchFile<T = never>(
  http: Http,
  url: string,
  path: string,
  options: FetchFileOptions<T> = {},
): Promise<FetchedFile | T> {
  return http.exchange<FetchedFile | T>(
    url,
    (reply) => {
      const taken = options.takeReply?.(reply)
      if (taken !== undefined) return taken
      const declared = header(reply.headers, "content-length")
      const length = declared === undefined ? undefined : Number(declared)
      const save = length !== undefined && length <= smallBytes ? saveSmall : saveLarge
      return save(reply, path, length)
    },
    options,
  )
}

async function saveSmall(reply: HttpReply, path: string, length: number | undefined): Promise<FetchedFile> {
  const content = await reply.bytes()
  checkLength(path, content.length, length)
  writeFileAtomic(path, content)
  return { bytes: content.length, digest: createHash("sha256").update(content).digest("hex") }
}

async function saveLarge(reply: HttpReply, path: string, length: number | undefined): Promise<FetchedFile> {
  const hash = createHash("sha256")
  const file = await createAtomicFile(path)
  try {
    for await (const chunk of reply.body) {
      hash.update(chunk)
      await file.write(chunk)
    }
    checkLength(path, file.bytes, length)
    await file.commit()
  } finally {
    await file.discard()
  }
  return { bytes: file.bytes, digest: hash.digest("hex") }
}

function checkLength(path: string, bytes: number, declared: number | undefined): void {
  if (declared === undefined || bytes === declared) return
  throw new TransferError(path, `${bytes} bytes came where ${declared} were declared`)
}
