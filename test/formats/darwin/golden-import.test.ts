import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { darwin } from "../../../src/formats/darwin/index.ts"
import type { ReadOptions } from "../../../src/formats/format.ts"
import type { Annotation, AnnotationType, Author } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { annotationType, shapeType } from "../../../src/model/check.ts"
import { expectedImport, importCases, importInput } from "../golden.ts"
import { deviations } from "./deviations.ts"

/** An annotation as darwin-py's parser gives it. */
interface Found {
  readonly class: string
  readonly type: string
  readonly id?: string
  readonly data?: unknown
  readonly subs?: readonly Sub[]
  readonly slot_names?: readonly string[]
  readonly frames?: Readonly<Record<string, Found>>
  readonly keyframes?: Readonly<Record<string, boolean>>
}

interface Sub {
  readonly type: string
  readonly data: unknown
}

interface FoundFile {
  readonly filename: string
  readonly remote_path: string
  readonly annotations: readonly Found[]
}

async function read(name: string, options?: ReadOptions): Promise<AnnotationFile[]> {
  const files: AnnotationFile[] = []
  for await (const file of darwin.read(importInput("darwin", name), options)) files.push(file)
  return files
}

function inReferenceForm({ item, annotations }: AnnotationFile): FoundFile {
  return { filename: item.name, remote_path: item.path, annotations: annotations.map(found) }
}

function found(annotation: Annotation): Found {
  const { name, id, slot_names = [], annotators, reviewers, properties } = annotation
  const common = {
    class: name.trim(),
    type: annotationType(annotation) ?? "unknown",
    ...(typeof id === "string" && { id }),
  }
  const around = {
    slot_names,
    ...(annotators && { annotators: annotators.map(authorOf) }),
    ...(reviewers && { reviewers: reviewers.map(authorOf) }),
    ...(properties?.length && {
      properties: properties.map(({ name, value = null, frame_index }) => ({
        name,
        value,
        frame_index: frame_index ?? "global",
      })),
    }),
  }
  if (annotation.type !== "video") {
    return { ...common, data: dataOf(annotation), subs: subsOf(annotation), ...around }
  }
  const frames = Object.entries({ ...annotation.frames, ...annotation.sections })
  return {
    ...common,
    ...around,
    frames: Object.fromEntries(
      frames.map(([index, frame]) => [
        index,
        { ...common, type: shapeType(frame) ?? "none", data: dataOf(frame), subs: subsOf(frame) },
      ]),
    ),
    keyframes: Object.fromEntries(frames.map(([index, { keyframe = false }]) => [index, keyframe])),
    segments: annotation.ranges ?? annotation.segments ?? [],
    interpolated: annotation.interpolated ?? false,
    hidden_areas: annotation.hidden_areas ?? [],
  } as Found
}

function authorOf({ full_name, email }: Author): object {
  return { name: full_name, email }
}

function dataOf(holder: object): unknown {
  const type = shapeType(holder)
  if (type === undefined) return undefined
  const shapes = holder as Record<AnnotationType, object>
  if (type !== "polygon") return shapes[type]
  const polygon = shapes.polygon as { paths?: unknown; path?: unknown }
  const { bounding_box } = shapes
  return { paths: polygon.paths ?? [polygon.path], ...(bounding_box && { bounding_box }) }
}

function subsOf(holder: object): Sub[] {
  const { instance_id, attributes, text, inference, directional_vector, measures } = holder as Record<
    string,
    { readonly value?: unknown; readonly text?: unknown }
  >
  const subs: [type: string, data: unknown][] = [
    ["instance_id", instance_id?.value],
    ["attributes", attributes],
    ["text", text?.text],
    ["inference", inference],
    ["directional_vector", directional_vector],
    ["measures", measures],
  ]
  return subs.filter(([, data]) => data !== undefined).map(([type, data]) => ({ type, data }))
}

function rounded(found: Found): Found {
  return JSON.parse(JSON.stringify(found), function (this: { type?: string }, key, value) {
    if (key !== "data" || this.type !== "bounding_box") return value
    return Object.fromEntries(
      Object.entries(value as object).map(([side, number]) => [side, Number(number.toFixed(3)) + 0]),
    )
  })
}

const late = ["raster_layer", "mask"]

function sorted(annotations: readonly Found[]): Found[] {
  const rank = ({ frames, type }: Found) => (frames !== undefined ? 1 : late.indexOf(type) + 2)
  const place = (one: Found) => (rank(one) === 1 && one.frames === undefined ? 0 : rank(one))
  return [...annotations].sort((a, b) => place(a) - place(b))
}

/** What turns what we read into what darwin-py reads, for deviations that leave something to compare. */
const corrections: Readonly<Record<string, (ours: readonly Found[], theirs: readonly Found[]) => Found[]>> = {
  order: sorted,
  "box-rounding": (ours) => ours.map(rounded),
  "unknown-types": (ours) => ours.filter(({ type }) => type !== "unknown"),
  "broken-frame": (ours) =>
    ours.filter(({ frames = {} }) => Object.values(frames).every(({ type }) => type !== "none")),
  "bare-keyframes": (ours, theirs) =>
    ours.map((track, index) => {
      const copies = theirs[index]?.frames ?? {}
      const frames = Object.entries(track.frames ?? {}).map(([at, frame]) => {
        if (frame.type !== "none") return [at, frame]
        const { type, data } = copies[at] as Found
        expect(Object.values(track.frames ?? {}).map((one) => one.data)).toContainEqual(data)
        return [at, { ...frame, type, data }]
      })
      return { ...track, frames: Object.fromEntries(frames) }
    }),
}

/** Where and why a file is refused, and how many of its annotations are left when what is broken is skipped. */
const refusals: Readonly<
  Record<string, { readonly place: RegExp; readonly rule: RegExp; readonly rest: number }>
> = {
  "malformed-annotation": {
    place: /^annotations\[1\]\.bounding_box\.w$/,
    rule: /^expected number/,
    rest: -1,
  },
  "malformed-item": { place: /^image$/, rule: /^this is Darwin JSON 1\.0/, rest: Number.NEGATIVE_INFINITY },
  "malformed-json": { place: /^line 1, column 90$/, rule: /./, rest: Number.NEGATIVE_INFINITY },
  "raster-sparse-rle": { place: /^annotations\[\d\]\.mask\.sparse_rle$/, rule: /^expected null/, rest: -1 },
}

describe.each(importCases("darwin"))("%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const refusal = refusals[name]
  const reference = expectedImport("darwin", name) as FoundFile[] | null | undefined

  if (refusal !== undefined) {
    it("is refused with file, place and rule, and the rest is read when asked for", async () => {
      expect(ids).toEqual(["damaged-input"])
      const { place, rule, rest } = refusal
      await expect(read(name)).rejects.toMatchObject({
        code: "format",
        file: importInput("darwin", name),
        place: expect.stringMatching(place),
        rule: expect.stringMatching(rule),
      })
      const files = await read(name, { onInvalid: "skip" })
      if (rest === Number.NEGATIVE_INFINITY) expect(files).toEqual([])
      else {
        const { annotations } = JSON.parse(readFileSync(importInput("darwin", name), "utf8"))
        expect(files[0]?.annotations).toHaveLength(annotations.length + rest)
      }
    })
    return
  }

  if (reference === undefined) {
    it("is read where darwin-py fails", async () => {
      expect(ids).toEqual(["byte-order-mark"])
      const [file] = (await read(name)).map(inReferenceForm)
      const document = JSON.parse(readFileSync(importInput("darwin", name), "utf8").slice(1))
      expect(file?.annotations.map((one) => one.class)).toEqual(
        document.annotations.map((one: { name: string }) => one.name),
      )
    })
    return
  }

  it(`gives what darwin-py gives${ids.length > 0 ? ` but for ${ids.join(", ")}` : ""}`, async () => {
    const files = (await read(name)).map(inReferenceForm)
    if (reference === null) {
      expect(files).toEqual([])
      return
    }
    // JSON has no minus zero, Python's rounding may give one.
    const theirs = reference.map(({ filename, remote_path, annotations }) =>
      JSON.parse(JSON.stringify({ filename, remote_path, annotations })),
    )
    expect(files).toHaveLength(1)
    const [ours, expected] = [files[0], theirs[0]] as [FoundFile, FoundFile]
    let { annotations } = ours
    for (const id of ids) {
      const before = annotations
      annotations = (corrections[id] as NonNullable<(typeof corrections)[string]>)(
        before,
        expected.annotations,
      )
      expect(annotations, `${id} does not show in this case`).not.toEqual(before)
    }
    expect({ ...ours, annotations }).toEqual(expected)
  })
})
