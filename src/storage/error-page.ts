const pageTypes = /^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i

// With or without a byte order mark; S3 and the like tell their errors in XML.
const pageBeginning =
  /^(?:\xef\xbb\xbf)?\s*(?:<!--[^>]*-->\s*)?(?:<!doctype\s+html|<html[\s>]|(?:<\?xml[^>]*\?>\s*)?<error>)/i

const lookedAt = 512

/**
 * What an answer is that ought to be a media file, where it is a page for people to read instead, as proxies and sign-in
 * walls send it with the status 200; undefined where it may be the file. `beginning` is the first piece of the body.
 */
export function errorPage(contentType: string | undefined, beginning?: Buffer): string | undefined {
  if (contentType !== undefined && pageTypes.test(contentType)) return "a web page"
  // No media file begins with it, whatever its type is said to be; the first byte tells nearly all apart.
  if (beginning === undefined || !mayBegin(beginning[0])) return undefined
  return pageBeginning.test(beginning.subarray(0, lookedAt).toString("latin1"))
    ? "a web page or an error in XML"
    : undefined
}

function mayBegin(byte: number | undefined): boolean {
  return (
    byte === 0x3c || byte === 0xef || byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
  )
}
