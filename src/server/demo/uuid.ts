import { createHash } from "node:crypto"

/** The namespace of the demo's identifiers. */
const namespace = Buffer.from("5d0f1c8e6b7a4f0e9c3124d7a86be035", "hex")

/** The version 5 UUID of a name: SHA-1 of namespace and name (RFC 9562, section 5.5). */
export function uuidOf(name: string): string {
  const bytes = createHash("sha1").update(namespace).update(name, "utf8").digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
