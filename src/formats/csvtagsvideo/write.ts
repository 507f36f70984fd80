import type { Annotation, VideoAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile, Item, Slot } from "../../model/annotation-file.ts"
import { annotationType } from "../../model/check.ts"
import { part } from "../../storage/names.ts"
import type { Sink } from "../../stream.ts"
import type { WriteSummary } from "../format.ts"
import { type CsvFileOptions, csvFileName, nameCell, writeCsvFile } from "../shared/csv-file.ts"
import { fullNameOf } from "../shared/image-name.ts"
import { createTally } from "../shared/tally.ts"
import { spansOf } from "./spans.ts"

/**
 * Writes one CSV file with a row for each span of frames that a tag is over: `/<item folder>/<item name>,tag,start,end`,
 * frames from 0, the end frame included. Such a span is one of the track's `ranges`, or frames in a row that it lists.
 *
 * Annotations over frames whose shape is a tag are written; all others are counted as skipped, each as one. Of an item with
 * several slots, each is named `<item name>/<slot name>/<source file name>`. A video without a tag has no row, which is
 * told as a `skip` event. Nothing else of a tag is held, such as its attributes. There is no row that names the columns,
 * since darwin-py would fail on it.
 *
 * @throws OptionError (`option`) for options out of range.
 * @throws PathError (`path`) for an item whose name or folder has a part such as `..`.
 */
export function write(directory: string, options: CsvFileOptions = {}): Sink<AnnotationFile, WriteSummary> {
  const fileName = csvFileName(options)

  return (input, context) =>
    writeCsvFile(directory, fileName, context, async (csv) => {
      const tally = createTally(context)
      for await (const file of input) {
        const { path, item, annotations } = file
        tally.came(annotations.length)
        const rows = new Map<string, Map<string, readonly string[]>>()
        for (const [index, annotation] of annotations.entries()) {
          const type = annotationType(annotation) ?? annotation.type
          const counted = { name: annotation.name, type }
          const reason = reasonAgainst(annotation, type) ?? addRows(rows, item, annotation as VideoAnnotation)
          if (reason === undefined) tally.written(counted)
          else tally.skipped(counted, path, `annotations[${index}]`, reason)
        }
        for (const own of rows.values()) {
          for (const cells of own.values()) await csv.row(cells, path)
          tally.image()
        }
        if (rows.size === 0) {
          context?.onEvent?.({ type: "skip", file: path, place: "item", reason: "it has no tag over frames" })
        }
        context?.onEvent?.({ type: "file", task: "write", path })
      }
      return tally.summary()
    })
}

function reasonAgainst({ type, name }: Annotation, shape: string): string | undefined {
  if (type !== "video" || shape !== "tag") return "CSV tags of videos has tags over frames only"
  return name.trim() === "" ? "its class has no name" : undefined
}

/** Adds the rows of a track that are not there yet, by the video they are of, or says why there are none. */
function addRows(
  rows: Map<string, Map<string, readonly string[]>>,
  item: Item,
  track: VideoAnnotation,
): string | undefined {
  const tag = track.name.trim()
  const spans = spansOf(track)
  const videos = videosOf(item, track)
  if (spans.length === 0) return "it has no frame"
  if (videos.length === 0) return "the item has no slot of that name"
  let isNew = false
  for (const video of videos) {
    const own = rows.get(video) ?? new Map<string, readonly string[]>()
    rows.set(video, own)
    for (const [start, end] of spans) {
      const cells = [video, tag, `${start}`, `${end - 1}`]
      const key = cells.join()
      isNew ||= !own.has(key)
      own.set(key, cells)
    }
  }
  return isNew ? undefined : "the video has this tag over these frames already"
}

/** The names of the videos that an annotation belongs to. */
function videosOf(item: Item, { slot_names: names = [] }: Annotation): string[] {
  const slots = item.slots ?? []
  if (slots.length < 2) return [nameCell(fullNameOf(item))]
  const own = slots.filter(({ slot_name: name }, index) => {
    return names.length === 0 ? index === 0 : names.includes(name)
  })
  return own.map((slot) => nameCell(fullNameOf({ ...item, name: slotName(item, slot) })))
}

function slotName({ name }: Item, { slot_name: slot, source_files: sources }: Slot): string {
  const source = sources?.[0]?.file_name
  return [name, slot, ...(source === undefined ? [] : [source])].map(part).join("/")
}
