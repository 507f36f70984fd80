import { expect } from "vitest"
import type { RunEvent } from "../../src/events.ts"
import type { ReadOptions } from "../../src/formats/format.ts"
import type { Annotation } from "../../src/model/annotation.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import type { Source } from "../../src/stream.ts"
import { expectedImport } from "./golden.ts"

// What readers give, in the form of the goldens of imports.

/** A file as darwin-py's parsers give it, as far as formats of images fill it. */
export interface Imported {
  readonly filename: string
  readonly remote_path: string
  readonly annotations: readonly ImportedAnnotation[]
}

export interface ImportedAnnotation {
  readonly class: string
  readonly type: string
  readonly data: unknown
  readonly subs?: readonly { readonly type: string; readonly data: unknown }[]
}

/** What a reader gives, and what it tells meanwhile. */
export interface Read {
  readonly files: AnnotationFile[]
  readonly events: RunEvent[]
}

/** Reads to the end. */
export async function readAll<Options extends ReadOptions>(
  format: { readonly read: (paths: string | readonly string[], options?: Options) => Source<AnnotationFile> },
  paths: string | readonly string[],
  options?: Options,
): Promise<Read> {
  const files: AnnotationFile[] = []
  const events: RunEvent[] = []
  const source = format.read(paths, options)
  const context = { onEvent: (event: RunEvent) => events.push(event) }
  for await (const file of { [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](context) }) {
    files.push(file)
  }
  return { files, events }
}

/** The reference's result of an import case, in the parts that are compared; null where it said "not mine". */
export function reference(format: string, name: string): readonly Imported[] | null | undefined {
  const expected = expectedImport(format, name) as readonly Imported[] | null | undefined
  return expected?.map(({ filename, remote_path, annotations }) => ({
    filename,
    remote_path,
    annotations: annotations.map(({ class: own, type, data, subs = [] }) => ({
      class: own,
      type,
      data,
      subs,
    })),
  }))
}

/** A file that was read in the same form. */
export function imported({ item, annotations }: AnnotationFile): Imported {
  return { filename: item.name, remote_path: item.path, annotations: annotations.map(importedAnnotation) }
}

function importedAnnotation(annotation: Annotation): ImportedAnnotation {
  if (annotation.type === "video" || annotation.type === "unknown") throw new Error(`a ${annotation.type}`)
  const { name, type, instance_id, attributes, text } = annotation
  const data = (annotation as unknown as Record<string, unknown>)[type]
  const subs = [
    ...(instance_id === undefined ? [] : [{ type: "instance_id", data: instance_id.value }]),
    ...(attributes === undefined ? [] : [{ type: "attributes", data: attributes }]),
    ...(text === undefined ? [] : [{ type: "text", data: text.text }]),
  ]
  return { class: name, type, data, subs }
}

/** The same with numbers that hold to 1e-9 of their size. */
export function near<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, one) =>
    typeof one === "number"
      ? expect.closeTo(one, 9 - Math.ceil(Math.log10(Math.max(1, Math.abs(one)))))
      : one,
  )
}
