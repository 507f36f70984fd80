import { maskUrl } from "./mask-url.ts"

const mask = "***"

const address = /\bhttps?:\/\/[^\s"'<>]+/gi
// `Authorization` headers, and Darwin's keys wherever they stand: seven characters, a dot and at least 24 more.
const credentials = /\b(ApiKey|Bearer|Basic)\s+[\w.~+/=-]{8,}/gi
const apiKey = /(?<![\w.])[A-Za-z0-9_-]{7}\.[A-Za-z0-9_-]{24,}(?![\w.])/g

/**
 * A text as it may stand in a log: secrets in the addresses it holds are masked as by `maskUrl`, and so are API keys and what
 * an `Authorization` header says.
 *
 * @example
 * maskSecrets("GET https://host/a.zip?token=abc: 401") // "GET https://host/a.zip?token=***: 401"
 */
export function maskSecrets(text: string): string {
  return text
    .replace(address, (url) => maskUrl(url))
    .replace(credentials, `$1 ${mask}`)
    .replace(apiKey, mask)
}
