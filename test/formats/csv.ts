import { readFileSync } from "node:fs"
import { parse } from "csv-parse/sync"
import type { RunEvent } from "../../src/events.ts"
import { darwin } from "../../src/formats/darwin/index.ts"
import type { Format, ReadOptions, WriteSummary } from "../../src/formats/format.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { inContext } from "../../src/stream.ts"
import { exportCase, filesBelow } from "./golden.ts"

// What the tests of both formats of CSV tags share.

export interface Outcome<T> {
  readonly result: T
  readonly events: readonly RunEvent[]
}

export async function readAll(
  { read }: Format,
  paths: string | readonly string[],
  options?: ReadOptions,
): Promise<Outcome<AnnotationFile[]>> {
  const events: RunEvent[] = []
  const result: AnnotationFile[] = []
  if (read === undefined) throw new Error("a format that is not read")
  const context = { onEvent: (event: RunEvent) => events.push(event) }
  for await (const file of inContext(read(paths, options), context)) result.push(file)
  return { result, events }
}

export async function writeAll(
  { write }: Format,
  directory: string,
  files: Iterable<AnnotationFile> | AsyncIterable<AnnotationFile>,
  options?: object,
): Promise<Outcome<WriteSummary>> {
  const events: RunEvent[] = []
  const input = (async function* () {
    yield* files
  })()
  if (write === undefined) throw new Error("a format that is not written")
  const result = await write(directory, options as never)(input, { onEvent: (event) => events.push(event) })
  return { result, events }
}

/** Writes an export case; what is damaged in it is left out. */
export async function writeCase(
  format: Format,
  name: string,
  directory: string,
): Promise<Outcome<WriteSummary>> {
  return writeAll(format, directory, darwin.read(exportCase(name, "input"), { onInvalid: "skip" }))
}

/**
 * The rows of a file as darwin-py's readers have them: cells of the plain dialect of Python's csv module, white space
 * around them stripped, an empty row a mistake.
 */
export function rowsOf(path: string): string[][] {
  const text = readFileSync(path, "utf8")
  const rows = parse(text, { relax_column_count: true }).map((cells) => cells.map((cell) => cell.trim()))
  for (const [name] of rows) if (name === undefined || name === "") throw new Error("an empty row")
  return rows
}

/** A document of an export case, as little checked as can be. */
export interface Raw {
  readonly item: {
    readonly name: string
    readonly path: string
    readonly slots?: readonly {
      readonly slot_name: string
      readonly type: string
      readonly source_files?: readonly { readonly file_name: string }[]
      readonly frame_count?: number
      readonly frame_urls?: readonly string[]
    }[]
  }
  readonly annotations: readonly RawAnnotation[]
}

export interface RawAnnotation {
  readonly name: string
  readonly tag?: object
  readonly slot_names?: readonly string[]
  readonly frames?: Readonly<Record<string, { readonly tag?: object }>>
  readonly ranges?: readonly (readonly [number, number])[]
  readonly only_keyframes?: boolean
}

/** The documents of an export case that are whole, in the order of names. */
export function rawDocuments(name: string): Raw[] {
  const input = exportCase(name, "input")
  return filesBelow(input).flatMap((file) => {
    if (!file.endsWith(".json")) return []
    const bytes = readFileSync(`${input}/${file}`)
    const text = bytes.toString(bytes[0] === 0xff ? "utf16le" : "utf8").replace(/^\ufeff/, "")
    try {
      const { item, annotations } = JSON.parse(text)
      return typeof item?.name === "string" && Array.isArray(annotations) ? [{ item, annotations }] : []
    } catch {
      return []
    }
  })
}

/** The full name of an item: `/a/b.jpg`. */
export function fullName({ item }: Raw): string {
  return `/${item.path}/${item.name}`.replace(/\/+/g, "/")
}
