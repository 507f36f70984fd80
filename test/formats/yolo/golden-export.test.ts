import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { ReadOptions, WriteSummary } from "../../../src/formats/format.ts"
import { yolo, yoloSegmented } from "../../../src/formats/yolo/index.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, exportCases, filesBelow, isClose } from "../golden.ts"
import { pages } from "./deviations.ts"
import { temporary } from "./files.ts"
import { type Kind, matches, shapesOfLines } from "./match.ts"
import { documentsOf, type Picture, picturesOf, type Shape } from "./truth.ts"
import { type Dataset, type Line, loadDataset } from "./ultralytics.ts"

let directory: string
let remove: () => void
beforeEach(() => {
  ;({ directory, remove } = temporary())
})
afterEach(() => remove())

/** What darwin-py wrote: the names of the classes, and the lines of each file. */
function reference(directory: string): Dataset {
  const names = readFileSync(join(directory, "darknet.labels"), "utf8").split("\n")
  const linesOf = (file: string): Line[] =>
    readFileSync(join(directory, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [index, ...numbers] = line.split(" ").map(Number) as [number, ...number[]]
        return { class: names[index] as string, numbers }
      })
  const files = filesBelow(directory).filter((file) => file.endsWith(".txt"))
  return { names, files: new Map(files.map((file) => [file, linesOf(file)])) }
}

/** What is refused, and what is left when the damaged part is passed over. */
const refusals: Readonly<
  Record<string, { readonly file: string; readonly place: RegExp; readonly rest: readonly string[] }>
> = {
  "malformed-annotation": { file: "street_001.json", place: /^annotations\[1\]/, rest: ["street_001.txt"] },
  "malformed-item": { file: "street_001.json", place: /^(?:item|image)$/, rest: [] },
  "raster-sparse-rle": { file: "street_001.json", place: /^annotations\[0\]/, rest: ["street_001.txt"] },
  "malformed-json": { file: "street_001.json", place: /^line 1, column 90$/, rest: [] },
}

/** Why the reference failed where our files are as they should be. */
const failures: Readonly<Record<string, string>> = {
  "encoding-utf8-bom": "byte-order-mark",
  "no-size": "no-size",
  "polygon-multipath": "polygon-boxes",
  "polygon-no-bbox": "polygon-boxes",
  "polygon-outside-no-bbox": "polygon-boxes",
  "polygon-some-bbox": "polygon-boxes",
  "video-no-frames": "videos-without-frames",
  "zero-slots": "no-size",
  "zero-slots-multipath": "no-size",
}

/** What explains the difference between a file of theirs and ours, whose lines are of the shapes. */
function explain(
  theirs: readonly Line[],
  ours: readonly Line[],
  shapes: readonly Shape[],
  picture: Picture,
  kind: Kind,
): Set<string> {
  const found = new Set<string>()
  const { width, height } = picture
  let at = 0
  for (const line of theirs) {
    const isOut = line.numbers.some((number) => !(number >= 0 && number <= 1)) || isBeyond(line, kind)
    for (;;) {
      const mine = ours[at]
      const shape = shapes[at]
      if (mine !== undefined && shape !== undefined && mine.class.split("\n")[0] === line.class.trim()) {
        if (mine.numbers.length === line.numbers.length) {
          const pairs = mine.numbers.map((number, i): [number, number] => [number, line.numbers[i] as number])
          if (pairs.every(([a, b]) => isClose(a, b))) break
          // Three decimals of a pixel: half of one at each side.
          const isRounded = pairs.every(
            ([a, b], i) => Math.abs(a - b) * (i % 2 === 0 ? width : height) < 0.0011,
          )
          if (shape.type === "bounding_box" && isRounded) {
            found.add("rounding")
            break
          }
          if (kind === "box" && shape.type === "polygon" && !isOut && isRounded) {
            found.add("rounding")
            break
          }
        }
        if (isOut && matches(mine, shape, picture, kind)) {
          found.add("clipping")
          break
        }
      }
      if (shape === undefined || mine === undefined || !addsLine(shape, found, kind)) {
        if (!isOut && !isEmpty(line, kind)) {
          throw new Error(`${picture.file}: ${JSON.stringify(line)} is not ${JSON.stringify(mine)}`)
        }
        found.add(isEmpty(line, kind) ? "degenerate" : "outside")
        at--
        break
      }
      at++
    }
    at++
  }
  for (; at < ours.length; at++) {
    if (!addsLine(shapes[at] as Shape, found, kind)) {
      throw new Error(`${picture.file}: they do not have ${JSON.stringify(ours[at])}`)
    }
  }
  return found
}

function addsLine({ type, paths }: Shape, found: Set<string>, kind: Kind): boolean {
  if (type === "mask") found.add("masks")
  else if (type === "ellipse") found.add("ellipses")
  else if (type === "polygon" && kind === "segment" && paths.length > 1) found.add("parts")
  else return false
  return true
}

function isBeyond({ numbers }: Line, kind: Kind): boolean {
  if (kind === "segment") return false
  const [x, y, w, h] = numbers as [number, number, number, number]
  return x - w / 2 < -1e-9 || y - h / 2 < -1e-9 || x + w / 2 > 1 + 1e-9 || y + h / 2 > 1 + 1e-9
}

function isEmpty({ numbers }: Line, kind: Kind): boolean {
  if (kind === "box") return numbers[2] === 0 || numbers[3] === 0
  const span = (odd: number) => {
    const values = numbers.filter((_, i) => i % 2 === odd)
    return Math.max(...values) - Math.min(...values)
  }
  return span(0) === 0 || span(1) === 0
}

for (const format of [yolo, yoloSegmented]) {
  const kind: Kind = format === yolo ? "box" : "segment"
  const deviations = pages[kind].deviations
  const convert = (name: string, options?: ReadOptions): Promise<WriteSummary> =>
    pipeline(darwin.read(exportCase(name, "input"), options), format.write(directory))

  describe.each(exportCases)(`${format.id}: %s`, (name) => {
    const ids = deviations
      .filter(({ exports }) => exports.includes(name))
      .map(({ id }) => id)
      .sort()
    const refusal = refusals[name]
    if (refusal !== undefined) {
      it("is refused with file and place, and the rest is written when asked for", async () => {
        expect(ids).toEqual(["damaged-input"])
        await expect(convert(name)).rejects.toMatchObject({
          code: "format",
          file: exportCase(name, "input", refusal.file),
          place: expect.stringMatching(refusal.place),
        })
        await convert(name, { onInvalid: "skip" })
        expect([...loadDataset(directory, kind).files.keys()]).toEqual(refusal.rest)
      })
      return
    }

    it("has the lines that its documents call for, by the rules of Ultralytics", async () => {
      const summary = await convert(name)
      const { names, files } = loadDataset(directory, kind)
      const found = new Set<string>()
      // By the name that darwin-py gives: that of the annotation file.
      const byTheirs = new Map<string, { file: string; shapes: Shape[]; picture: Picture }[]>()
      const taken = new Map<string, number>()
      const pictures: Picture[] = []
      for (const { file: source, document } of documentsOf(name)) {
        const own = picturesOf(document).map((picture) => {
          const count = (taken.get(picture.file) ?? 0) + 1
          taken.set(picture.file, count)
          if (count > 1) found.add("distinct-names")
          const file = count === 1 ? picture.file : picture.file.replace(".txt", `_${count}.txt`)
          const lines = files.get(file)
          if (lines === undefined) throw new Error(`there is no ${file}`)
          return { file, picture, shapes: shapesOfLines(lines, picture, kind) }
        })
        pictures.push(...own.map(({ picture }) => picture))
        byTheirs.set(source.slice(source.lastIndexOf("/") + 1).replaceAll(".json", ".txt"), own)
      }
      expect(summary.images).toBe(files.size)
      const lines = [...files.values()].flat().length
      const layers = summary.classes.find(({ type }) => type === "raster_layer")?.written ?? 0
      expect(summary.written).toBe(lines + layers)
      expect(pictures).toHaveLength(files.size)
      const used = pictures.flatMap(({ shapes }) => shapes.map((shape) => shape.name.trim()))
      for (const one of used) expect(names).toContain(one)

      const theirs = referenceOf(name)
      if (theirs === undefined) return
      if (theirs === "failed") {
        expect(ids).toEqual([failures[name]])
        return
      }
      for (const [theirName, lines] of theirs.files) {
        const own = byTheirs.get(theirName) ?? []
        // Of a video theirs is the last frame.
        const { file, shapes, picture } = own.at(-1) ?? {}
        if (file === undefined || shapes === undefined || picture === undefined) {
          throw new Error(`nothing of ours is ${theirName}`)
        }
        if (/\/\d{7}\.txt$/.test(file) && own.length > 1) found.add("frames")
        else if (own.length > 1) {
          found.add("slots")
          continue
        } else explainName(theirName, file, found)
        const mine = files.get(file) as readonly Line[]
        for (const id of explain(lines, mine, shapes, picture, kind)) found.add(id)
      }
      const rest = names.filter((name) => !theirs.names.includes(name))
      for (const one of rest) {
        if (/\n/.test(one)) found.add("line-ends")
        else if (name === "video-broken-frame") found.add("tracks")
        else if (!found.has("masks") && !found.has("ellipses") && !hasOnly(pictures, one)) {
          throw new Error(`they do not have the class ${one}`)
        }
      }
      expect([...found].sort()).toEqual(ids)
    })
  })

  const referenceOf = (name: string): Dataset | "failed" | undefined => {
    const path = exportCase(name, "expected", format.id)
    if (!existsSync(path)) return undefined
    return existsSync(join(path, "ERROR.txt")) ? "failed" : reference(path)
  }
}

/** Whether a class has masks and ellipses alone, which darwin-py does not write. */
function hasOnly(pictures: readonly Picture[], name: string): boolean {
  return pictures.every(({ shapes }) =>
    shapes.every((shape) => shape.name.trim() !== name || shape.type === "mask" || shape.type === "ellipse"),
  )
}

/** How the name of our file differs from theirs, which is that of the annotation file. */
function explainName(theirs: string, ours: string, found: Set<string>): void {
  const base = ours.slice(ours.lastIndexOf("/") + 1)
  if (base !== ours) found.add("folders")
  if (base === theirs) return
  if (base === theirs.replace(/[<>"\\|?*]/g, "_")) found.add("file-names")
  else if (base === theirs.replace(/\.txt(?=.*\.txt$)/, ".json")) found.add("json-in-names")
  else found.add("item-names")
}
