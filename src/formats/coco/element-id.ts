import { parseJsonElement } from "../../parse/json.ts"

const key = Buffer.from('"image_id"')
const backslash = 0x5c
const colon = 0x3a
const quote = 0x22

/**
 * The `image_id` of an annotation from its JSON, without parsing the rest where that is safe: the key stands there
 * once, and nothing is escaped, so that no other key can mean it. Where the annotation itself has none, that of an
 * object inside may be given: who parses it later has to look.
 *
 * @throws FormatError (`format`) for what is not JSON.
 */
export function imageIdOf(raw: Buffer, file: string, place: string): unknown {
  const at = raw.indexOf(key)
  if (at >= 0 && raw.indexOf(key, at + key.length) < 0 && raw.indexOf(backslash) < 0) {
    let from = at + key.length
    while (isSpace(raw[from])) from++
    if (raw[from] === colon) {
      from++
      while (isSpace(raw[from])) from++
      let number = 0
      let end = from
      for (; isDigit(raw[end]); end++) number = number * 10 + (raw[end] as number) - 48
      const isPlain = end > from && end - from < 16 && (raw[from] !== 48 || end === from + 1)
      if (isPlain && (raw[end] === 0x2c || raw[end] === 0x7d || isSpace(raw[end]))) return number
      if (raw[from] === quote) return raw.toString("utf8", from + 1, raw.indexOf(quote, from + 1))
    }
  }
  const element = parseJsonElement(raw, file, place)
  return typeof element === "object" && element !== null && "image_id" in element
    ? element.image_id
    : undefined
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}
