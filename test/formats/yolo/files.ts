import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunEvent } from "../../../src/events.ts"
import type { WriteSummary } from "../../../src/formats/format.ts"
import { type YoloReadOptions, type YoloWriteOptions, yolo } from "../../../src/formats/yolo/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile, Slot } from "../../../src/model/annotation-file.ts"
import type { Point } from "../../../src/model/point.ts"

export type YoloFormat = typeof yolo

/** A new directory, and how it goes away. */
export function temporary(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "yolo-"))
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

/** A polygon of paths, each as `x y x y ...`. */
export function polygon(name: string, ...paths: readonly (readonly number[])[]): Annotation {
  return { type: "polygon", name, polygon: { paths: paths.map(pathOf) } }
}

export function pathOf(numbers: readonly number[]): Point[] {
  const path: Point[] = []
  for (let i = 0; i < numbers.length; i += 2)
    path.push({ x: numbers[i] as number, y: numbers[i + 1] as number })
  return path
}

export async function writeFiles(
  format: YoloFormat,
  directory: string,
  files: readonly AnnotationFile[],
  options?: YoloWriteOptions,
): Promise<{ readonly summary: WriteSummary; readonly events: RunEvent[] }> {
  const events: RunEvent[] = []
  const input = (async function* () {
    yield* files
  })()
  const summary = await format.write(directory, options)(input, { onEvent: (event) => events.push(event) })
  return { summary, events }
}

export async function readFiles(
  paths: string | readonly string[],
  options?: YoloReadOptions,
): Promise<{ readonly files: AnnotationFile[]; readonly events: RunEvent[] }> {
  const files: AnnotationFile[] = []
  const events: RunEvent[] = []
  const source = yolo.read(paths, options)
  const context = { onEvent: (event: RunEvent) => events.push(event) }
  for await (const file of { [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](context) })
    files.push(file)
  return { files, events }
}

/** The first bytes of a PNG of a size: as much as its header. */
export function pngHeader(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write("89504e470d0a1a0a0000000d49484452", "hex")
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  bytes.write("0806000000", 24, "hex")
  return bytes
}
