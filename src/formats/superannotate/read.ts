import { posix } from "node:path"
import type { Annotation } from "../../model/annotation.ts"
import type { AnnotationFile, Item } from "../../model/annotation-file.ts"
import {
  elementsOf,
  type JsonValue,
  jsonDocument,
  member,
  nameOf,
  required,
  textOf,
  wrong,
} from "../../parse/json-value.ts"
import { inContext, type OpenContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { type Attempt, createAttempt } from "../shared/attempt.ts"
import { imageItem } from "../shared/image-name.ts"
import { readDocuments } from "../shared/read-documents.ts"
import { type Classes, type ClassFinder, classesFile, createClassFinder, type ReadClass } from "./classes.ts"
import { shapeOf } from "./shapes.ts"

/** How SuperAnnotate is read. */
export interface SuperAnnotateReadOptions extends ReadOptions {
  /**
   * Adds its shape to the name of each class, as darwin-py does: `car-bbox`, `car-polygon`. SuperAnnotate's classes may have
   * instances of any shape.
   * @default false
   */
  readonly shapeSuffix?: boolean
}

/**
 * Reads one JSON file an image from files, directories and zip archives, and the `classes.json` beside it (or in a folder
 * `classes` there) where instances and attributes are not named in the file itself.
 *
 * `metadata.name` gives the item's folder and name. A record is an instance, or the file where it is none of SuperAnnotate.
 * An attribute of a group that its class does not have is left out alone, and told as a `skip` event.
 *
 * @throws FormatError (`format`) with the JSON path, such as `instances[3].points`, under the policy `"throw"`.
 */
export function read(
  paths: string | readonly string[],
  options: SuperAnnotateReadOptions = {},
): Source<AnnotationFile> {
  const { onInvalid, shapeSuffix = false } = options

  return source(async function* (context) {
    const attempt = createAttempt(onInvalid, context)
    for (const input of typeof paths === "string" ? [paths] : paths) {
      let findClasses: ClassFinder | undefined
      const read = readDocuments(input, { ...options, extensions: [".json"] })
      for await (const document of inContext(read, context)) {
        if (posix.basename(document.name) === classesFile) continue
        const { path, content } = document
        const head = attempt(() => headOf(jsonDocument(content(), path)))
        if (head === undefined) continue
        findClasses ??= createClassFinder(input)
        const find = findClasses
        const found = await classesFor(() => find(document), head, attempt)
        if (found === undefined) continue
        const reading: Reading = { ...found, shapeSuffix, attempt, context }
        yield { path, version: "2.0", item: head.item, annotations: annotationsOf(head, reading) }
      }
    }
  })
}

/** The classes that a document needs; undefined where their file breaks a rule and the policy is to go on. */
async function classesFor(
  find: () => Promise<Classes | undefined>,
  { instances }: Head,
  attempt: Attempt,
): Promise<Pick<Reading, "classes"> | undefined> {
  if (!needsClasses(instances)) return { classes: undefined }
  try {
    return { classes: await find() }
  } catch (error) {
    return attempt(() => {
      throw error
    })
  }
}

/** What a document holds. */
interface Head {
  readonly item: Item
  readonly instances: readonly JsonValue[]
  readonly tags: readonly JsonValue[]
}

function headOf(document: JsonValue): Head {
  const metadata = required(document, "metadata")
  const name = required(metadata, "name")
  const width = sizeOf(metadata, "width")
  const height = sizeOf(metadata, "height")
  const instances = member(document, "instances")
  const tags = member(document, "tags")
  return {
    item: imageItem(
      textOf(name),
      { ...(width !== undefined && { width }), ...(height !== undefined && { height }) },
      name.file,
      name.place,
    ),
    instances: instances === undefined ? [] : elementsOf(instances),
    tags: tags === undefined ? [] : elementsOf(tags),
  }
}

/** The pixels of a side; undefined where it is not told, or 0. */
function sizeOf(metadata: JsonValue, key: string): number | undefined {
  const size = member(metadata, key)
  if (size === undefined || size.value === 0) return undefined
  if (!Number.isSafeInteger(size.value) || (size.value as number) < 0) {
    throw wrong(size, "expected a number of pixels")
  }
  return size.value as number
}

/** Whether an instance or one of its attributes goes by its id alone. */
function needsClasses(instances: readonly JsonValue[]): boolean {
  return instances.some(({ value }) => {
    const { className, attributes } = (value ?? {}) as {
      readonly className?: unknown
      readonly attributes?: unknown
    }
    if (typeof className !== "string") return true
    return (
      Array.isArray(attributes) &&
      attributes.some((one) => ((one ?? {}) as { readonly name?: unknown }).name === undefined)
    )
  })
}

interface Reading {
  readonly classes: Classes | undefined
  readonly shapeSuffix: boolean
  readonly attempt: Attempt
  readonly context: OpenContext
}

function annotationsOf({ instances, tags }: Head, reading: Reading): readonly Annotation[] {
  const { attempt, context } = reading
  const annotations: Annotation[] = []
  for (const instance of instances) {
    const made = attempt(() => annotationOf(instance, reading))
    if (typeof made === "string") skip(instance, made, context)
    else if (made !== undefined) annotations.push(made)
  }
  for (const tag of tags) {
    const name = attempt(() => nameOf(tag))
    if (name !== undefined) annotations.push({ type: "tag", name, tag: {} })
  }
  return annotations
}

/** An instance as an annotation, or why there is none. */
function annotationOf(instance: JsonValue, reading: Reading): Annotation | string {
  if (member(instance, "parts") !== undefined)
    return "its pixels are in a picture beside the file, which is not read"
  if (member(instance, "meta") !== undefined) return "instances of videos go by time, not by frames"
  const type = textOf(required(instance, "type"))
  const shape = shapeOf(type, instance)
  if (typeof shape === "string") return `${type}: ${shape}`
  const found = classOf(instance, reading.classes)
  if (typeof found === "string") return `${type}: ${found}`
  const attributes = attributesOf(instance, found, reading.context)
  const name = reading.shapeSuffix && type !== "tag" ? `${found.name}-${type}` : found.name
  return { name, ...shape, ...(attributes.length > 0 && { attributes }) }
}

/** The class of an instance, by its own name or by its id. */
function classOf(instance: JsonValue, classes: Classes | undefined): ReadClass | string {
  const own = member(instance, "className")
  const id = member(instance, "classId")
  const listed = typeof id?.value === "number" ? classes?.get(id.value) : undefined
  if (own !== undefined) return { name: nameOf(own), groups: listed?.groups ?? new Map() }
  if (listed !== undefined) return listed
  const given = required(instance, "classId")
  if (given.value === -1) return "it has no class"
  if (!Number.isSafeInteger(given.value)) throw wrong(given, "expected a whole number")
  const missing =
    classes === undefined
      ? `there is no ${classesFile} to name the class`
      : `${classesFile} has no class ${given.value}`
  throw wrong(given, missing)
}

/** The attributes of an instance, `group:attribute` each. */
function attributesOf(instance: JsonValue, { groups }: ReadClass, context: OpenContext): string[] {
  const attributes = member(instance, "attributes")
  const names: string[] = []
  for (const attribute of attributes === undefined ? [] : elementsOf(attributes)) {
    const own = member(attribute, "name")
    if (own !== undefined) {
      const group = member(attribute, "groupName")
      const name = typeof own.value === "number" ? String(own.value) : textOf(own)
      names.push(group === undefined ? name : `${textOf(group)}:${name}`)
      continue
    }
    const groupId = required(attribute, "groupId")
    const id = required(attribute, "id")
    const group = groups.get(groupId.value as number)
    if (group === undefined) {
      skip(attribute, `its class has no group ${JSON.stringify(groupId.value)} of attributes`, context)
      continue
    }
    const name = group.attributes.get(id.value as number)
    if (name === undefined) throw wrong(id, `the group ${JSON.stringify(group.name)} has no such attribute`)
    names.push(`${group.name}:${name}`)
  }
  return names
}

function skip({ file, place }: JsonValue, reason: string, { onEvent }: OpenContext): void {
  onEvent?.({ type: "skip", file, place, reason })
}
