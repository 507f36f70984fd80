import type { Http } from "../http/http.ts"
import { maskUrl } from "../http/mask-url.ts"
import type { Credentials } from "../http/request.ts"
import { type ZipEntry, type ZipLimits, zipEntries } from "../parse/zip.ts"
import { spoolRemainder } from "../storage/zip-file.ts"
import { type Context, type Source, source } from "../stream.ts"

/** A release's archive and how to reach it. */
export interface ReleaseArchive extends ZipLimits {
  readonly http: Http
  readonly url: string
  /** Named in errors and as the first part of the files' paths, such as `v1.zip`. */
  readonly name: string
  readonly credentials?: Credentials | undefined
  /** Asks for the release again and gives the archive's new address, when the links in use have run out. */
  readonly renew?: ((context: Context) => Promise<string | undefined>) | undefined
}

/**
 * The entries of a release's archive, read from the wire while it arrives: each is given as soon as its own bytes are
 * there, and a consumer that takes its time slows the transfer down to the socket. A connection that breaks goes on where
 * it stood where the server allows it.
 *
 * Where the archive's form does not allow to read it forwards, the rest goes through a temporary file; a `warning` event
 * says so.
 *
 * @throws ZipError (`zip`), NetworkError (`network`), HttpError (`http`): the archive is damaged, or did not come whole.
 *
 * @example
 * for await (const { name, bytes } of releaseEntries({ http, url, name: "v1.zip" })) console.log(name, bytes.length)
 */
export function releaseEntries(archive: ReleaseArchive): Source<ZipEntry> {
  const { http, url, name, credentials, renew } = archive
  return source(async function* (context) {
    const { length, body } = await http.stream(url, { credentials, context, renew })
    const bytes = countBytes(body, name, length, context)
    yield* zipEntries(bytes, name, archive, (stuck) => {
      const reason = `${stuck.entry}: ${stuck.reason}`
      context.onEvent?.({
        type: "warning",
        message: `${maskUrl(url)} cannot be read while it arrives (${reason}): it goes through a temporary file`,
      })
      return spoolRemainder(stuck, name, archive)
    })
  })
}

/** Whether an entry is an annotation file by its name: JSON, and not of the archive's own folders. */
export function isAnnotationEntry({ name }: ZipEntry): boolean {
  return name.toLowerCase().endsWith(".json") && !/(?:^|\/)(?:\.v7|__MACOSX)\//.test(name)
}

async function* countBytes(
  body: AsyncIterable<Buffer>,
  task: string,
  totalBytes: number | undefined,
  { onEvent }: Context,
): AsyncGenerator<Buffer, undefined, undefined> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    onEvent?.({ type: "progress", task, bytes, ...(totalBytes !== undefined && { totalBytes }) })
    yield chunk
  }
}
