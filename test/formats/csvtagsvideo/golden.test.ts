import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { csvtagsvideo } from "../../../src/formats/csvtagsvideo/index.ts"
import { fullName, type Raw, type RawAnnotation, rawDocuments, readAll, rowsOf, writeCase } from "../csv.ts"
import { expectedImport, exportCases, importCases, importInput, inDirectory } from "../golden.ts"
import { deviations } from "./deviations.ts"

/** A video and its tags, with the first frame and the last. */
type Tagged = readonly [video: string, ...spans: (readonly [tag: string, start: number, end: number])[]]

interface Reference {
  readonly filename: string
  readonly remote_path: string
  readonly full_path: string
  readonly is_video: boolean
  readonly annotations: readonly {
    readonly class: string
    readonly type: string
    readonly frames: Readonly<Record<string, unknown>>
    readonly segments: readonly [readonly [number, number]]
  }[]
}

function reference(name: string): Tagged[] | undefined {
  const files = expectedImport("csv_tags_video", name) as readonly Reference[] | undefined
  return files?.map(({ full_path, annotations }) => [
    full_path,
    ...annotations.map(({ class: tag, segments: [[start, end]], frames }) => {
      // Its segments, which go to V7 as they are, leave out the last of its own frames.
      expect(Object.keys(frames)).toHaveLength(end - start + 1)
      return [tag, start, end] as const
    }),
  ])
}

async function read(name: string, onInvalid: "throw" | "skip" = "throw") {
  const { result, events } = await readAll(csvtagsvideo, importInput("csv_tags_video", name), { onInvalid })
  const tagged = result.map(({ item, annotations }): Tagged => {
    expect(item.slots).toEqual([{ slot_name: "0", type: "video", source_files: [{ file_name: item.name }] }])
    const spans = annotations.map((annotation) => {
      if (annotation.type !== "video") throw new Error(`a ${annotation.type}`)
      const [[start, end] = [0, 0], ...others] = annotation.ranges ?? []
      expect(others).toEqual([])
      expect(annotation.frames).toEqual({ [start]: { tag: {}, keyframe: true } })
      return [annotation.name, start, end - 1] as const
    })
    return [`${item.path}/${item.name}`.replace("//", "/"), ...spans]
  })
  const skips = events.flatMap((event) => (event.type === "skip" ? [`${event.place}: ${event.reason}`] : []))
  return { tagged, skips }
}

interface Result {
  readonly tagged: readonly Tagged[]
  readonly skips?: readonly string[]
  /** What is told is no mistake. */
  readonly isValid?: boolean
}

/** What is read where the reference is wrong, or failed; and what is told. */
const results: Readonly<Record<string, Result>> = {
  "empty-names": { tagged: [], skips: ["line 1: the row has no file name", "line 2: the row has no tag"] },
  header: { tagged: [["/car-0.mp4", ["night", 0, 2]]] },
  negative: { tagged: [], skips: ['line 1: "-1" is not the number of a frame'] },
  "not-a-number": { tagged: [], skips: ['line 1: "0.0" is not the number of a frame'] },
  overlap: {
    tagged: [["/car-0.mp4", ["night", 0, 4], ["night", 2, 6]]],
    skips: ["line 3: the video has this row twice"],
    isValid: true,
  },
  reversed: { tagged: [], skips: ["line 1: the start frame 5 is behind the end frame 2"] },
  "several-ranges": {
    tagged: [
      ["/car-0.mp4", ["night", 0, 2], ["night", 5, 7], ["rainy", 1, 4]],
      ["/truck-1.mp4", ["night", 0, 0]],
      ["/car-0.mp4", ["blurred", 9, 9]],
    ],
  },
  "spaces-quoted": {
    tagged: [
      ["/car-0.mp4", ["tag, a", 1, 2]],
      ["/truck-1.mp4", ['say "x"', 0, 0]],
    ],
  },
  "wrong-columns": {
    tagged: [["/car-0.mp4", ["night", 0, 1]]],
    skips: [
      "line 1: expected 4 cells, found 3",
      "line 2: expected 4 cells, found 5",
      "line 4: expected 4 cells, found 1",
    ],
  },
}

describe.each(importCases("csv_tags_video"))("import/%s", (name) => {
  const ids = deviations.filter(({ imports }) => imports.includes(name)).map(({ id }) => id)
  const { tagged, skips = [], isValid = false } = results[name] ?? { tagged: reference(name) ?? [] }

  it(ids.length === 0 ? "equals the reference" : `differs by ${ids.join(", ")}`, async () => {
    expect(await read(name, "skip")).toEqual({ tagged, skips })
    if (ids.length === 0) expect(tagged).toEqual(reference(name))
    else if (!ids.includes("wrong-rows")) expect(tagged).not.toEqual(reference(name))
    if (skips.length === 0 || isValid) expect(await read(name)).toEqual({ tagged, skips })
    else {
      const [place, rule] = skips[0]?.split(": ") ?? []
      await expect(read(name)).rejects.toMatchObject({ code: "format", place, rule })
    }
  })
})

/** The rows of a document, from the document alone. All tracks of the cases list each of their frames, or are one range. */
function rowsOfDocument(document: Raw): string[][] {
  const isTag = ({ frames = {} }: RawAnnotation) => Object.values(frames).some(({ tag }) => tag !== undefined)
  return document.annotations.filter(isTag).flatMap(({ name, ranges = [] }) => {
    return ranges.map(([start, end]) => [fullName(document), name.trim(), String(start), String(end - 1)])
  })
}

it.each(exportCases)("writes %s as its documents have it", async (name) => {
  await inDirectory(async (directory) => {
    const { result: summary, events } = await writeCase(csvtagsvideo, name, directory)
    const rows = rowsOf(join(directory, "tags.csv"))
    expect(rows.toSorted()).toEqual(rawDocuments(name).flatMap(rowsOfDocument).toSorted())
    expect(summary.images).toBe(new Set(rows.map(([video]) => video)).size)
    expect(summary.written).toBe(rows.length)
    const skipped = summary.skipped.reduce((sum, { count }) => sum + count, 0)
    expect(summary.annotations).toBe(summary.written + skipped)
    const told = events.filter((event) => event.type === "skip" && event.place?.startsWith("annotations"))
    expect(told.length).toBeGreaterThanOrEqual(skipped)

    const { result: files } = await readAll(csvtagsvideo, directory)
    expect(
      files.flatMap(({ item, annotations }) =>
        annotations.map((track) => {
          const [start, end] = (track.type === "video" && track.ranges?.[0]) || [0, 0]
          return [`${item.path}/${item.name}`.replace("//", "/"), track.name, `${start}`, `${end - 1}`]
        }),
      ),
    ).toEqual(rows)
  })
})
