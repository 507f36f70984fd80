import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { CocoWriteOptions } from "../../../src/formats/coco/index.ts"
import { coco } from "../../../src/formats/coco/index.ts"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { WriteSummary } from "../../../src/formats/format.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, inDirectory } from "../golden.ts"

/** What a COCO file holds, as the tests look at it. */
export interface Coco {
  readonly info: Record<string, unknown>
  readonly images: readonly CocoImage[]
  readonly annotations: readonly CocoAnnotation[]
  readonly categories: readonly {
    readonly id: number
    readonly name: string
    readonly keypoints?: readonly string[]
  }[]
  readonly tag_categories: readonly { readonly id: number; readonly name: string }[]
}

export interface CocoImage {
  readonly id: number
  readonly file_name: string
  readonly width: number | null
  readonly height: number | null
  readonly darwin_url: string | null
  readonly tag_ids: readonly number[]
}

export interface CocoRle {
  readonly counts: readonly number[] | string
  readonly size: readonly [number, number]
}

export interface CocoAnnotation {
  readonly id: number
  readonly image_id: number
  readonly category_id: number
  readonly segmentation: readonly (readonly number[])[] | CocoRle
  readonly area: number
  readonly bbox: readonly [number, number, number, number]
  readonly iscrowd: number
  readonly keypoints?: readonly number[]
  readonly num_keypoints?: number
  readonly extra: Record<string, unknown>
}

export interface Converted {
  readonly coco: Coco
  readonly text: string
  readonly summary: WriteSummary
}

/** The files of a case in the order in which they are read, parsed; broken ones are left out. */
export function documentsOf(name: string): AnnotationFile[] {
  const order = readFileSync(exportCase(name, "order.txt"), "utf8").split("\n").filter(Boolean)
  return order.map((file) => {
    const bytes = readFileSync(exportCase(name, "input", file))
    const text = bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString()
    return JSON.parse(text.replace(/^\uFEFF/, ""))
  })
}

/** What darwin-py wrote; undefined where it failed or was not asked. */
export function expectedCoco(name: string): Coco | undefined {
  const path = exportCase(name, "expected/coco/output.json")
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined
}

/** Converts Darwin files, of a path or given, to COCO. */
export function convert(
  input: string | readonly AnnotationFile[],
  options?: CocoWriteOptions,
): Promise<Converted> {
  return inDirectory(async (directory) => {
    const files = typeof input === "string" ? darwin.read(input) : input
    const summary = await pipeline(files, coco.write(directory, options))
    const text = readFileSync(join(directory, "output.json"), "utf8")
    return { coco: JSON.parse(text), text, summary }
  })
}

/** Pixels of a COCO mask, row by row, read from either coding without any code of ours. */
export function cocoPixels({ counts, size: [height, width] }: CocoRle): string[] {
  const runs = typeof counts === "string" ? runsOf(counts) : counts
  const flat = runs.map((run, index) => (index % 2 === 1 ? "#" : ".").repeat(run)).join("")
  if (flat.length !== width * height) throw new Error(`${flat.length} pixels, not ${width} x ${height}`)
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => flat[x * height + y]).join(""),
  )
}

// Groups of five bits, lowest first; bit 5 says that more follow, bit 4 of the last is the sign.
function runsOf(text: string): number[] {
  const runs: number[] = []
  let bits = ""
  for (const character of text) {
    const group = character.charCodeAt(0) - 48
    bits = (group & 31).toString(2).padStart(5, "0") + bits
    if ((group & 32) !== 0) continue
    const value = Number.parseInt(bits, 2) - (bits[0] === "1" ? 2 ** bits.length : 0)
    runs.push(runs.length > 2 ? value + (runs.at(-2) as number) : value)
    bits = ""
  }
  return runs
}
