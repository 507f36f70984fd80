import type { z } from "zod"
import type { Annotation, AnnotationType, Frame } from "./annotation.ts"
import type { AnnotationFile } from "./annotation-file.ts"
import {
  isPlainAnnotation,
  isPlainDocument,
  isPlainFrame,
  isPlainVideoAnnotation,
  plainShapes,
} from "./plain.ts"
import {
  annotationTypes,
  documentSchema,
  frameSchema,
  imageAnnotationSchema,
  shapeSchemas,
  videoAnnotationSchema,
} from "./schema.ts"

/** Called once for each thing that breaks a rule: `place` is a JSON path such as `annotations[3].polygon.paths[0][2]`. */
export type Report = (place: string, rule: string) => void

/** What a value must hold to: its schema, and a quick check that is sure of it for most values that do. */
interface Rule {
  readonly schema: z.ZodType
  readonly isPlain?: ((value: unknown) => boolean) | undefined
}

const documentRule: Rule = { schema: documentSchema, isPlain: isPlainDocument }
const imageAnnotationRule: Rule = { schema: imageAnnotationSchema, isPlain: isPlainAnnotation }
const videoAnnotationRule: Rule = { schema: videoAnnotationSchema, isPlain: isPlainVideoAnnotation }
const frameRule: Rule = { schema: frameSchema, isPlain: isPlainFrame }

interface ShapeRule extends Rule {
  readonly type: AnnotationType
  readonly precedence: number
}

const shapeRules = new Map<string, ShapeRule>(
  annotationTypes.map((type, precedence) => [
    type,
    { type, precedence, schema: shapeSchemas[type], isPlain: plainShapes[type] },
  ]),
)

/** Tells a JSON path. Nearly all that is checked is sound, and its path never asked for. */
type Place = () => string

/**
 * Turns a parsed Darwin JSON document into an AnnotationFile by checking it and marking each annotation with its
 * `type`, in place: it takes the document over. What is broken inside an annotation is reported and costs that annotation
 * (or, in a video, that frame) only; what is broken around them is reported and gives undefined.
 *
 * `finite` says that no number in the document was too large for a double: those are looked for where it is false.
 */
export function checkDocument(
  document: object,
  path: string,
  report: Report,
  finite: boolean,
): AnnotationFile | undefined {
  if (!holds(documentRule, document, () => "", report)) return undefined
  const checked = document as { annotations: unknown[] }
  if (!finite && !allFinite({ ...checked, annotations: [] }, "", report)) return undefined
  checked.annotations = checked.annotations.filter((annotation, index) => {
    const place = () => `annotations[${index}]`
    return (finite || allFinite(annotation, place(), report)) && checkAnnotation(annotation, place, report)
  })
  mark(document, "path", path)
  return document as AnnotationFile
}

/**
 * The document of an AnnotationFile, without the marks of `checkDocument`: equal to what was read, key for key. It and its
 * annotations are copies; what these hold is not.
 */
export function toDocument(file: AnnotationFile): object {
  const document = unmark(file, "path") as { annotations: unknown }
  document.annotations = file.annotations.map((annotation) => unmark(annotation, "type"))
  return document
}

/** The Darwin type of an annotation, that of its first frame for one over frames; undefined when it has none known. */
export function annotationType(annotation: Annotation): AnnotationType | undefined {
  if (annotation.type === "unknown") return undefined
  if (annotation.type !== "video") return annotation.type
  // Keys that are whole numbers come in rising order, whatever the order in the document.
  for (const frame of Object.values(annotation.frames)) {
    const type = shapeType(frame)
    if (type !== undefined) return type
  }
  return undefined
}

/** The name of the main shape that stands in an annotation or frame. */
export function shapeType(holder: Frame | object): AnnotationType | undefined {
  for (const type of annotationTypes) if (type in holder) return type
  return undefined
}

function checkAnnotation(raw: unknown, place: Place, report: Report): boolean {
  if (typeof raw === "object" && raw !== null && "frames" in raw) {
    if (!holds(videoAnnotationRule, raw, place, report)) return false
    for (const key of ["frames", "sections"] as const) checkFrames(raw, key, place, report)
    mark(raw, "type", "video")
    return true
  }
  if (!holds(imageAnnotationRule, raw, place, report)) return false
  const type = checkShapes(raw as object, place, report)
  if (type === "broken") return false
  mark(raw as object, "type", type)
  return true
}

function checkFrames(annotation: object, key: "frames" | "sections", place: Place, report: Report): void {
  const holder = annotation as { [key in "frames" | "sections"]?: Record<string, unknown> }
  const frames = holder[key]
  if (frames === undefined) return
  const kept = Object.entries(frames).filter(([index, frame]) => {
    const at = () => jsonPath(place(), [key, index])
    if (frameIndex.test(index))
      return holds(frameRule, frame, at, report) && checkShapes(frame as object, at, report) !== "broken"
    report(at(), "expected a frame index as key: a whole number from 0 on")
    return false
  })
  if (kept.length < Object.keys(frames).length) holder[key] = Object.fromEntries(kept)
}

const frameIndex = /^\d+$/

/** The type of the main shape. A box stands beside a polygon; other pairs are rare, and must be whole as well. */
function checkShapes(holder: object, place: Place, report: Report): AnnotationType | "unknown" | "broken" {
  const members = holder as Record<string, unknown>
  let main: ShapeRule | undefined
  for (const key in members) {
    const rule = shapeRules.get(key)
    if (rule === undefined) continue
    if (!holds(rule, members[key], () => `${place()}.${key}`, report)) return "broken"
    if (main === undefined || rule.precedence < main.precedence) main = rule
  }
  return main?.type ?? "unknown"
}

function holds({ schema, isPlain }: Rule, value: unknown, place: Place, report: Report): boolean {
  if (isPlain?.(value) === true) return true
  const issue = schema.safeParse(value).error?.issues[0]
  if (issue === undefined) return true
  report(jsonPath(place(), issue.path), issue.message.replace(/^Invalid input: /, ""))
  return false
}

/** Whether all numbers of a value could be read; JSON allows larger ones than a double holds. */
function allFinite(value: unknown, place: string, report: Report): boolean {
  if (typeof value === "number" && !Number.isFinite(value)) {
    report(place, "this number is too large")
    return false
  }
  if (typeof value !== "object" || value === null) return true
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return entries.every(([key, inner]) => allFinite(inner, jsonPath(place, [key]), report))
}

const plainKey = /^[\p{L}\p{N}_$-]+$/u

function jsonPath(place: string, path: readonly PropertyKey[]): string {
  let text = place
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`
    else if (!plainKey.test(String(key))) text += `[${JSON.stringify(String(key))}]`
    else text += text === "" ? String(key) : `.${String(key)}`
  }
  return text
}

// A key of ours may stand where the document has one of the same name. That one is kept aside and written back; as a
// symbol it goes along when somebody spreads the object, and no JSON ever shows it.
const hidden: unique symbol = Symbol("hidden")
type Marked = Record<string, unknown> & { [hidden]?: unknown }

function mark(object: object, key: string, value: unknown): void {
  const marked = object as Marked
  if (Object.hasOwn(marked, key)) marked[hidden] = marked[key]
  marked[key] = value
}

function unmark(object: object, key: string): object {
  const copy: Marked = { ...object }
  delete copy[key]
  if (hidden in copy) {
    copy[key] = copy[hidden]
    delete copy[hidden]
  }
  return copy
}
