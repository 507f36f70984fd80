import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { cvat } from "../../../src/formats/cvat/index.ts"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { ReadOptions, WriteSummary } from "../../../src/formats/format.ts"
import { decodeText } from "../../../src/parse/text.ts"
import type { XmlElement } from "../../../src/parse/xml.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, exportCases, filesBelow, inDirectory, isClose } from "../golden.ts"
import { deviations } from "./deviations.ts"
import { type Cvat, childrenOf, parsed, parsedBelow } from "./parsed.ts"
import { checkCvat } from "./validator.ts"

interface Converted {
  readonly documents: Map<string, Cvat>
  readonly summary: WriteSummary
}

function convert(name: string, options?: ReadOptions): Promise<Converted> {
  return inDirectory(async (directory) => {
    const summary = await pipeline(darwin.read(exportCase(name, "input"), options), cvat.write(directory))
    return { documents: parsedBelow(directory), summary }
  })
}

type Raw = Readonly<Record<string, unknown>>

/** The documents of a case, parsed without any code of the reader. */
function inputsOf(name: string): Raw[] {
  const input = exportCase(name, "input")
  return filesBelow(input)
    .filter((file) => file.endsWith(".json") && !file.startsWith(".v7/"))
    .map((file) => JSON.parse(decodeText(readFileSync(exportCase(name, "input", file)), file)))
    .filter((document) => "annotations" in document)
}

/** The deviations that explain how ours differs from the reference; a difference that none explains is an error. */
function differences(reference: Cvat, { documents, summary }: Converted): Set<string> {
  const found = new Set<string>()
  const images = documents.get("output.xml")?.images ?? []
  const videos = [...documents].filter(([file]) => file !== "output.xml")
  const left = new Set(images)
  for (const theirs of reference.images) {
    const name = theirs.attributes.name as string
    if (
      /\/\d{7}\.png$/.test(name) &&
      videos.length > 0 &&
      !images.some((one) => one.attributes.name === name)
    ) {
      found.add("tracks")
      continue
    }
    const same = [...left].find((one) => `/${one.attributes.name}`.endsWith(`/${name}`))
    const mine = same ?? [...left].find((one) => one.attributes.name?.startsWith(`${name}/`))
    if (mine === undefined) throw new Error(`no image ${name}`)
    left.delete(mine)
    if (same === undefined) {
      found.add("slots")
      continue
    }
    if (mine.attributes.name !== name) found.add("folders")
    if (theirs.attributes.width === "None") found.add("no-size")
    else {
      expect([mine.attributes.width, mine.attributes.height]).toEqual([
        theirs.attributes.width,
        theirs.attributes.height,
      ])
    }
    compareBoxes(childrenOf(theirs, "box"), childrenOf(mine, "box"), found)
    if (mine.children.some((one) => one.name !== "box")) found.add("shapes")
  }
  if (left.size > 0 && !found.has("slots")) throw new Error("an image that they do not have")
  if (videos.length > 0 && !found.has("tracks")) throw new Error("a video that they do not have")
  expect(summary.images).toBe(images.length + videos.length)
  return found
}

function compareBoxes(theirs: readonly XmlElement[], mine: readonly XmlElement[], found: Set<string>): void {
  expect(mine.map((one) => one.attributes.label)).toEqual(theirs.map((one) => one.attributes.label))
  for (const [index, box] of mine.entries()) {
    const their = theirs[index] as XmlElement
    for (const side of ["xtl", "ytl", "xbr", "ybr"]) {
      const [a, b] = [Number(box.attributes[side]), Number(their.attributes[side])]
      if (isClose(a, b)) continue
      if (Math.abs(a - b) > 0.0011) throw new Error(`${side}: ${a}, not ${b}`)
      found.add("box-rounding")
    }
    const attributes = (one: XmlElement) =>
      childrenOf(one, "attribute").map(({ attributes: { name = "" }, text }) => [name, text])
    const theirOwn = attributes(their)
    if (theirOwn.some(([name]) => !name?.startsWith("__"))) found.add("attributes")
    // They have the name of a ticked one alone; its flag `occluded` is not an attribute here.
    const expected = theirOwn
      .filter(([name]) => name !== "occluded")
      .map(([name, text]) => [name, name?.startsWith("__") ? text : "true"])
    expect(new Map(attributes(box) as [string, string][])).toEqual(new Map(expected as [string, string][]))
  }
}

const refusals: Readonly<Record<string, RegExp>> = {
  "malformed-annotation": /^annotations\[1\]/,
  "malformed-item": /^(?:item|image)$/,
  "malformed-json": /^line 1, column 90$/,
  "raster-sparse-rle": /^annotations\[0\]/,
}

const elements: Readonly<Record<string, string>> = {
  bounding_box: "box",
  line: "polyline",
  keypoint: "points",
  ellipse: "ellipse",
  cuboid: "cuboid",
  skeleton: "skeleton",
  tag: "tag",
}

describe.each(exportCases)("%s", (name) => {
  const ids = deviations.filter(({ exports }) => exports.includes(name)).map(({ id }) => id)
  const refusal = refusals[name]
  const reference = exportCase(name, "expected/cvat/output.xml")

  if (refusal !== undefined) {
    it("is refused with file and place, and the rest is written when asked for", async () => {
      expect(ids).toEqual(["damaged-input"])
      await expect(convert(name)).rejects.toMatchObject({
        code: "format",
        place: expect.stringMatching(refusal),
      })
      const { documents } = await convert(name, { onInvalid: "skip" })
      for (const document of documents.values()) checkCvat(document)
    })
    return
  }

  it("is what CVAT takes, with every shape of the input", async () => {
    const { documents, summary } = await convert(name)
    for (const document of documents.values()) checkCvat(document)
    expect(summary.annotations).toBe(
      summary.written + summary.skipped.reduce((sum, { count }) => sum + count, 0),
    )
    // Shapes that are one element each are all there, class by class.
    const count = (pairs: readonly string[]) => [...pairs].sort()
    const expected: string[] = []
    for (const { annotations } of inputsOf(name) as { annotations: Raw[] }[]) {
      for (const annotation of annotations) {
        if ("frames" in annotation || "polygon" in annotation) continue
        const type = Object.keys(elements).find((one) => one in annotation)
        if (type !== undefined) expected.push(`${elements[type]} ${String(annotation.name).trim()}`)
      }
    }
    const images = documents.get("output.xml")?.images ?? []
    const written = images
      .flatMap(({ children }) => children)
      .filter((shape) => shape.name !== "polygon" && shape.name !== "mask")
      .map((shape) => `${shape.name} ${shape.attributes.label}`)
    const isLost = summary.skipped.some(({ type }) => type in elements)
    if (!isLost && name !== "multi-slot") expect(count(written)).toEqual(count(expected))
  })

  if (!existsSync(reference)) {
    it("is written where darwin-py fails or was not asked", async () => {
      expect(ids).toEqual(existsSync(exportCase(name, "expected/cvat/ERROR.txt")) ? [expect.any(String)] : [])
      expect((await convert(name)).documents.size).toBeGreaterThan(0)
    })
    return
  }
  it(`equals the reference${ids.length > 0 ? ` but for ${ids.join(", ")}` : ""}`, async () => {
    const found = differences(parsed(reference), await convert(name))
    expect([...found].sort()).toEqual([...ids].sort())
  })
})
