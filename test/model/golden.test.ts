import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Annotation, AnnotationType } from "../../src/model/annotation.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { annotationType, shapeType } from "../../src/model/check.ts"
import { readAnnotationFile } from "../../src/model/read.ts"

// What darwin-py's parser found in files of Darwin JSON 2.0 is to be found in ours as well. It gives annotations of images
// first, then those over frames, raster layers and masks; rounds boxes to three decimals; and knows one path form.

const root = join(import.meta.dirname, "../fixtures/golden/imports/darwin")

interface Found {
  readonly class: string
  readonly type: string
  readonly id?: string
  readonly data?: unknown
  readonly frames?: Record<string, { readonly type: string; readonly data: unknown }>
}

function golden(name: string): Found[] {
  const [file] = JSON.parse(readFileSync(join(root, name, "expected.json"), "utf8"))
  return file.annotations.map(({ class: name, type, id, data, frames }: Found) => ({
    class: name,
    type,
    ...(id !== undefined && { id }),
    ...(frames === undefined
      ? { data: rounded(type, data) }
      : {
          frames: Object.fromEntries(
            Object.entries(frames).map(([index, frame]) => [
              index,
              { type: frame.type, data: rounded(frame.type, frame.data) },
            ]),
          ),
        }),
  }))
}

function rounded(type: string, data: unknown): unknown {
  return JSON.parse(JSON.stringify(data), (_, value) =>
    type === "bounding_box" && typeof value === "number" ? Number(value.toFixed(3)) : value,
  )
}

function ours({ annotations }: AnnotationFile): Found[] {
  const order = (annotation: Annotation) =>
    annotation.type === "video"
      ? 1
      : annotation.type === "raster_layer"
        ? 2
        : annotation.type === "mask"
          ? 3
          : 0
  return [...annotations].sort((a, b) => order(a) - order(b)).map(found)
}

function found(annotation: Annotation): Found {
  const { name, id } = annotation
  const common = {
    class: name.trim(),
    type: annotationType(annotation) ?? "unknown",
    ...(typeof id === "string" && { id }),
  }
  if (annotation.type !== "video") return { ...common, data: dataOf(annotation) }
  const frames = Object.entries({ ...annotation.frames, ...annotation.sections })
  return {
    ...common,
    frames: Object.fromEntries(
      frames.map(([index, frame]) => [index, { type: shapeType(frame) ?? "none", data: dataOf(frame) }]),
    ),
  }
}

function dataOf(holder: object): unknown {
  const type = shapeType(holder)
  if (type === undefined) return undefined
  const shapes = holder as Record<AnnotationType, object>
  if (type !== "polygon") return rounded(type, shapes[type])
  const polygon = shapes.polygon as { paths?: unknown; path?: unknown }
  const { bounding_box } = shapes
  return { paths: polygon.paths ?? [polygon.path], ...(bounding_box && { bounding_box }) }
}

function read(name: string, onInvalid: "throw" | "skip" = "throw"): AnnotationFile | undefined {
  return readAnnotationFile(readFileSync(join(root, name, "input.json")), "input.json", { onInvalid })
}

const cases = readdirSync(root).filter((name) => existsSync(join(root, name, "input.json")))
const failed = cases.filter((name) => existsSync(join(root, name, "ERROR.txt")))
const deviating = ["unsupported-mixed", "video-broken-frame", "video-only-keyframes"]
const alike = cases.filter((name) => !failed.includes(name) && !deviating.includes(name))

describe("a file that darwin-py has read", () => {
  it.each(alike)("gives the same: %s", (name) => {
    const file = read(name)
    const [expected] = JSON.parse(readFileSync(join(root, name, "expected.json"), "utf8")) ?? [null]
    if (expected === null) {
      expect(file).toBeUndefined()
      return
    }
    expect(file?.item.name).toBe(expected.filename)
    expect(file?.item.path).toBe(expected.remote_path)
    expect(ours(file as AnnotationFile)).toEqual(golden(name))
  })

  it("keeps annotations of unknown types, which darwin-py drops", () => {
    const all = ours(read("unsupported-mixed") as AnnotationFile)
    expect(all.filter(({ type }) => type !== "unknown")).toEqual(golden("unsupported-mixed"))
    expect(all.filter(({ type }) => type === "unknown").map(({ class: name }) => name)).toEqual([
      "bus",
      "bus",
    ])
  })

  it("keeps a track of which one frame has no shape, which darwin-py drops whole", () => {
    const all = ours(read("video-broken-frame") as AnnotationFile)
    expect(all.slice(1)).toEqual(golden("video-broken-frame"))
    expect(all[0]).toMatchObject({ class: "car", type: "bounding_box", frames: { 1: { type: "none" } } })
  })

  it("leaves a frame that only changes sub-annotations as it is, where darwin-py copies the shape before it", () => {
    const file = read("video-only-keyframes") as AnnotationFile
    const withoutCopies = (tracks: readonly Found[], kept: readonly Found[]) =>
      tracks.map((track, index) => ({
        ...track,
        frames: Object.fromEntries(
          Object.entries(track.frames ?? {}).filter(
            ([frame]) => kept[index]?.frames?.[frame]?.type !== "none",
          ),
        ),
      }))
    const tracks = ours(file)
    expect(withoutCopies(tracks, tracks)).toEqual(withoutCopies(golden("video-only-keyframes"), tracks))
    const bare = tracks
      .flatMap(({ frames }) => Object.values(frames ?? {}))
      .filter(({ type }) => type === "none")
    expect(bare.length).toBeGreaterThan(0)
  })
})

describe("a file that darwin-py has refused", () => {
  it("is read all the same where it has a byte order mark", () => {
    expect(read("encoding-utf8-bom")?.annotations.length).toBeGreaterThan(0)
  })

  it.each([
    [
      "malformed-annotation",
      /^input\.json: annotations\[1\]\.bounding_box\.w: expected number, received undefined$/,
    ],
    ["malformed-item", /^input\.json: image: this is Darwin JSON 1\.0/],
    ["malformed-json", /^input\.json: line 1, column \d+: /],
    ["raster-sparse-rle", /^input\.json: annotations\[\d\]\.mask\.sparse_rle: expected null, received /],
  ])("is refused with the place and the rule: %s", (name, message) => {
    expect(() => read(name)).toThrow(message)
    expect(failed).toContain(name)
  })

  it("gives what is sound in it where broken annotations may be skipped", () => {
    for (const name of ["malformed-annotation", "raster-sparse-rle"]) {
      const document = JSON.parse(readFileSync(join(root, name, "input.json"), "utf8"))
      expect(read(name, "skip")?.annotations).toHaveLength(document.annotations.length - 1)
    }
  })
})
