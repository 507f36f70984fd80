import { join } from "node:path"
import { stringify } from "yaml"
import { writeFileAtomic } from "../../storage/atomic-file.ts"

/** Where label files stand below the directory. */
export type YoloLayout = "flat" | "labels"

/** Writes the names of the classes, in the order of their numbers: for Ultralytics, and for Darknet and darwin-py. */
export function writeNames(
  directory: string,
  names: readonly string[],
  layout: YoloLayout,
  warn: (message: string) => void,
): void {
  writeFileAtomic(join(directory, "data.yaml"), dataYaml(names, layout))
  writeFileAtomic(join(directory, "darknet.labels"), darknetLabels(names, warn))
}

// Ultralytics takes `path` as relative to where it is started, but without one the folder of this file itself: so the
// directory can be moved, and trained from anywhere. It wants both `train` and `val`.
function dataYaml(names: readonly string[], layout: YoloLayout): string {
  const images = layout === "labels" ? "images" : "."
  const text = stringify(
    { train: images, val: images, names: new Map(names.entries()) },
    // Quoted: without, "no" and "1_000" are no text to the YAML 1.1 that Python reads.
    { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 },
  )
  return `# Paths are relative to this file. Until the images are split, val is train.\n${text.replace(unprintable, escaped)}`
}

// What Python's YAML refuses, or takes for the end of a line. All of it can only be inside of the quotes.
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

const lineEnds = /[\n\v\f\r\u0085\u2028\u2029]+/g

/** One name a line. A blank stands for a line end in a name, so that each keeps its number. */
function darknetLabels(names: readonly string[], warn: (message: string) => void): string {
  let text = ""
  for (const name of names) {
    const line = name.replace(lineEnds, " ")
    if (line !== name) {
      warn(`darknet.labels: a blank stands for the line end in the class name ${JSON.stringify(name)}`)
    }
    text += `${line}\n`
  }
  return text
}
