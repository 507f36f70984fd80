import { createHash, hash as hashAtOnce } from "node:crypto"
import { TransferError } from "../errors.ts"
import { encodingOf, plainBody } from "../http/content-encoding.ts"
import { createDigester, type DeclaredDigest, declaredDigest } from "../http/declared-digest.ts"
import type { Http } from "../http/http.ts"
import { type HttpReply, header } from "../http/reply.ts"
import type { RequestOptions } from "../http/request.ts"
import { declaredLength, parseContentRange, strongValidator } from "../http/validators.ts"
import { createAtomicFile, writeFileAtomic } from "./atomic-file.ts"
import type { WholeFile } from "./check-file.ts"
import { diskError } from "./disk-error.ts"
import { errorPage } from "./error-page.ts"
import { gatheredBytes } from "./gathered-writes.ts"
import type { Part } from "./part.ts"
import type { Parts } from "./parts.ts"
import { smallBytes } from "./save-bytes.ts"

/** How a file is brought. */
export interface FetchFileOptions<T = never> extends Pick<RequestOptions, "credentials" | "context"> {
  /**
   * Where a large file waits that could not be brought to its end, and under which name: the next call goes on there. One that was
   * brought to its end is known to `parts.moved` until `parts.forget`.
   * @default nowhere: it begins again
   */
  readonly resume?: { readonly parts: Parts; readonly name: string; readonly source: string } | undefined
  /**
   * Waits until a small file, too, is on the disk itself and not only in the system's memory.
   * @default false
   */
  readonly durable?: boolean
  /**
   * Looks at each answer before its body is read, and may take it: what its promise gives then comes in place of the file.
   * @default every answer is the file
   */
  readonly takeReply?: (reply: HttpReply) => Promise<T> | undefined
  /** Told how many bytes are left for the next call, when the file could not be brought to its end. */
  readonly onKept?: (bytes: number) => void
}

/**
 * Brings one file from its address to `path`, atomically: under that name stands what was there before, or the whole new
 * file. Its length and, where the server gives one, its digest are compared first; a web page in the place of a file is
 * refused, and what comes packed though nobody asked for that is unpacked; a `.gz` that is said to come as gzip stays as it
 * comes.
 *
 * A transfer of more than 1 MiB that breaks goes on where it stood, as long as the server names the bytes by a strong
 * ETag or the time of their last change and still has the same ones. Others begin again. Both as often as `http` allows.
 *
 * @throws TransferError (`transfer`) when what came is not what was declared, or the disk does not take it.
 * @throws NetworkError (`network`), HttpError (`http` and its kinds) as `http` does.
 *
 * @example
 * const { bytes, digest } = await fetchFile(http, "https://host/kerb.jpg", "images/kerb.jpg")
 */
export async function fetchFile<T = never>(
  http: Http,
  url: string,
  path: string,
  options: FetchFileOptions<T> = {},
): Promise<WholeFile | T> {
  const { resume, durable = false, takeReply, onKept, ...request } = options
  let part = await resume?.parts.claim(resume.name, resume.source)

  const drop = async () => {
    await part?.discard()
    part = undefined
  }
  const append = async (reply: HttpReply, begun: Part, length: number | undefined): Promise<WholeFile> => {
    try {
      // With 416 there is nothing more to come.
      if (reply.status !== 416) {
        for await (const chunk of reply.body) {
          if (begun.bytes === 0) refusePage(path, reply, chunk)
          await begun.write(chunk)
        }
      }
    } catch (error) {
      // What stopped on its way is gone on with; what is wrong, or no longer ours, is not.
      if (begun.lost || error instanceof TransferError) await drop()
      throw error
    }
    // Kept as well: the next try asks for the rest.
    if (length !== undefined && begun.bytes < length) throw wrongLength(path, begun.bytes, length)
    const digest = begun.hash.digest("hex")
    try {
      checkLength(path, begun.bytes, length)
      await checkPart(path, begun, digest)
    } catch (error) {
      await drop()
      throw error
    }
    part = undefined
    await begun.moveTo(path, digest)
    return { bytes: begun.bytes, digest }
  }

  const save = async (reply: HttpReply): Promise<WholeFile | T> => {
    const { status, headers } = reply
    if (part !== undefined) {
      const rest = restOf(reply, path, part)
      if (rest !== undefined) return append(reply, part, rest.length)
      // The server has other bytes by now, or sends no ranges.
      await drop()
    }
    if (status === 206 || status === 416) {
      throw wrong(path, `${status} came with the range ${header(headers, "content-range") ?? "of nothing"}`)
    }
    const taken = takeReply?.(reply)
    if (taken !== undefined) return taken
    if (isPacked(reply, path)) return saveLarge(reply, path, undefined)
    const length = declaredLength(headers)
    if (length !== undefined && length <= smallBytes) return saveSmall(reply, path, length, durable)
    const validator = strongValidator(headers)
    if (resume === undefined || validator === undefined) return saveLarge(reply, path, length)
    const { parts, name, source } = resume
    refusePage(path, reply)
    part = await parts.create({ name, source, validator, length, digest: declaredDigest(headers) })
    return append(reply, part, length)
  }

  try {
    return await http.exchange(url, save, {
      ...request,
      headers: () => ({ "accept-encoding": "identity", ...(part !== undefined && rangeOf(part)) }),
      acceptStatus: [416],
      progress: () => Math.floor((part?.bytes ?? 0) / gatheredBytes),
    })
  } catch (error) {
    onKept?.(part?.bytes ?? 0)
    throw diskError(path, error)
  } finally {
    await part?.rest()
  }
}

/**
 * Whether the file is to be unpacked on its way. Not where it is a `.gz` itself: many servers of files tell that of it by
 * `Content-Encoding: gzip` (Apache with `AddEncoding x-gzip .gz`), and mean the bytes as they lie there.
 */
function isPacked(reply: HttpReply, path: string): boolean {
  const encoding = encodingOf(reply)
  const stored = /\.gz$/i.test(path) && (encoding === "gzip" || encoding === "x-gzip")
  return encoding !== undefined && !stored
}

function rangeOf({ bytes, origin }: Part): Record<string, string> {
  return { range: `bytes=${bytes}-`, "if-range": origin.validator }
}

/** Whether an answer holds what comes behind a part, and how long the whole is then. */
function restOf(
  reply: HttpReply,
  path: string,
  { bytes, origin }: Part,
): { readonly length: number | undefined } | undefined {
  const { status, headers } = reply
  const range = parseContentRange(header(headers, "content-range"))
  if ((status !== 206 && status !== 416) || range === undefined || isPacked(reply, path)) return undefined
  const { validator, length = range.total } = origin
  if (range.total !== undefined && range.total !== length) return undefined
  const etag = header(headers, "etag")
  if (etag !== undefined && validator.startsWith('"') && etag !== validator) return undefined
  // 416 says that there is nothing behind the part, so it is whole.
  const fits = status === 206 ? range.first === bytes : range.total === bytes
  return fits ? { length } : undefined
}

async function saveSmall(
  reply: HttpReply,
  path: string,
  length: number,
  durable: boolean,
): Promise<WholeFile> {
  const content = await reply.bytes()
  refusePage(path, reply, content)
  checkLength(path, content.length, length)
  const digest = hashAtOnce("sha256", content, "hex")
  const declared = declaredDigest(reply.headers)
  if (declared !== undefined) checkDigest(path, declared, digestOf(declared, content, digest))
  writeFileAtomic(path, content, { durable })
  return { bytes: content.length, digest }
}

async function saveLarge(reply: HttpReply, path: string, length: number | undefined): Promise<WholeFile> {
  const hash = createHash("sha256")
  // A digest is one of the packed bytes where they come packed; those have a check of their own.
  const packed = isPacked(reply, path)
  const declared = packed ? undefined : declaredDigest(reply.headers)
  const second =
    declared === undefined || declared.algorithm === "sha256" ? undefined : createDigester(declared.algorithm)
  refusePage(path, reply)
  const file = await createAtomicFile(path, { durable: true })
  try {
    for await (const chunk of packed ? plainBody(reply) : reply.body) {
      if (file.bytes === 0) refusePage(path, reply, chunk)
      hash.update(chunk)
      second?.update(chunk)
      await file.write(chunk)
    }
    checkLength(path, file.bytes, length)
    const digest = hash.digest("hex")
    if (declared !== undefined) checkDigest(path, declared, second?.digest() ?? digest)
    await file.commit()
    return { bytes: file.bytes, digest }
  } finally {
    await file.discard()
  }
}

function digestOf({ algorithm }: DeclaredDigest, content: Buffer, sha256: string): string {
  if (algorithm === "sha256") return sha256
  const digester = createDigester(algorithm)
  digester.update(content)
  return digester.digest()
}

// A digest other than our own is worked out at the end, over the disk: a part may have been begun by a process before
// this one, and there are few such servers.
async function checkPart(path: string, part: Part, sha256: string): Promise<void> {
  const declared = part.origin.digest
  if (declared === undefined) return
  if (declared.algorithm === "sha256") return checkDigest(path, declared, sha256)
  const digester = createDigester(declared.algorithm)
  for await (const chunk of part.content()) digester.update(chunk)
  checkDigest(path, declared, digester.digest())
}

function checkDigest(path: string, { algorithm, value }: DeclaredDigest, found: string): void {
  if (found !== value) throw wrong(path, `its ${algorithm} is ${found} where ${value} was declared`)
}

function checkLength(path: string, bytes: number, declared: number | undefined): void {
  if (declared !== undefined && bytes !== declared) throw wrongLength(path, bytes, declared)
}

function wrongLength(path: string, bytes: number, declared: number): TransferError {
  return wrong(path, `${bytes} bytes came where ${declared} were declared`)
}

function refusePage(path: string, reply: HttpReply, beginning?: Buffer): void {
  const page = errorPage(header(reply.headers, "content-type"), beginning)
  if (page !== undefined) throw wrong(path, `${page} came in place of the file`)
}

// What came wrong may come right.
function wrong(path: string, rule: string): TransferError {
  return new TransferError(path, rule, { passing: true })
}
