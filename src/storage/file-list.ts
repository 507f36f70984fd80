import { TransferError } from "../errors.ts"
import { isJson } from "../http/json.ts"
import { maskUrl } from "../http/mask-url.ts"
import { type HttpReply, header } from "../http/reply.ts"
import { wholeBody } from "../http/whole-body.ts"
import { claimItemFolder } from "./claim-targets.ts"
import type { Manifest } from "./manifest/manifest.ts"
import { part, stemOf } from "./names.ts"

/** What some addresses give in place of a file: the addresses of the files that it consists of. */
export interface FileList {
  readonly urls: readonly string[]
}

// Some 30,000 signed addresses.
const maxBytes = 1 << 25

/**
 * The list of files in a reply that says to be JSON, which no media file is; undefined for all others, whose body is left
 * where it is. `path` is where the file was to stand.
 *
 * @throws TransferError (`transfer`), in the promise, for JSON that is not an object with `urls`, one http or https address
 * each and at least one.
 */
export function takeFileList(reply: HttpReply, path: string): Promise<FileList> | undefined {
  return isJson(header(reply.headers, "content-type") ?? "") ? readFileList(reply, path) : undefined
}

/**
 * The names of a list's files: the last parts of their addresses, in a folder named as the file that they stand for is
 * without its ending.
 *
 * @throws PathError (`path`) for an address that ends in no name.
 */
export function claimListed(
  urls: readonly string[],
  { name, owner }: { readonly name: string; readonly owner: string },
  manifest: Manifest,
): string[] {
  return manifest.together(() => {
    const folder = claimItemFolder(stemOf(name), `${owner} files`, manifest)
    return urls.map((url, index) => {
      const path = new URL(url).pathname
      return manifest.claim(
        `${folder}/${part(path.slice(path.lastIndexOf("/") + 1))}`,
        `${owner} file ${index}`,
      )
    })
  })
}

async function readFileList(reply: HttpReply, path: string): Promise<FileList> {
  const content = await wholeBody(reply, maxBytes)
  if (content === undefined) {
    throw new TransferError(path, `its address gave more than ${maxBytes} bytes of JSON`)
  }
  const urls = urlsOf(content)
  if (urls === undefined) {
    // An error that says to be none: what came wrong may come right.
    throw new TransferError(path, "its address gave JSON, neither a file nor a list of addresses", {
      passing: true,
    })
  }
  if (urls.length === 0) throw new TransferError(path, "its address gave an empty list of addresses")
  for (const url of urls) {
    if (!isWebAddress(url)) {
      throw new TransferError(
        path,
        `its address gave a list with ${JSON.stringify(shown(url))}, which is no address`,
      )
    }
  }
  return { urls: urls as string[] }
}

function urlsOf(content: Buffer): unknown[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(content.toString())
  } catch {
    return undefined
  }
  const urls = typeof value === "object" && value !== null && "urls" in value ? value.urls : undefined
  return Array.isArray(urls) ? urls : undefined
}

function isWebAddress(url: unknown): url is string {
  return typeof url === "string" && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

function shown(url: unknown): unknown {
  return typeof url === "string" ? maskUrl(url).slice(0, 200) : url
}
