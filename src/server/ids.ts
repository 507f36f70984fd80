import { randomBytes, randomInt, timingSafeEqual } from "node:crypto"

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

let lastMs = 0
let counter = 0

/**
 * A new UUID of version 7 (RFC 9562): ids sort by the time they were made. Within a millisecond a 12-bit counter keeps
 * the order; when it is used up, the clock of the ids runs ahead.
 */
export function newId(): string {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs += 1
    counter = 0
  }
  const bytes = randomBytes(16)
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  const hex = bytes.toString("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

/** A new API key: 7 letters or digits, a dot, 32 characters of base64url. Clients check this form. */
export function newApiKey(): string {
  let prefix = ""
  for (let index = 0; index < 7; index += 1) prefix += LETTERS[randomInt(LETTERS.length)]
  return `${prefix}.${randomBytes(24).toString("base64url")}`
}

/** A new secret to put in an address. */
export function newToken(): string {
  return randomBytes(24).toString("base64url")
}

/** Whether a token from outside is the expected one, in a time that does not tell how much of it was right. */
export function sameToken(given: string | undefined, expected: string | null): boolean {
  if (given === undefined || expected === null) return false
  const left = Buffer.from(given)
  const right = Buffer.from(expected)
  return left.length === right.length && timingSafeEqual(left, right)
}
