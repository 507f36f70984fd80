import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { ReadOptions, WriteSummary } from "../../../src/formats/format.ts"
import { pascalvoc } from "../../../src/formats/pascalvoc/index.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, exportCases } from "../golden.ts"
import { deviations } from "./deviations.ts"
import { child, childText, type Darwin, inputs, objects, type Tree, trees } from "./golden.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "pascalvoc-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

async function convert(name: string, options?: ReadOptions): Promise<WriteSummary> {
  return pipeline(darwin.read(exportCase(name, "input"), options), pascalvoc.write(directory))
}

function deviationsOf(name: string): string[] {
  return deviations.filter(({ exports }) => exports.includes(name)).map(({ id }) => id)
}

type Files = Map<string, Tree>

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, "")
}

/** The document that an output file is of: its own, or that of the video whose frame it is. */
function documentOf(file: string, documents: readonly Darwin[]): Darwin {
  const found = documents.find(({ item }) => {
    return file === `${stem(item.name)}.xml` || file.startsWith(`${stem(item.name)}/`)
  })
  if (found === undefined) throw new Error(`no item for ${file}`)
  return found
}

function changeText(file: Tree, name: string, change: (text: string) => string): void {
  const element = child(file, name)
  if (element === undefined) throw new Error(`no ${name}`)
  element[1] = change(element[1] as string)
}

/** What turns the reference's files into ours, for deviations that are a matter of form. */
const corrections: Readonly<Record<string, (files: Files, documents: readonly Darwin[]) => Files>> = {
  folders: (files, documents) =>
    new Map(
      [...files].map(([file, tree]) => {
        const parts = documentOf(file, documents)
          .item.path.split("/")
          .filter((part) => part !== "")
        const folder = parts.map((part) => `${part}/`).join("")
        changeText(tree, "filename", (name) => folder + name)
        changeText(tree, "path", (path) => path.replace("images/", `images/${folder}`))
        return [folder + file, tree]
      }),
    ),
  flags: (files, documents) => {
    for (const [file, tree] of files) {
      const { annotations } = documentOf(file.slice(file.lastIndexOf("/") + 1), documents)
      const boxed = annotations.filter((one) => one.bounding_box !== undefined || one.polygon !== undefined)
      const elements = (tree[1] as Tree[]).filter(([name]) => name === "object")
      expect(elements).toHaveLength(boxed.length)
      for (const [index, object] of elements.entries()) {
        const { attributes = [] } = boxed[index] as Darwin["annotations"][number]
        for (const flag of ["truncated", "difficult"]) {
          if (attributes.includes(flag)) changeText(object, flag, () => "1")
        }
        if (!attributes.includes("occluded")) continue
        const children = object[1] as Tree[]
        children.splice(
          children.findIndex(([name]) => name === "difficult"),
          0,
          ["occluded", "1"],
        )
      }
    }
    return files
  },
  "no-size": (files) => {
    for (const tree of files.values()) {
      const size = child(tree, "size")
      if (size === undefined || childText(size, "width") !== "None") continue
      tree[1] = (tree[1] as Tree[]).filter((element) => element !== size)
    }
    return files
  },
  "file-names": (files) =>
    new Map([...files].map(([file, tree]) => [file.replace(/[<>"\\|?*]/g, "_"), tree])),
  "large-integers": (files) => {
    const content = files.get("street_001.xml")?.[1] as Tree[] | undefined
    for (const object of content?.filter(([name]) => name === "object") ?? []) {
      const box = child(object, "bndbox") as Tree
      changeText(box, "xmin", (text) => text.replace("9007199254740993", "9007199254740992"))
      changeText(box, "xmax", (text) => text.replace("9007199254740995", "9007199254740994"))
    }
    return files
  },
}

/** The whole result where the reference failed or lost something: objects as `name xmin ymin xmax ymax`. */
const results: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "name-collisions": {
    "one/same.xml": ["car 46 33 71 53", "car 10 25 58 49"],
    "same.xml": ["person 31 30 51 48"],
    "same_2.xml": ["traffic light 20 24 37 39"],
    "two/same.xml": ["truck 50 27 67 43", "truck 41 24 55 47"],
  },
  "multi-slot": {
    "ms/0/left.xml": ["car 2 46 109 70", "traffic light 20 37 56 68", "tree 39 16 57 35"],
    "ms/1/right.xml": ["tree 37 34 55 52"],
    "ms/left/third.xml": ["truck 16 11 18 27"],
  },
  "no-extension": {
    "plain.xml": ["truck 18 22 44 43"],
    "report.v1.xml": ["car 33 36 84 38"],
    "report.v2.xml": ["truck 34 12 37 36"],
    "x.json.y.xml": ["person 35 11 81 55"],
  },
  "polygon-multipath": {
    "frame_0005.xml": [
      "car 10 10 50 50",
      "truck 60 5 89 39",
      "person 70 50 100 80",
      "traffic light 5 55 35 80",
      "car 14 12 70 47",
    ],
    "tram.xml": ["bicycle 19 22 79 79", "bus 81 27 118 59", "road sign 1 1 100 100"],
  },
  "polygon-no-bbox": {
    "IMG 0003.xml": [
      "scooter 23 10 49 34",
      "traffic light 29 37 51 57",
      "bus 18 32 45 59",
      "traffic light 26 12 49 36",
    ],
  },
  "polygon-outside-no-bbox": {
    "street_001.xml": ["car -10 -10 30 40", "truck 77 41 122 91"],
    "street_002.xml": ["person 102 66 117 81", "person -5 10 103 30"],
  },
  "polygon-some-bbox": {
    "street_001.xml": ["person 59 13 86 42", "car 72 22 88 48", "road sign 75 32 88 74"],
    "street_002.xml": ["tree 26 27 50 60", "bus 47 21 64 41", "car 24 32 34 46"],
  },
  "encoding-utf8-bom": { "bom.xml": ["truck 2 41 57 54"] },
  "video-broken-frame": {
    "bf/0000000.xml": ["car 1 2 4 6", "truck 5 6 26 17"],
    "bf/0000001.xml": ["truck 6 7 27 18"],
  },
  "video-only-keyframes": {
    "okf/0000000.xml": ["car 1 2 11 12"],
    "okf/0000001.xml": ["car 1 2 11 12", "truck 5 5 20 20"],
    "okf/0000002.xml": ["car 1 2 11 12", "truck 5 5 20 20"],
    "okf/0000003.xml": ["car 1 2 11 12", "truck 5 5 20 20"],
    "okf/0000004.xml": ["car 9 8 21 18"],
    "okf/0000005.xml": ["car 9 8 21 18"],
  },
  "video-no-frames": {},
}

/** What is refused, and what is left when the damaged part is passed over. */
const refusals: Readonly<
  Record<string, { readonly file: string; readonly place: RegExp; readonly rest: readonly string[] }>
> = {
  "malformed-annotation": { file: "street_001.json", place: /^annotations\[1\]/, rest: ["street_001.xml"] },
  "malformed-item": { file: "street_001.json", place: /^(?:item|image)$/, rest: [] },
  "raster-sparse-rle": { file: "street_001.json", place: /^annotations\[0\]/, rest: ["street_001.xml"] },
  "malformed-json": { file: "street_001.json", place: /^line 1, column 90$/, rest: [] },
}

function halfToEven(value: number): number {
  const near = Math.round(value)
  return Math.abs(value % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near
}

/** The objects of a case of which the reference wrote no Pascal VOC, by the item or frame. */
function plainResult(documents: readonly Darwin[]): Record<string, string[]> {
  const result: Record<string, string[]> = {}
  const add = (file: string, { name, bounding_box, polygon }: Darwin["annotations"][number]) => {
    const points = polygon?.paths.flat()
    const [xs, ys] = [points?.map(({ x }) => x), points?.map(({ y }) => y)]
    const corners =
      xs !== undefined && ys !== undefined
        ? [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
        : bounding_box && [
            bounding_box.x,
            bounding_box.y,
            bounding_box.x + bounding_box.w,
            bounding_box.y + bounding_box.h,
          ]
    const objects = result[file] ?? []
    result[file] = objects
    if (corners !== undefined) objects.push([name, ...corners.map(halfToEven)].join(" "))
  }
  for (const { item, annotations } of documents) {
    const frames = annotations.filter(({ frames }) => frames !== undefined)
    for (const annotation of annotations) {
      if (annotation.frames === undefined) add(`${item.name.replace(/\.(jpg|nii\.gz)$/, "")}.xml`, annotation)
    }
    for (const { name, frames: shapes = {} } of frames) {
      for (const [frame, shape] of Object.entries(shapes)) {
        add(`${stem(item.name)}/${frame.padStart(7, "0")}.xml`, { name, ...shape })
      }
    }
  }
  return result
}

describe.each(exportCases)("%s", (name) => {
  const ids = deviationsOf(name)
  const refusal = refusals[name]
  const result = results[name]
  const reference = exportCase(name, "expected/pascalvoc")

  if (refusal !== undefined) {
    it("is refused with file and place, and the rest is written when asked for", async () => {
      expect(ids).toEqual(["damaged-input"])
      await expect(convert(name)).rejects.toMatchObject({
        code: "format",
        file: exportCase(name, "input", refusal.file),
        place: expect.stringMatching(refusal.place),
      })
      await convert(name, { onInvalid: "skip" })
      expect([...trees(directory).keys()]).toEqual(refusal.rest)
    })
    return
  }

  if (!existsSync(reference)) {
    it("is written though there is no reference", async () => {
      expect(ids).toEqual([])
      await convert(name)
      const written = [...trees(directory)].map(([file, tree]) => [file, objects(tree)])
      const expected = plainResult(inputs(name))
      // Frames without an annotation have files, too.
      expect(Object.fromEntries(written)).toEqual({
        ...Object.fromEntries(written.map(([file]) => [file, []])),
        ...expected,
      })
    })
    return
  }

  it(`equals the reference${ids.length > 0 ? ` but for ${ids.join(", ")}` : ""}`, async () => {
    const summary = await convert(name)
    const written = trees(directory)
    expect(summary.images).toBe(written.size)
    expect(summary.written).toBe([...written.values()].flatMap(objects).length)
    expect(summary.annotations).toBe(
      summary.written + summary.skipped.reduce((sum, { count }) => sum + count, 0),
    )

    const files = trees(reference)
    const isFailed = existsSync(join(reference, "ERROR.txt"))
    if (ids.length > 0 && !isFailed) expect(written).not.toEqual(files)
    if (result !== undefined) {
      expect(ids).not.toEqual([])
      expect(Object.fromEntries([...written].map(([file, tree]) => [file, objects(tree)]))).toEqual(result)
      // What both have is the same, but for the objects.
      for (const [file, tree] of files) {
        const ours = written.get(file)
        if (ours === undefined || name === "name-collisions") continue
        const head = ([, content]: Tree) => (content as Tree[]).filter(([element]) => element !== "object")
        expect(head(ours)).toEqual(head(tree))
      }
      return
    }
    expect(isFailed).toBe(false)
    let corrected = files
    for (const id of ids) {
      const correct = corrections[id]
      if (correct === undefined) throw new Error(`no correction for ${id}`)
      const before = structuredClone(corrected)
      corrected = correct(corrected, inputs(name))
      expect(corrected, `${id} does not show in this case`).not.toEqual(before)
    }
    expect(written).toEqual(corrected)
  })
})

it("names no case that does not exist", () => {
  for (const name of Object.keys(results)) expect(exportCases).toContain(name)
})
