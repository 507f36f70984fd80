import { FormatError } from "../../errors.ts"
import type { VideoAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile, Item, Slot } from "../../model/annotation-file.ts"
import { type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { createAttempt } from "../shared/attempt.ts"
import { isNameOfNames } from "../shared/csv-file.ts"
import { type FileRow, rowsOfFiles } from "../shared/csv-rows.ts"
import { imageItem } from "../shared/image-name.ts"

/**
 * Reads CSV files of rows `filename,tag,start_frame,end_frame` from files, directories and zip archives. Frames count from
 * 0 and the end frame is included: `clip.mp4,night,0,3` is a tag over four frames, in Darwin's terms with the range
 * `[0, 4]`. Each row becomes an annotation with its first frame as the one keyframe.
 *
 * Rows of one video that follow one another come in one file; those that stand apart give several files of its name, since
 * to bring them together, everything would have to be held. A row that stands twice counts once, and is told as a `skip`
 * event. Blanks around cells and empty rows are left out. A first row of the words `filename,tag,start,end` names the
 * columns. A row of another number of cells, without a file name or a tag, and with frames that are no whole numbers
 * from 0 on or the wrong way round breaks the rules.
 *
 * Memory does not grow with the rows, but for those of one video.
 *
 * @throws FormatError (`format`) with the line, under the policy `"throw"`.
 */
export function read(paths: string | readonly string[], options: ReadOptions = {}): Source<AnnotationFile> {
  return source(async function* (context) {
    const attempt = createAttempt(options.onInvalid, context)
    let video: TaggedVideo | undefined
    for await (const row of rowsOfFiles(paths, options, context)) {
      if (row.isFirst && isHeader(row.cells)) continue
      const span = attempt(() => spanOf(row))
      if (span === undefined) continue
      if (video === undefined || !isSame(video, row.file, span.item)) {
        if (video !== undefined) yield fileOf(video)
        video = { file: row.file, item: span.item, spans: new Map() }
      }
      const { tag, start, end } = span
      const key = `${start} ${end} ${tag}`
      if (video.spans.has(key)) {
        context.onEvent?.({
          type: "skip",
          file: row.file,
          place: row.place,
          reason: "the video has this row twice",
        })
      }
      video.spans.set(key, annotationOf(tag, start, end))
    }
    if (video !== undefined) yield fileOf(video)
  })
}

interface TaggedVideo {
  readonly file: string
  readonly item: Item
  readonly spans: Map<string, VideoAnnotation>
}

function isHeader([name, tag, start, end, ...rest]: readonly string[]): boolean {
  const isFrame = (cell: string | undefined, word: string) =>
    cell !== undefined && cell.toLowerCase().replace(/[ _-]?frame$/, "") === word
  return (
    isNameOfNames(name) &&
    tag?.toLowerCase() === "tag" &&
    isFrame(start, "start") &&
    isFrame(end, "end") &&
    rest.length === 0
  )
}

function spanOf({ file, place, cells }: FileRow): {
  readonly item: Item
  readonly tag: string
  readonly start: number
  readonly end: number
} {
  const refuse = (rule: string) => new FormatError(file, place, rule)
  if (cells.length !== 4) throw refuse(`expected 4 cells, found ${cells.length}`)
  const [name = "", tag = "", ...frames] = cells
  if (name === "") throw refuse("the row has no file name")
  if (tag === "") throw refuse("the row has no tag")
  const [start, end] = frames.map((cell) => {
    // More digits than these a number cannot hold.
    if (!/^\d{1,15}$/.test(cell)) throw refuse(`${JSON.stringify(cell)} is not the number of a frame`)
    return Number(cell)
  }) as [number, number]
  if (start > end) throw refuse(`the start frame ${start} is behind the end frame ${end}`)
  return { item: imageItem(name, {}, file, place), tag, start, end }
}

function annotationOf(name: string, start: number, end: number): VideoAnnotation {
  return {
    name,
    type: "video",
    frames: { [start]: { tag: {}, keyframe: true } },
    ranges: [[start, end + 1]],
    interpolated: false,
    only_keyframes: true,
  }
}

function isSame(video: TaggedVideo, file: string, { name, path }: Item): boolean {
  return video.item.name === name && video.item.path === path && video.file === file
}

function fileOf({ file, item, spans }: TaggedVideo): AnnotationFile {
  const slots = item.slots?.map((slot): Slot => ({ ...slot, type: "video" })) ?? []
  return { path: file, version: "2.0", item: { ...item, slots }, annotations: [...spans.values()] }
}
