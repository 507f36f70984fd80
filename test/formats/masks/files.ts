import { readFileSync } from "node:fs"
import { join } from "node:path"
import { PNG } from "pngjs"
import type { RunEvent } from "../../../src/events.ts"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { ReadOptions, WriteFormat, WriteSummary } from "../../../src/formats/format.ts"
import {
  instanceMask,
  type SemanticMaskOptions,
  semanticMask,
  semanticMaskGrey,
  semanticMaskIndex,
} from "../../../src/formats/masks/index.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { filesBelow } from "../golden.ts"

export const semanticFormats: readonly WriteFormat<SemanticMaskOptions>[] = [
  semanticMask,
  semanticMaskGrey,
  semanticMaskIndex,
]
export const formats: readonly WriteFormat<SemanticMaskOptions>[] = [instanceMask, ...semanticFormats]

/** A PNG file by its pixels, as another decoder sees them. */
export interface Image {
  readonly width: number
  readonly height: number
  /** 0 is grey, 2 is RGB. */
  readonly colorType: number
  readonly depth: number
  /** The value of each pixel with commas between, of RGB the three samples with blanks between. */
  readonly pixels: string
}

export function readImage(path: string): Image {
  // The types do not know that 16 bits can be kept.
  const png = PNG.sync.read(readFileSync(path), { skipRescale: true } as object)
  const { width, height } = png
  const { colorType, depth } = png as unknown as { colorType: number; depth: number }
  const data: ArrayLike<number> = png.data
  const pixels = Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]] as [number, number, number]
    return colorType === 2 ? `${red} ${green} ${blue}` : red
  }).join()
  return { width, height, colorType, depth, pixels }
}

/** The rows of a CSV file by RFC 4180; where they break it, a lax reader goes on. */
export function readTable(path: string, isLax = false): string[][] {
  const text = readFileSync(path, "utf8")
  const rows: string[][] = []
  let row: string[] = []
  const cell = isLax
    ? /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|\n|$)/y
    : /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y
  for (let at = 0; at < text.length; at = cell.lastIndex) {
    cell.lastIndex = at
    const found = cell.exec(text)
    if (found === null) throw new Error(`${path}: no CSV at ${at}`)
    row.push(found[1]?.replaceAll('""', '"') ?? (found[2] as string))
    if (found[3] === ",") continue
    rows.push(row)
    row = []
  }
  return rows
}

/** What a directory of masks holds: images by their path below `masks`, and the rows of its table below the first. */
export interface Output {
  readonly images: Map<string, Image>
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function readOutput(directory: string, isLax = false): Output {
  const images = new Map<string, Image>()
  let table: string[][] | undefined
  for (const file of filesBelow(directory)) {
    if (file.startsWith("masks/") && file.endsWith(".png")) {
      images.set(file.slice("masks/".length), readImage(join(directory, file)))
    } else if (file === "class_mapping.csv" || file === "instance_mask_annotations.csv") {
      table = readTable(join(directory, file), isLax)
    } else throw new Error(`${file} is none of masks`)
  }
  if (table?.[0] === undefined) throw new Error("there is no table")
  return { images, header: table[0], rows: table.slice(1) }
}

/** Every file of a directory with its bytes. */
export function readBytes(directory: string): Record<string, string> {
  return Object.fromEntries(
    filesBelow(directory).map((file) => [file, readFileSync(join(directory, file), "base64")]),
  )
}

export interface Written {
  readonly summary: WriteSummary
  readonly events: readonly RunEvent[]
}

/** Writes files of annotations, or what stands below a path. */
export async function write(
  format: WriteFormat<SemanticMaskOptions>,
  input: string | readonly AnnotationFile[],
  directory: string,
  options?: SemanticMaskOptions,
  reading?: ReadOptions,
): Promise<Written> {
  const events: RunEvent[] = []
  const source = typeof input === "string" ? darwin.read(input, reading) : (input as AnnotationFile[])
  const summary = await pipeline(source, format.write(directory, options), {
    onEvent: (event) => events.push(event),
  })
  return { summary, events }
}

/** A file of one image of 8 x 6 pixels. */
export function image(name: string, annotations: readonly Annotation[], slot: object = {}): AnnotationFile {
  const slots = [{ slot_name: "0", type: "image" as const, width: 8, height: 6, ...slot }]
  return { path: `${name}.json`, version: "2.0", item: { name, path: "/", slots }, annotations }
}

/** A polygon around a rectangle, both ends included. */
export function rectangle(name: string, x: number, y: number, right: number, bottom: number): Annotation {
  const path = [
    { x, y },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
  ]
  return { type: "polygon", name, polygon: { paths: [path] } }
}

/** The rows of an image, one character a pixel: `.` is 0, other values are numbered from 1 as they come first. */
export function drawing({ width, height, pixels }: Image): string[] {
  const values: string[] = []
  const marks = pixels.split(",").map((value) => {
    if (value === "0" || value === "0 0 0") return "."
    if (!values.includes(value)) values.push(value)
    return String(values.indexOf(value) + 1)
  })
  return Array.from({ length: height }, (_, y) => marks.slice(y * width, (y + 1) * width).join(""))
}
