import { type CST, LineCounter, Parser, parseDocument } from "yaml"
import { FormatError } from "../../errors.ts"
import { decodeText } from "../../parse/text.ts"

/** The names of classes by their numbers. */
export interface ClassNames {
  of(number: number): string | undefined
  /** Where they come from, for messages. */
  readonly origin: string
}

/** A file that holds names of classes. */
export interface NamesFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Names given by the caller. */
export function givenNames(names: readonly string[]): ClassNames {
  return { of: (number) => names[number]?.trim(), origin: `the option classes has ${names.length}` }
}

/** What there is where no names are found. */
export const noNames: ClassNames = {
  of: () => undefined,
  origin: "there is no data.yaml, darknet.labels, obj.names or classes.txt, and no option classes",
}

/**
 * The names in a file: a list or map `names` in YAML, else one name a line.
 *
 * @throws FormatError (`format`) for a file that holds none, or that is of a dataset with keypoints.
 */
export function namesIn({ path, bytes }: NamesFile): ClassNames {
  const text = decodeText(bytes, path)
  const names = /\.ya?ml$/i.test(path) ? namesInYaml(text, path) : namesInLines(text)
  return { of: (number) => names.get(number), origin: `${path} has ${names.size}` }
}

function namesInLines(text: string): Map<number, string> {
  const names = new Map<number, string>()
  // An empty line has a number, too.
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    const name = line.trim()
    if (name !== "") names.set(number, name)
  }
  return names
}

function namesInYaml(text: string, path: string): Map<number, string> {
  const document = yamlOf(text, path)
  if (!(document instanceof Map)) throw new FormatError(path, "", "expected a map")
  if (document.has("kpt_shape")) {
    throw new FormatError(path, "kpt_shape", "labels with keypoints are not read")
  }
  const listed: unknown = document.get("names")
  const entries: Iterable<[unknown, unknown]> | undefined =
    listed instanceof Map ? listed.entries() : Array.isArray(listed) ? listed.entries() : undefined
  if (entries === undefined) throw new FormatError(path, "names", "expected a list or map of class names")
  const names = new Map<number, string>()
  for (const [key, value] of entries) {
    const number = typeof key === "string" && /^\d+$/.test(key) ? Number(key) : key
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) {
      throw new FormatError(path, `names[${JSON.stringify(key)}]`, "expected a whole number from 0 on as key")
    }
    const name = typeof value === "object" ? "" : String(value).trim()
    if (name === "") throw new FormatError(path, `names[${number}]`, "expected a name")
    names.set(number, name)
  }
  return names
}

function yamlOf(text: string, path: string): unknown {
  checkDepth(text, path)
  const lines = new LineCounter()
  let fault: { readonly message: string; readonly at: number } | undefined
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" })
    const [error] = document.errors
    if (error === undefined) return document.toJS({ mapAsMap: true, maxAliasCount: 100 })
    fault = { message: error.message, at: error.pos[0] }
  } catch (error) {
    // Thrown for aliases that lead nowhere or explode.
    const message = error instanceof Error ? error.message : String(error)
    throw new FormatError(path, "", `this is no YAML that can be read: ${message}`, { cause: error })
  }
  throw new FormatError(path, `line ${lines.linePos(fault.at).line}`, `this is not YAML: ${fault.message}`)
}

const maxDepth = 100

// Documents are made by recursion: values that stand very deep in one another would end the process.
function checkDepth(text: string, path: string): void {
  let tokens: CST.Token[] = [...new Parser().parse(text)]
  for (let depth = 0; tokens.length > 0; depth++) {
    if (depth > maxDepth) throw new FormatError(path, "", "its values stand too deep in one another")
    const inner: CST.Token[] = []
    for (const token of tokens) {
      if (token.type === "document" && token.value !== undefined) inner.push(token.value)
      if (!("items" in token)) continue
      for (const { key, value } of token.items) {
        if (key) inner.push(key)
        if (value) inner.push(value)
      }
    }
    tokens = inner
  }
}
