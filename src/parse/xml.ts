import { FormatError } from "../errors.ts"
import { createXmlReader, type XmlEvent, type XmlLimits } from "./xml-reader.ts"
import { createXmlDecoder } from "./xml-text.ts"

/**
 * Reads an XML document of any size event by event, in batches: one for each piece of input that completes something.
 *
 * Bytes may be UTF-8 or UTF-16, with or without a byte order mark, or ISO-8859-1 where the document says so. A document
 * with a DOCTYPE is refused, and so is whatever is not well-formed, at the first place where it is not. Memory holds one
 * piece of input and the longest tag or text.
 *
 * @throws {FormatError} `format`, with line and column (both from 1) or the byte that is no text
 *
 * @example
 * for await (const batch of xmlEvents([Buffer.from('<a b="1">text</a>')], "a.xml")) {
 *   for (const event of batch) if (event.type === "open") console.log(event.name, event.attributes.b)
 * }
 */
export async function* xmlEvents(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  limits?: XmlLimits,
): AsyncGenerator<readonly XmlEvent[], void, undefined> {
  const decoder = createXmlDecoder(file)
  const reader = createXmlReader(file, limits)
  for await (const bytes of input) {
    const events = reader.push(decoder.decode(bytes))
    if (events.length > 0) yield events
  }
  const events = reader.push(decoder.end())
  if (events.length > 0) yield events
  reader.end()
}

/** An element with all that is in it. */
export interface XmlElement {
  readonly name: string
  /** In the order of the document; the object has no prototype. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** The element's own text, without that of its children. */
  readonly text: string
  /** The line of the document, from 1, on which its start tag ends. */
  readonly line: number
}

/** The limits of a document that is read as a whole. */
export interface ParseXmlOptions extends XmlLimits {
  /**
   * The most bytes the document may have; its elements take some twenty times as much memory.
   * @default 67108864
   */
  readonly maxBytes?: number
}

/**
 * The root element of a small XML document. See `xmlEvents` for what is read and what is refused.
 *
 * @throws {FormatError} `format`, with line and column (both from 1) or the byte that is no text
 *
 * @example
 * const root = parseXml(Buffer.from("<a><b>1</b></a>"), "a.xml")
 * root.children[0]?.text // "1"
 */
export function parseXml(bytes: Uint8Array, file: string, options: ParseXmlOptions = {}): XmlElement {
  const { maxBytes = 1 << 26 } = options
  if (bytes.length > maxBytes) throw new FormatError(file, "", `larger than ${maxBytes} bytes`)
  const decoder = createXmlDecoder(file)
  const reader = createXmlReader(file, options)
  const events = reader.push(decoder.decode(bytes) + decoder.end())
  reader.end()

  const tree = createTree()
  let root: XmlElement | undefined
  for (const event of events) root = tree.add(event) ?? root
  // The reader has seen to it that there is one.
  return root as XmlElement
}

/**
 * The children of a document's root, one after another with all that is in them, for documents of any size that are lists;
 * the root itself comes first, without them. Memory holds one child and what `xmlEvents` holds.
 *
 * @throws {FormatError} `format`, as `xmlEvents` does
 *
 * @example
 * for await (const { name, attributes } of xmlChildren(createReadStream("output.xml"), "output.xml")) show(name)
 */
export async function* xmlChildren(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  limits?: XmlLimits,
): AsyncGenerator<XmlElement, void, undefined> {
  let tree: Tree | undefined
  for await (const events of xmlEvents(input, file, limits)) {
    for (const event of events) {
      if (tree !== undefined) {
        // The end of the root finds nothing open.
        const child = tree.isOpen || event.type === "open" ? tree.add(event) : undefined
        if (child !== undefined) yield child
      } else if (event.type === "open") {
        tree = createTree()
        const { name, attributes, line } = event
        yield { name, attributes, children: [], text: "", line }
      }
    }
  }
}

/** Puts events together to elements. */
interface Tree {
  readonly isOpen: boolean
  /** Gives the outermost element at its end. */
  add(event: XmlEvent): XmlElement | undefined
}

function createTree(): Tree {
  const open: {
    name: string
    children: XmlElement[]
    text: string
    line: number
    attributes: XmlElement["attributes"]
  }[] = []
  return {
    get isOpen() {
      return open.length > 0
    },
    add: (event) => {
      const parent = open.at(-1)
      if (event.type === "open") {
        const { name, attributes, line } = event
        const element = { name, attributes, children: [], text: "", line }
        parent?.children.push(element)
        open.push(element)
      } else if (event.type === "text") {
        if (parent !== undefined) parent.text += event.text
      } else if (open.length === 1) return open.pop()
      else open.pop()
      return undefined
    },
  }
}
