import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import { filesBelow } from "../golden.ts"

// The rules of Ultralytics (verify_image_label and check_det_dataset in ultralytics/data/utils.py), restated.

/** A dataset as Ultralytics would load it. */
export interface Dataset {
  readonly names: readonly string[]
  /** The lines of each label file, by its name below the folder of labels. */
  readonly files: ReadonlyMap<string, readonly Line[]>
}

export interface Line {
  readonly class: string
  readonly numbers: readonly number[]
}

/**
 * Loads what was written, and throws where Ultralytics would leave a file out as corrupt, or would not start.
 * `kind` tells what is trained: of boxes all lines have five columns, of segments seven or more.
 */
export function loadDataset(directory: string, kind: "box" | "segment"): Dataset {
  const config = parse(readFileSync(join(directory, "data.yaml"), "utf8"), { version: "1.1" }) as {
    train?: unknown
    val?: unknown
    path?: unknown
    names?: Record<string, unknown> | null
  }
  for (const key of ["train", "val"] as const) {
    if (typeof config[key] !== "string") throw new Error(`data.yaml has no ${key}`)
  }
  if (config.path !== undefined) throw new Error("a path would be taken from where the training is started")
  const entries = Object.entries(config.names ?? {})
  const names = entries.map(([key, name], index) => {
    if (Number(key) !== index) throw new Error(`the classes are not numbered from 0: ${key}`)
    if (typeof name !== "string") throw new Error(`${key} is ${typeof name}, no text`)
    return name
  })

  // The label file of an image: `labels` in place of the last `images` in its path, or beside it.
  const labels =
    config.train === "." ? directory : join(directory, String(config.train).replace(/^images/, "labels"))
  const files = new Map(
    filesBelow(labels)
      .filter((file) => file.endsWith(".txt"))
      .map((file) => [file, linesOf(readFileSync(join(labels, file), "utf8"), names, kind, file)]),
  )
  return { names, files }
}

function linesOf(text: string, names: readonly string[], kind: "box" | "segment", file: string): Line[] {
  if (text !== "" && !text.endsWith("\n")) throw new Error(`${file} ends within a line`)
  const rows = text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ").map(asFloat))
  // One longer line makes all of them segments: a box among them would be two points.
  const isSegments = rows.some((row) => row.length > 6)
  if (rows.length > 0 && isSegments !== (kind === "segment")) throw new Error(`${file} has no ${kind}s`)
  return rows.map((row) => {
    const [index, ...numbers] = row as [number, ...number[]]
    if (isSegments ? numbers.length < 6 || numbers.length % 2 !== 0 : numbers.length !== 4) {
      throw new Error(`${file}: ${row.length} columns`)
    }
    const name = names[index]
    if (name === undefined) throw new Error(`${file}: class ${index} of ${names.length}`)
    for (const number of numbers) {
      if (!(number >= 0 && number <= 1)) throw new Error(`${file}: ${number} is out of bounds`)
    }
    const [width, height] = isSegments ? extent(numbers) : [numbers[2], numbers[3]]
    if (!(Number(width) > 0 && Number(height) > 0)) throw new Error(`${file}: a box without area`)
    return { class: name, numbers }
  })
}

/** What Python's float() takes of the numbers that we may write. */
function asFloat(text: string): number {
  if (!/^\d+(\.\d+)?(e-?\d+)?$/.test(text)) throw new Error(`${JSON.stringify(text)} is not a number`)
  return Number(text)
}

function extent(numbers: readonly number[]): [number, number] {
  const [xs, ys] = [numbers.filter((_, i) => i % 2 === 0), numbers.filter((_, i) => i % 2 === 1)]
  return [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)]
}
