import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { header, type ReplyHeaders } from "./reply.ts"

/** A digest of a file that its server has sent along. */
export interface DeclaredDigest {
  readonly algorithm: DigestAlgorithm
  /** In hexadecimal. */
  readonly value: string
}

/** The digests that can be checked here. */
export type DigestAlgorithm = "sha256" | "sha512" | "sha1" | "md5" | "crc32" | "crc32c"

/** Works a digest out while the bytes go by. */
export interface Digester {
  update(bytes: Uint8Array): void
  /** In hexadecimal. To be called once, at the end. */
  digest(): string
}

const hexDigits: Readonly<Record<DigestAlgorithm, number>> = {
  sha256: 64,
  sha512: 128,
  sha1: 40,
  md5: 32,
  crc32: 8,
  crc32c: 8,
}
const algorithms = Object.keys(hexDigits) as DigestAlgorithm[]

/**
 * The digest of the whole file that an answer declares; the strongest where there are several, undefined where there is
 * none. For answers that hold the whole file: with a part of it some servers send the digest of the part.
 *
 * It is looked for in `Repr-Digest`, `Digest`, `x-amz-checksum-*`, `x-goog-hash` and `Content-MD5`. An ETag is taken for
 * an MD5 only where S3 says what makes it one: one part, and encrypted with keys of its own (`AES256`) if at all.
 */
export function declaredDigest(headers: ReplyHeaders): DeclaredDigest | undefined {
  const found = new Map<string, string>()
  const note = (algorithm: string, value: string) => {
    if (!found.has(algorithm)) found.set(algorithm, value)
  }
  // RFC 9530: `sha-256=:base64:`; the older RFC 3230: `SHA-256=base64`.
  for (const name of ["repr-digest", "digest"]) {
    for (const entry of entries(headers, name)) {
      const [, algorithm = "", value = ""] = /^\s*([\w-]+)=:?([A-Za-z0-9+/=]+):?\s*$/.exec(entry) ?? []
      note(plainName(algorithm), value)
    }
  }
  // With a dash and a number behind it, or of this type, it is a digest of the parts' digests.
  if (header(headers, "x-amz-checksum-type") !== "COMPOSITE") {
    for (const algorithm of ["sha256", "sha1", "crc32", "crc32c"]) {
      const value = header(headers, `x-amz-checksum-${algorithm}`)
      if (value !== undefined) note(algorithm, value)
    }
  }
  for (const entry of entries(headers, "x-goog-hash")) {
    const [, algorithm = "", value = ""] = /^\s*(md5|crc32c)=(\S+)\s*$/.exec(entry) ?? []
    note(algorithm, value)
  }
  const md5 = header(headers, "content-md5")
  if (md5 !== undefined) note("md5", md5)

  for (const algorithm of algorithms) {
    const value = toHex(found.get(algorithm), hexDigits[algorithm])
    if (value !== undefined) return { algorithm, value }
  }
  const etag = /^"([0-9a-f]{32})"$/.exec(header(headers, "etag") ?? "")?.[1]
  return etag !== undefined && isMd5OfS3(headers) ? { algorithm: "md5", value: etag } : undefined
}

function entries(headers: ReplyHeaders, name: string): string[] {
  const value = headers[name]
  return (typeof value === "string" ? [value] : (value ?? [])).flatMap((text) => text.split(","))
}

function plainName(algorithm: string): string {
  return algorithm.toLowerCase().replace(/^sha-/, "sha").replace(/^sha$/, "sha1")
}

function toHex(base64: string | undefined, digits: number): string | undefined {
  if (base64 === undefined) return undefined
  const hex = Buffer.from(base64, "base64").toString("hex")
  return hex.length === digits ? hex : undefined
}

function isMd5OfS3(headers: ReplyHeaders): boolean {
  return (
    header(headers, "server") === "AmazonS3" &&
    header(headers, "x-amz-server-side-encryption") === "AES256" &&
    header(headers, "x-amz-storage-class") !== "EXPRESS_ONEZONE"
  )
}

/** Begins a digest. */
export function createDigester(algorithm: DigestAlgorithm): Digester {
  if (algorithm === "crc32") return createSum((sum, bytes) => crc32(bytes, sum))
  if (algorithm === "crc32c") return createSum(crc32c)
  const hash = createHash(algorithm)
  return {
    update: (bytes) => {
      hash.update(bytes)
    },
    digest: () => hash.digest("hex"),
  }
}

function createSum(add: (sum: number, bytes: Uint8Array) => number): Digester {
  let sum = 0
  return {
    update: (bytes) => {
      sum = add(sum, bytes)
    },
    digest: () => sum.toString(16).padStart(8, "0"),
  }
}

let castagnoli: Uint32Array | undefined

function crc32c(sum: number, bytes: Uint8Array): number {
  castagnoli ??= makeTable(0x82f63b78)
  const table = castagnoli
  let crc = ~sum
  for (let at = 0; at < bytes.length; at++) {
    crc = (table[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  }
  return ~crc >>> 0
}

function makeTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
    return value
  })
}
