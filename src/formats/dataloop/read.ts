import type { Annotation, SkeletonAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { elementsOf, type JsonValue, jsonDocument, member, required, textOf } from "../../parse/json-value.ts"
import { inContext, type OpenContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { type Attempt, createAttempt } from "../shared/attempt.ts"
import { pointOf } from "../shared/json-shapes.ts"
import { readDocuments } from "../shared/read-documents.ts"
import { detailsOf, labelOf, systemOf } from "./details.ts"
import { itemOf } from "./item.ts"
import { shapeOf } from "./shapes.ts"
import { trackOf } from "./track.ts"

/**
 * Reads one JSON file an item from files, directories and zip archives, as Dataloop exports them, and as darwin-py writes
 * them.
 *
 * `filename` gives the item's folder and name, `metadata.system` its size; an item without `annotations` has none. A record
 * is an annotation, or the file where it is not an item of Dataloop. Annotations that Darwin has no counterpart for, such as
 * notes and subtitles, are told as `skip` events.
 *
 * @throws FormatError (`format`) with the JSON path, such as `annotations[3].coordinates[0]`, under the policy `"throw"`.
 */
export function read(paths: string | readonly string[], options: ReadOptions = {}): Source<AnnotationFile> {
  const { onInvalid } = options

  return source(async function* (context) {
    const attempt = createAttempt(onInvalid, context)
    const input = readDocuments(paths, { ...options, extensions: [".json"] })
    for await (const { path, content } of inContext(input, context)) {
      const document = attempt(() => {
        const root = jsonDocument(content(), path)
        const list = member(root, "annotations")
        const records = list === undefined ? [] : elementsOf(list)
        return { records, ...itemOf(root, records) }
      })
      if (document === undefined) continue
      const { records, item, isVideo } = document
      const annotations = isVideo
        ? tracksOf(records, attempt, context)
        : imageAnnotations(records, attempt, context)
      yield { path, version: "2.0", item, annotations }
    }
  })
}

function imageAnnotations(
  records: readonly JsonValue[],
  attempt: Attempt,
  context: OpenContext,
): readonly Annotation[] {
  const annotations: Annotation[] = []
  const poses = posesOf(records)
  for (const record of records) {
    if (poses?.points.has(record) === true) continue
    const made = attempt(() => {
      const { type, name } = headOf(record)
      if (type === "pose") return skeletonOf(name, record, poses?.of(record) ?? [], attempt)
      const shape = shapeOf(type, () => required(record, "coordinates"))
      return typeof shape === "string" ? shape : { name, ...shape, ...detailsOf(record, systemOf(record)) }
    })
    keep(made, record, annotations, context)
  }
  return annotations
}

function tracksOf(
  records: readonly JsonValue[],
  attempt: Attempt,
  context: OpenContext,
): readonly Annotation[] {
  const annotations: Annotation[] = []
  for (const record of records) {
    const made = attempt(() => {
      const { type, name } = headOf(record)
      return type === "pose" ? "a pose is read in images only" : trackOf(record, type, name)
    })
    keep(made, record, annotations, context)
  }
  return annotations
}

/** Keeps what was made of a record, or tells why Darwin has nothing for it. */
function keep(
  made: Annotation | string | undefined,
  record: JsonValue,
  annotations: Annotation[],
  { onEvent }: OpenContext,
): void {
  if (typeof made !== "string") {
    if (made !== undefined) annotations.push(made)
    return
  }
  const type = textOf(required(record, "type"))
  onEvent?.({ type: "skip", file: record.file, place: record.place, reason: `${type}: ${made}` })
}

function headOf(record: JsonValue): { readonly type: string; readonly name: string } {
  return { type: textOf(required(record, "type")), name: labelOf(required(record, "label")) }
}

/** The poses of an image. Their points are annotations of their own that name the pose as their parent. */
interface Poses {
  readonly points: ReadonlySet<JsonValue>
  of(pose: JsonValue): readonly JsonValue[]
}

/** Undefined where there is no pose, which is the rule. */
function posesOf(records: readonly JsonValue[]): Poses | undefined {
  const byId = new Map<unknown, JsonValue[]>()
  for (const { value } of records) {
    const { type, id } = (value ?? {}) as { readonly type?: unknown; readonly id?: unknown }
    if (type === "pose" && id !== undefined) byId.set(id, [])
  }
  if (byId.size === 0) return undefined
  const points = new Set<JsonValue>()
  for (const record of records) {
    const { type, metadata } = (record.value ?? {}) as {
      readonly type?: unknown
      readonly metadata?: { readonly system?: { readonly parentId?: unknown } | null } | null
    }
    const children = type === "point" ? byId.get(metadata?.system?.parentId) : undefined
    if (children === undefined) continue
    children.push(record)
    points.add(record)
  }
  return { points, of: (pose) => byId.get((pose.value as { id?: unknown }).id) ?? [] }
}

function skeletonOf(
  name: string,
  pose: JsonValue,
  points: readonly JsonValue[],
  attempt: Attempt,
): SkeletonAnnotation | string {
  const nodes = points.flatMap((point) => {
    const node = attempt(() => ({ name: headOf(point).name, ...pointOf(required(point, "coordinates")) }))
    return node === undefined ? [] : [node]
  })
  if (nodes.length === 0) return "no point belongs to it"
  return { type: "skeleton", name, skeleton: { nodes }, ...detailsOf(pose, systemOf(pose)) }
}
