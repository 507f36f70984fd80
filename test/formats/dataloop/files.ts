import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { RunEvent } from "../../../src/events.ts"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import type { WriteSummary } from "../../../src/formats/format.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../../src/model/annotation-file.ts"
import { filesBelow } from "../golden.ts"

/** A file that was written. */
export interface Document {
  readonly _id: number
  readonly filename: string
  readonly itemMetadata: readonly unknown[]
  readonly metadata?: { readonly system: { readonly width?: number; readonly height?: number } }
  readonly annotations: readonly Written[]
}

export interface Written {
  readonly id: number
  readonly datasetId: string
  readonly type: string
  readonly label: string
  readonly attributes: readonly string[]
  readonly coordinates: unknown
  readonly metadata: { readonly system?: { readonly objectId?: string } }
  readonly description?: string
}

/** The JSON files below a directory by their paths with `/` between folders. */
export function documentsBelow(directory: string): Map<string, Document> {
  return new Map(
    filesBelow(directory)
      .filter((file) => file.endsWith(".json"))
      .map((file) => [file, JSON.parse(readFileSync(join(directory, file), "utf8"))]),
  )
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

export async function writeFiles(
  directory: string,
  files: readonly AnnotationFile[],
): Promise<{ readonly summary: WriteSummary; readonly events: RunEvent[] }> {
  const events: RunEvent[] = []
  const input = (async function* () {
    yield* files
  })()
  const summary = await dataloop.write(directory)(input, { onEvent: (event) => events.push(event) })
  return { summary, events }
}
