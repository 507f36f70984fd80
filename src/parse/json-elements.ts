import { parseJsonElement } from "./json.ts"
import { createJsonSplitter, type JsonElementsOptions, type RawJsonEvent } from "./json-splitter.ts"
import { toUtf8 } from "./utf8-stream.ts"

/**
 * What `jsonElements` gives for the members of a document's object, in the order of the document: an array is told when
 * it begins and then gives its elements one by one, any other value comes whole.
 */
export type JsonEvent =
  | { readonly type: "array"; readonly key: string }
  | { readonly type: "element"; readonly key: string; readonly index: number; readonly value: unknown }
  | { readonly type: "member"; readonly key: string; readonly value: unknown }

/**
 * Reads a JSON document of any size whose outermost value is an object, piece by piece: see JsonEvent.
 *
 * Events come in batches, one for each piece of input that completes something, because a stream costs more for each
 * item than a small element costs to parse. Memory holds one piece of input and the largest element, as long as the
 * consumer keeps no more. It is as strict as JSON.parse: elements are parsed by it, and what stands between them is
 * checked. Bytes may be UTF-8 or UTF-16, with or without a byte order mark; of equal keys each is told.
 *
 * @throws {FormatError} `format`, with the JSON path of the element; the elements before it in the same piece of input
 * are not given
 * @throws {OptionError} `option`, when a limit is not a positive whole number
 *
 * @example
 * const coco = [Buffer.from('{"images": [{"id": 1}, {"i'), Buffer.from('d": 2}]}')]
 * for await (const batch of jsonElements(coco, "coco.json")) {
 *   for (const event of batch) if (event.type === "element") console.log(event.key, event.index, event.value)
 * }
 */
export async function* jsonElements(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  options?: JsonElementsOptions,
): AsyncGenerator<readonly JsonEvent[], void, undefined> {
  for await (const batch of rawJsonElements(input, file, options)) {
    const events: JsonEvent[] = []
    for (const event of batch) {
      if (event.type === "array") events.push(event)
      else if (event.type === "member") {
        events.push({ type: "member", key: event.key, value: parseJsonElement(event.bytes, file, event.key) })
      } else {
        const { type, key, index } = event
        events.push({ type, key, index, value: parseJsonElement(event.bytes, file, `${key}[${index}]`) })
      }
    }
    yield events
  }
}

/**
 * The same without parsing the elements, for those who only move them: what stands inside an element is not checked.
 * The bytes may share memory with the input; they hold as long as the input's pieces do.
 *
 * @throws {FormatError} `format`
 * @throws {OptionError} `option`
 */
export async function* rawJsonElements(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  options?: JsonElementsOptions,
): AsyncGenerator<readonly RawJsonEvent[], void, undefined> {
  const splitter = createJsonSplitter(file, options)
  for await (const piece of toUtf8(input, file)) {
    const events = splitter.push(piece)
    if (events.length > 0) yield events
  }
  splitter.end()
}

/** An element of a document that is an array, with its bytes as in RawJsonEvent. */
export interface RawJsonElement {
  readonly index: number
  readonly bytes: Uint8Array
}

/**
 * The elements of a document of any size whose outermost value is an array, in batches, without parsing them: see
 * `rawJsonElements`.
 *
 * @throws {FormatError} `format`
 * @throws {OptionError} `option`
 *
 * @example
 * for await (const batch of rawArrayElements([Buffer.from('[{"a": 1}, 2]')], "list.json")) {
 *   for (const { index, bytes } of batch) console.log(parseJsonElement(bytes, "list.json", `[${index}]`))
 * }
 */
export async function* rawArrayElements(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  options?: JsonElementsOptions,
): AsyncGenerator<readonly RawJsonElement[], void, undefined> {
  const splitter = createJsonSplitter(file, options, "array")
  for await (const piece of toUtf8(input, file)) {
    // There are elements only: no other array begins, and no member stands outside of one.
    const events = splitter.push(piece) as Extract<RawJsonEvent, { type: "element" }>[]
    if (events.length > 0) yield events
  }
  splitter.end()
}
