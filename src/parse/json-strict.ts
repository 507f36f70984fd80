import { getManyValues, isMany, none } from "stream-chain/defs.js"
import { Assembler } from "stream-json/core/assembler.js"
import { jsonParser, type Token } from "stream-json/core/parser.js"
import { FormatError } from "../errors.ts"
import type { JsonEvent } from "./json-elements.ts"
import { type JsonElementsOptions, jsonElementsLimits } from "./json-splitter.ts"
import { createTextDecoder } from "./text.ts"
import { toUtf8 } from "./utf8-stream.ts"

/**
 * The same as `jsonElements`, token by token through stream-json: three to four times slower, and with no code of its
 * own that looks at bytes. It is for whoever trusts a second reader more, and what the first one is tested against.
 *
 * `maxElementBytes` holds to within one piece of input here, and so does the place of a syntax error.
 *
 * @throws {FormatError} `format`, with the JSON path of the element
 * @throws {OptionError} `option`, when a limit is not a positive whole number
 *
 * @example
 * const coco = [Buffer.from('{"images": [{"id": 1}, {"i'), Buffer.from('d": 2}]}')]
 * for await (const batch of strictJsonElements(coco, "coco.json")) {
 *   for (const event of batch) if (event.type === "element") console.log(event.key, event.index, event.value)
 * }
 */
export async function* strictJsonElements(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  options?: JsonElementsOptions,
): AsyncGenerator<readonly JsonEvent[], void, undefined> {
  const { maxElementBytes } = jsonElementsLimits(options)
  const tokenize = jsonParser({ streamValues: false })
  const members = createMembers(file, options)
  let bytesSinceEvent = 0

  const read = (text: string | typeof none): readonly Token[] => {
    try {
      // The end of input is said by this value, which the declared type leaves out.
      const tokens = tokenize(text as string)
      return isMany(tokens) ? (getManyValues(tokens) as Token[]) : []
    } catch (cause) {
      if (!members.begun() && text === none) throw new FormatError(file, "", "the file is empty", { cause })
      // Of a piece that breaks the rules no tokens come, so only what came before it can be named.
      const known = members.place()
      throw new FormatError(file, known && `${known} or after`, (cause as Error).message, { cause })
    }
  }

  const decoder = createTextDecoder("utf-8", file, 0)
  for await (const piece of toUtf8(input, file)) {
    const events = members.push(read(decoder.decode(piece)))
    bytesSinceEvent = events.length > 0 ? 0 : bytesSinceEvent + piece.length
    if (bytesSinceEvent > maxElementBytes) {
      throw new FormatError(file, members.place(), `larger than ${maxElementBytes} bytes`)
    }
    if (events.length > 0) yield events
  }
  decoder.end()
  const events = members.push(read(none))
  if (events.length > 0) yield events
}

interface Members {
  push(tokens: readonly Token[]): JsonEvent[]
  place(): string
  begun(): boolean
}

/** Makes events of the tokens of a document whose outermost value is an object. */
function createMembers(file: string, options: JsonElementsOptions | undefined): Members {
  const { maxDepth } = jsonElementsLimits(options)
  let begun = false
  let key = ""
  /** The next element, inside an array. */
  let index: number | undefined
  /** Builds a value that has begun and not ended. */
  let building: Assembler | undefined

  const place = () => (index === undefined ? key : `${key}[${index}]`)
  const event = (value: unknown): JsonEvent =>
    index === undefined ? { type: "member", key, value } : { type: "element", key, index: index++, value }

  return {
    place,
    begun: () => begun,
    push: (tokens) => {
      const events: JsonEvent[] = []
      for (const token of tokens) {
        if (building !== undefined) {
          building.consume(token)
          if (building.depth > maxDepth)
            throw new FormatError(file, place(), `deeper than ${maxDepth} levels`)
          if (!building.done) continue
          events.push(event(building.current))
          building = undefined
        } else if (!begun) {
          if (token.name !== "startObject") throw new FormatError(file, "", "expected an object")
          begun = true
        } else if (token.name === "keyValue") key = token.value
        else if (token.name === "endArray") index = undefined
        else if (token.name === "startArray" && index === undefined) {
          index = 0
          events.push({ type: "array", key })
        } else if (token.name === "startObject" || token.name === "startArray") {
          building = new Assembler()
          building.consume(token)
        } else if ("value" in token) {
          events.push(event(token.name === "numberValue" ? Number(token.value) : token.value))
        }
      }
      return events
    },
  }
}
