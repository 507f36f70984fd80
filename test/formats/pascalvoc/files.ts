import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunEvent } from "../../../src/events.ts"
import type { WriteSummary } from "../../../src/formats/format.ts"
import {
  type PascalVocReadOptions,
  type PascalVocWriteOptions,
  pascalvoc,
} from "../../../src/formats/pascalvoc/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../../src/model/annotation-file.ts"

/** A new directory, and how it goes away. */
export function temporary(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "pascalvoc-"))
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

export function image(
  name: string,
  annotations: readonly Annotation[],
  { folder = "/", slot = {} }: { readonly folder?: string; readonly slot?: Partial<Slot> } = {},
): AnnotationFile {
  return {
    path: `${name}.json`,
    version: "2.0",
    item: { name, path: folder, slots: [{ slot_name: "0", type: "image", width: 100, height: 80, ...slot }] },
    annotations,
  }
}

export function box(name: string, x: number, y: number, w: number, h: number): Annotation {
  return { type: "bounding_box", name, bounding_box: { x, y, w, h } }
}

export async function writeFiles(
  directory: string,
  files: readonly AnnotationFile[],
  options?: PascalVocWriteOptions,
): Promise<{ readonly summary: WriteSummary; readonly events: RunEvent[] }> {
  const events: RunEvent[] = []
  const input = (async function* () {
    yield* files
  })()
  const summary = await pascalvoc.write(directory, options)(input, { onEvent: (event) => events.push(event) })
  return { summary, events }
}

export async function readFiles(
  paths: string | readonly string[],
  options?: PascalVocReadOptions,
): Promise<{ readonly files: AnnotationFile[]; readonly events: RunEvent[] }> {
  const files: AnnotationFile[] = []
  const events: RunEvent[] = []
  const source = pascalvoc.read(paths, options)
  const context = { onEvent: (event: RunEvent) => events.push(event) }
  for await (const file of { [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](context) })
    files.push(file)
  return { files, events }
}
