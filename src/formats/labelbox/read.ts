import type { Annotation } from "../../model/annotation.ts"
import type { AnnotationFile, Item, Slot } from "../../model/annotation-file.ts"
import { parseJsonElement } from "../../parse/json.ts"
import {
  elementsOf,
  type JsonValue,
  member,
  membersOf,
  required,
  textOf,
  wrong,
} from "../../parse/json-value.ts"
import { documents } from "../../storage/documents.ts"
import { inContext, type OpenContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { type Attempt, createAttempt } from "../shared/attempt.ts"
import { imageItem } from "../shared/image-name.ts"
import { detailsOf, listOf, tagsOf } from "./classifications.ts"
import { nameOf, shapeOf } from "./objects.ts"
import { type RawRecord, recordsOf } from "./records.ts"
import { trackOf, videoLabelOf, videoTagsOf } from "./tracks.ts"

/**
 * Reads exports of any size, record by record: in memory are one piece of the file and its largest record.
 *
 * A record is a data row, and inside of it an object or the classifications of a label. Errors name it by the line or the
 * place in the list and the JSON path, such as `line 3: $.projects.p1.labels[0].annotations.objects[2].polygon`. A line that
 * is no JSON costs that line only; a list that breaks off ends the file.
 *
 * @throws FormatError (`format`) under the policy `"throw"`.
 */
export function read(paths: string | readonly string[], options: ReadOptions = {}): Source<AnnotationFile> {
  const { onInvalid } = options

  return source(async function* (context) {
    const attempt = createAttempt(onInvalid, context)
    for await (const document of inContext(documents(paths, { extensions: [".json", ".ndjson"] }), context)) {
      const batches = recordsOf(document)
      try {
        for (;;) {
          const batch = await batches.next().catch((error) =>
            attempt<undefined>(() => {
              throw error
            }),
          )
          if (batch === undefined || batch.done === true) break
          for (const record of batch.value) {
            const file = attempt(() => fileOf(record, document.path, attempt, context))
            if (file !== undefined) yield file
          }
          context.signal.throwIfAborted()
        }
      } finally {
        await batches.return(undefined)
      }
    }
  })
}

function fileOf(
  { place, bytes }: RawRecord,
  file: string,
  attempt: Attempt,
  context: OpenContext,
): AnnotationFile {
  const value = parseJsonElement(bytes, file, place)
  const record: JsonValue = { file, place: place.startsWith("line") ? `${place}: $` : place, value }
  const reading: Reading = { annotations: [], attempt, context }
  const row = member(record, "data_row")
  const item = row === undefined ? legacyItem(record, reading) : itemOf(record, row, reading)
  return { path: file, version: "2.0", item, annotations: reading.annotations }
}

/** What one data row is read into. */
interface Reading {
  readonly annotations: Annotation[]
  readonly attempt: Attempt
  readonly context: OpenContext
}

function legacyItem(record: JsonValue, reading: Reading): Item {
  const item = slotItem(
    required(record, "External ID"),
    member(record, "Media Attributes"),
    member(record, "Labeled Data"),
  )
  const label = required(record, "Label")
  readObjects(member(label, "objects"), reading)
  readTags(label, reading)
  return item
}

function itemOf(record: JsonValue, row: JsonValue, reading: Reading): Item {
  const name = member(row, "external_id") ?? member(row, "global_key")
  if (name === undefined) throw wrong(row, "has neither external_id nor global_key")
  const media = member(record, "media_attributes")
  const item = slotItem(name, media, member(row, "row_data"))
  const labels = labelsOf(record)
  const isVideo = isVideoMedia(media) || labels.some(({ value }) => Object.hasOwn(value as object, "frames"))
  if (labels.length > 1) {
    const message = `${record.file}: ${record.place}: the annotations of ${labels.length} labels are put together`
    reading.context.onEvent?.({ type: "warning", message })
  }
  const frameCount = isVideo ? positive(media, "frame_count") : undefined
  for (const annotations of labels) {
    if (isVideo) readVideo(annotations, frameCount, reading)
    else {
      readObjects(member(annotations, "objects"), reading)
      readTags(annotations, reading)
      const groups = member(annotations, "groups")
      if (groups !== undefined) skip(groups, "the slices of a series are not read", reading.context)
    }
  }
  if (!isVideo) return item
  const fps = positive(media, "frame_rate")
  const slot: Slot = {
    ...(item.slots?.[0] as Slot),
    type: "video",
    ...(fps !== undefined && { fps }),
    ...(frameCount !== undefined && { frame_count: frameCount }),
  }
  return { ...item, slots: [slot] }
}

/** The annotations of each label of each project. */
function labelsOf(record: JsonValue): JsonValue[] {
  const projects = member(record, "projects")
  if (projects === undefined) return []
  return membersOf(projects).flatMap(([, project]) => {
    const labels = member(project, "labels")
    if (labels === undefined) return []
    return elementsOf(labels).flatMap((label) => {
      const annotations = member(label, "annotations")
      if (annotations !== undefined) membersOf(annotations)
      return annotations ?? []
    })
  })
}

function slotItem(name: JsonValue, media: JsonValue | undefined, data: JsonValue | undefined): Item {
  const width = positive(media, "width")
  const height = positive(media, "height")
  const url = typeof data?.value === "string" && /^https?:\/\//i.test(data.value) ? data.value : undefined
  const slot = {
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(url !== undefined && { url }),
  }
  return imageItem(textOf(name), slot, name.file, name.place)
}

function isVideoMedia(media: JsonValue | undefined): boolean {
  const mimetype = media && member(media, "mime_type")
  return typeof mimetype?.value === "string" && mimetype.value.startsWith("video/")
}

function positive(of: JsonValue | undefined, key: string): number | undefined {
  const value = of && member(of, key)?.value
  return Number.isFinite(value) && (value as number) > 0 ? (value as number) : undefined
}

function readObjects(objects: JsonValue | undefined, { annotations, attempt, context }: Reading): void {
  for (const object of objects === undefined ? [] : elementsOf(objects)) {
    const made = attempt(() => {
      const shape = shapeOf(object)
      if (typeof shape !== "string")
        annotations.push({ name: nameOf(object), ...shape, ...detailsOf(object) })
      return shape
    })
    if (typeof made === "string") skip(object, made, context)
  }
}

function readTags(label: JsonValue, { annotations, attempt }: Reading): void {
  for (const one of listUnder(label, attempt)) attempt(() => annotations.push(...tagsOf(one)))
}

function readVideo(
  label: JsonValue,
  frameCount: number | undefined,
  { annotations, attempt, context }: Reading,
): void {
  const { objects, answers } = videoLabelOf(label, attempt)
  let lastFrame = 1
  const tracks: Annotation[] = []
  for (const [id, frames] of objects) {
    const made = attempt(() => trackOf(id, frames, label))
    if (typeof made === "string") skip(frames.first, made, context)
    else if (made !== undefined) {
      tracks.push(made)
      for (const [, end] of made.ranges ?? []) lastFrame = Math.max(lastFrame, end)
    }
  }
  for (const one of listUnder(label, attempt)) {
    const made = attempt(() => videoTagsOf(one, frameCount ?? lastFrame))
    if (made !== undefined && made.length > 0 && frameCount === undefined) {
      const message = `${one.file}: ${one.place}: the row does not say how many frames the video has: up to frame ${lastFrame} is taken`
      context.onEvent?.({ type: "warning", message })
    }
    annotations.push(...(made ?? []))
  }
  annotations.push(...tracks)
  for (const answer of answers) skip(answer, "an answer for single frames is not read", context)
}

function listUnder(label: JsonValue, attempt: Attempt): JsonValue[] {
  return attempt(() => listOf(label)) ?? []
}

function skip({ file, place, value }: JsonValue, reason: string, { onEvent }: OpenContext): void {
  const { annotation_kind: kind } = value as { readonly annotation_kind?: unknown }
  const what = typeof kind === "string" ? `${kind}: ` : ""
  onEvent?.({ type: "skip", file, place, reason: `${what}${reason}` })
}
