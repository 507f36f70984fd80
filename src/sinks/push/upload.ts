import { createHash, type Hash } from "node:crypto"
import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import type { Session } from "../../api/session.ts"
import { confirmUpload, signUpload } from "../../api/uploads.ts"
import { isError, NetworkError, TransferError } from "../../errors.ts"
import { type HttpReply, header } from "../../http/index.ts"
import type { OpenContext } from "../../stream.ts"
import type { PlannedSlot } from "./plan.ts"
import type { PushStage } from "./report.ts"

/** What became of one file. */
export type UploadOutcome =
  | { readonly state: "done"; readonly bytes: number }
  | { readonly state: "failed"; readonly stage: PushStage; readonly error: unknown }

/** Brings the bytes of one file to the service, from the asking for an address to the confirmation. */
export async function uploadSlot(
  session: Session,
  slot: PlannedSlot,
  uploadId: string,
  context: OpenContext,
): Promise<UploadOutcome> {
  let stage: PushStage = "sign"
  try {
    let address = await signUpload(session, uploadId, context)
    stage = "upload"
    const file = await openFile(slot)
    try {
      await put(session, address, file, context)
    } catch (error) {
      if (!isExpired(error)) throw error
      stage = "sign"
      address = await signUpload(session, uploadId, context)
      stage = "upload"
      await put(session, address, file, context)
    }
    await file.checkUnchanged()
    stage = "confirm"
    await confirmUpload(session, uploadId, context)
    return { state: "done", bytes: file.sizeBytes }
  } catch (error) {
    if (context.signal.aborted) throw error
    return { state: "failed", stage, error }
  }
}

/** What the bytes of an upload are read from, each time anew. */
interface OpenFile {
  readonly label: string
  readonly sizeBytes: number
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** @throws TransferError (`transfer`) when it is not the file any more that was opened. */
  checkUnchanged(): Promise<void>
}

const pieceBytes = 1 << 18

async function openFile({ slot, fileName }: PlannedSlot): Promise<OpenFile> {
  if (slot.path === undefined) {
    return {
      label: fileName,
      sizeBytes: slot.sizeBytes,
      read: slot.data,
      checkUnchanged: async () => {},
    }
  }
  const { path } = slot
  const { size, mtimeMs } = await stat(path)
  return {
    label: path,
    sizeBytes: size,
    read: () => createReadStream(path, { highWaterMark: pieceBytes }),
    checkUnchanged: async () => {
      const now = await stat(path)
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw changed(path)
    },
  }
}

async function put(session: Session, address: string, file: OpenFile, context: OpenContext): Promise<void> {
  const { label, sizeBytes } = file
  // Of the last try: what broke off, and what was sent.
  let failure: { readonly error: unknown } | undefined
  let hash: Hash | undefined
  const body = async function* () {
    const sent = createHash("sha256")
    hash = sent
    failure = undefined
    try {
      let bytes = 0
      for await (const piece of file.read()) {
        bytes += piece.length
        if (bytes > sizeBytes) break
        sent.update(piece)
        yield piece
      }
      if (bytes !== sizeBytes) throw wrongLength(file, bytes)
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  try {
    // Without the key: the address is a secret of its own, and its host may be anybody's.
    await session.http.exchange(
      address,
      async (reply) => {
        await reply.discard()
        checkDigest(reply, label, hash)
      },
      { method: "PUT", headers: { "content-length": String(sizeBytes) }, body, context },
    )
  } catch (error) {
    // What the file's own reading threw says more than that the connection ended with it.
    if (error instanceof NetworkError && failure !== undefined) throw failure.error
    // The service has the file already: another push was faster, or the answer to its confirmation was lost.
    if (isError(error, "http") && error.status === 409) return
    throw error
  }
}

/** Storage services say so of an address whose time is over: S3 and Azure by 403, Google by 400 with that code. */
function isExpired(error: unknown): boolean {
  if (!isError(error, "http")) return false
  return error.status === 403 || (error.status === 400 && /ExpiredToken/.test(String(error.body)))
}

/** S3 and what is like it tell the SHA-256 of what they hold, where they have it. */
function checkDigest(reply: HttpReply, label: string, hash: Hash | undefined): void {
  const told = header(reply.headers, "x-amz-checksum-sha256")
  if (told === undefined || hash === undefined) return
  const sent = hash.copy().digest("base64")
  if (told !== sent) {
    throw new TransferError(label, `arrived as other bytes: SHA-256 ${told} in place of ${sent}`)
  }
}

function changed(path: string): TransferError {
  return new TransferError(path, "was changed while it was sent")
}

function wrongLength({ label, sizeBytes }: OpenFile, bytes: number): TransferError {
  const gave = bytes > sizeBytes ? "more bytes" : `${bytes} bytes`
  return new TransferError(label, `was changed while it was sent: it gave ${gave} in place of ${sizeBytes}`)
}
