import sax from "sax"
import { FormatError } from "../errors.ts"
import { noCharacter } from "./xml-write.ts"

/** What a reader meets in a document, in its order. Comments and processing instructions are left out. */
export type XmlEvent =
  | {
      readonly type: "open"
      readonly name: string
      /** In the order of the document, entities decoded; the object has no prototype. */
      readonly attributes: Readonly<Record<string, string>>
      /** The line of the document, from 1, on which the tag ends. */
      readonly line: number
    }
  /** Never empty; the text of one element may come in several pieces. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "close"; readonly name: string }

/** The limits of an XML document. */
export interface XmlLimits {
  /**
   * How deep elements may lie in one another.
   * @default 256
   */
  readonly maxDepth?: number
  /**
   * The most characters that one tag, text or comment may have: they are in memory at once.
   * @default 4194304
   */
  readonly maxTokenCharacters?: number
}

/** Reads the text of one document piece by piece. */
export interface XmlReader {
  /** What the next text completes. */
  push(text: string): XmlEvent[]
  /** Call it after the last text: a document that is not complete is an error. */
  end(): void
}

/** What of sax is not in its types: where it next counts what it gathers, and the markup declaration it is in. */
type SaxParser = sax.SAXParser & { bufferCheckPosition: number; readonly sgmlDecl: string }

/**
 * A reader on sax that also refuses what sax lets pass, and stops at the first error. It refuses every DOCTYPE, so no
 * entity but the five of XML exists: nothing can be expanded, nothing outside the document is read.
 *
 * The text has to have line feeds alone as line ends, as `createXmlDecoder` makes it.
 *
 * @throws {FormatError} `format`, with line and column, from `push` and `end`
 */
export function createXmlReader(file: string, limits: XmlLimits = {}): XmlReader {
  const { maxDepth = 256, maxTokenCharacters = 1 << 22 } = limits
  const parser = sax.parser(true, { strictEntities: true } as sax.SAXOptions) as SaxParser
  // sax counts what it gathers and fails on attributes above 64 KB; the limit on what is pending stands in its place.
  parser.bufferCheckPosition = Number.POSITIVE_INFINITY

  let events: XmlEvent[] = []
  /** The names of the elements that are open. */
  const open: string[] = []
  let sawRoot = false
  /** Text that is given to sax and not part of a finished token. It begins at `pendingFrom` of the document. */
  let pending = ""
  let pendingFrom = 0
  /** Where the last finished token ends in the document. */
  let finished = 0

  const refuse = (rule: string): FormatError =>
    new FormatError(file, `line ${parser.line + 1}, column ${Math.max(parser.column, 1)}`, rule)
  const raw = (from: number, to: number) => pending.slice(from - pendingFrom, to - pendingFrom)

  /** Ends a token that began at `from`: checks what stood before it, and gives its own text. */
  const finish = (from: number): string => {
    const before = raw(finished, from)
    if (open.length === 0) {
      // A DOCTYPE that is still open when an element begins shows only here.
      if (/<!doctype/i.test(before)) throw refuse("a DOCTYPE is not accepted")
      if (!isSpace(before)) throw refuse("text outside of the root element")
    } else {
      if (before.includes("]]>")) throw refuse('"]]>" in text')
      checkReferences(before)
    }
    finished = parser.position
    const token = raw(from, finished)
    if (/^<\/?[ \t\n]/.test(token)) throw refuse('white space after "<"')
    return token
  }
  const checkReferences = (text: string) => {
    if (!text.includes("&")) return
    const [wrong] = wrongReference.exec(text) ?? []
    if (wrong !== undefined)
      throw refuse(`${wrong} is no entity of XML, and a document cannot define any here`)
  }

  parser.onerror = (error) => {
    const [rule = ""] = error.message.split("\n")
    const said = rule.charAt(0).toLowerCase() + rule.slice(1).replace(/\.$/, "")
    throw refuse(said === "unexpected close tag" ? `${said}: ${open.at(-1)} is open` : said)
  }
  parser.onopentag = ({ name }) => {
    if (open.length === 0 && sawRoot) throw refuse("a second root element")
    const tag = finish(parser.startTagPosition - 1)
    sawRoot = true
    open.push(name)
    if (open.length > maxDepth) throw refuse(`deeper than ${maxDepth} elements`)
    checkReferences(tag)
    const attributes = readAttributes(tag, name.length + 1, refuse)
    events.push({ type: "open", name, attributes, line: parser.line + 1 })
  }
  parser.onclosetag = (name) => {
    // An element without content ends where its tag did.
    if (finished < parser.position) finish(parser.startTagPosition - 1)
    open.pop()
    events.push({ type: "close", name })
  }
  parser.ontext = (text) => {
    // Before sax tells of a token it tells of the text in front of it, and only around the root can that be space.
    if (open.length > 0) events.push({ type: "text", text })
  }
  parser.onopencdata = () => {
    if (open.length === 0) throw refuse("text outside of the root element")
    if (finish(parser.startTagPosition - 1) !== "<![CDATA[")
      throw refuse("a CDATA section begins with <![CDATA[")
  }
  parser.oncdata = (text) => {
    events.push({ type: "text", text })
  }
  parser.onclosecdata = () => {
    finished = parser.position
  }
  parser.oncomment = () => {
    finish(parser.startTagPosition - 1)
    // sax tells of a comment at its second hyphen.
    finished++
  }
  parser.onprocessinginstruction = ({ name, body }) => {
    const from = parser.startTagPosition - 1
    finish(from)
    if (name === "xml" && from === 0) {
      if (!xmlDeclaration.test(body)) throw refuse("the XML declaration is malformed")
    } else if (name.toLowerCase() === "xml") throw refuse("an XML declaration that is not at the start")
    else if (!instructionName.test(name)) throw refuse("a processing instruction without a name")
  }
  parser.ondoctype = () => {
    throw refuse("a DOCTYPE is not accepted")
  }
  parser.onsgmldeclaration = () => {
    throw refuse("a markup declaration is not accepted")
  }

  // What stands behind "<!" sax compares with "[CDATA[" again at each character: a long declaration would take it hours.
  const writeCarefully = (text: string) => {
    for (let at = 0; at < text.length; at += carefulCharacters) {
      parser.write(text.slice(at, at + carefulCharacters))
      if (parser.sgmlDecl.length > carefulCharacters) throw refuse("a markup declaration is not accepted")
    }
  }

  const push = (text: string): XmlEvent[] => {
    const wrong = text.search(noCharacter)
    if (wrong !== -1) {
      // The reader goes up to it, so that whatever is wrong before it comes first, and the place is right.
      if (wrong > 0) push(text.slice(0, wrong))
      const code = (text.codePointAt(wrong) ?? 0).toString(16).toUpperCase().padStart(4, "0")
      throw refuse(`U+${code} is no character of XML`)
    }
    const isSuspect = declaration.test(pending.slice(-2) + text) || parser.sgmlDecl !== ""
    pending = pending === "" ? text : pending + text
    try {
      if (isSuspect) writeCarefully(text)
      else parser.write(text)
    } catch (cause) {
      if (cause instanceof FormatError) throw cause
      // sax keeps attributes in an object with a prototype, and stumbles over those that are named like its methods.
      throw new FormatError(file, `line ${parser.line + 1}`, "the document cannot be read", { cause })
    }
    const ready = Math.min(finished, parser.position)
    pending = pending.slice(ready - pendingFrom)
    pendingFrom = ready
    if (pending.length > maxTokenCharacters)
      throw refuse(`a tag or text of more than ${maxTokenCharacters} characters`)
    const batch = events
    events = []
    return batch
  }

  return {
    push,
    end: () => {
      if (!sawRoot && isSpace(raw(finished, parser.position))) throw refuse("no root element")
      parser.close()
      if (!isSpace(pending.slice(finished - pendingFrom))) throw refuse("text outside of the root element")
    },
  }
}

/** A markup declaration that is no comment and no CDATA section, as far as it is there. */
const declaration = /<!(?!--|\[CDATA\[)/
const carefulCharacters = 64

// sax says nothing of comments without text. It also takes a byte order mark anywhere before the root for nothing.
function isSpace(text: string): boolean {
  return !/[^ \t\n]/.test(text.replaceAll("<!---->", ""))
}

const wrongReference = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)[^;\s<"']{0,40};?/
const instructionName = /^[\p{L}_:][\p{L}\p{N}_:.·-]*$/u
const xmlDeclaration =
  /^version\s*=\s*(["'])1\.[0-9]+\1(?:\s+encoding\s*=\s*(["'])[A-Za-z][\w.-]*\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\3)?\s*$/

/**
 * The attributes of a start tag that sax has found well-formed. They are read again because sax drops the second of two
 * equal ones, and does not tell white space from references to it, which section 3.3.3 of XML 1.0 treats differently.
 */
function readAttributes(
  tag: string,
  from: number,
  refuse: (rule: string) => FormatError,
): Readonly<Record<string, string>> {
  const attributes = Object.create(null) as Record<string, string>
  for (let equals = tag.indexOf("=", from), at = from; equals !== -1; equals = tag.indexOf("=", at)) {
    const name = tag.slice(at, equals).trim()
    let quote = equals + 1
    while (tag[quote] !== '"' && tag[quote] !== "'") quote++
    const end = tag.indexOf(tag[quote] as string, quote + 1)
    const value = tag.slice(quote + 1, end)
    if (name in attributes) throw refuse(`the attribute ${name} twice in one tag`)
    if (value.includes("<")) throw refuse(`"<" in the attribute ${name}`)
    attributes[name] = decodeValue(value, refuse)
    at = end + 1
  }
  return attributes
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

function decodeValue(value: string, refuse: (rule: string) => FormatError): string {
  const spaced = value.includes("\n") || value.includes("\t") ? value.replace(/[\n\t]/g, " ") : value
  if (!spaced.includes("&")) return spaced
  return spaced.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));/g, (reference, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? reference
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : "\0"
    if (noCharacter.test(character)) throw refuse(`${reference} is no character of XML`)
    return character
  })
}
