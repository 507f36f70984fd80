import { tmpdir } from "node:os"
import { FormatError } from "../../errors.ts"
import type { ImageAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { parseJsonElement } from "../../parse/json.ts"
import { rawJsonElements } from "../../parse/json-elements.ts"
import type { RawJsonEvent } from "../../parse/json-splitter.ts"
import { strictJsonElements } from "../../parse/json-strict.ts"
import { type Document, documents } from "../../storage/documents.ts"
import { type OpenContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { annotationsOf } from "./annotations.ts"
import { imageIdOf } from "./element-id.ts"
import {
  createElementStore,
  type ElementGroups,
  type ElementLog,
  type ElementStore,
} from "./element-store.ts"
import { categoryOf, elementOf, idOf, itemOf, type ReadCategory, tagsOf, textOf } from "./elements.ts"
import { createImagePositions } from "./image-positions.ts"
import { readPlainPolygons } from "./plain-polygons.ts"

/** How COCO is read. */
export interface CocoReadOptions extends ReadOptions {
  /**
   * Where elements of large files are kept on disk until their image's turn comes: as many bytes as the file's
   * annotations have.
   * @default os.tmpdir()
   */
  readonly spoolDirectory?: string
  /**
   * Reads each file once beforehand with stream-json, which looks at every token: a fault anywhere in it is then told
   * before its first image is given, and costs the whole file. It takes some three times as long.
   * @default false
   */
  readonly checkFirst?: boolean
}

/** Throws what breaks a rule, or reports it and goes on, by `onInvalid`. */
type Refuse = (error: FormatError) => void

/**
 * Reads COCO files of any size, element by element: their arrays may come in any order and the annotations of an
 * image may be scattered. One pass over the file sorts the annotations by image, up to 8 MB in memory, the rest on
 * disk; then the images come in their order. Memory grows by 24 to 48 bytes an image.
 *
 * @throws FormatError (`format`) naming the file and the JSON path, such as `annotations[17].bbox`, of what breaks a rule.
 */
export function read(
  paths: string | readonly string[],
  options: CocoReadOptions = {},
): Source<AnnotationFile> {
  const { onInvalid = "throw", spoolDirectory = tmpdir(), checkFirst = false } = options
  return source(async function* (context) {
    const refuse: Refuse = (error) => {
      if (onInvalid === "throw") throw error
      context.onEvent?.({ type: "skip", file: error.file, place: error.place, reason: error.rule })
    }
    const input = documents(paths, { extensions: [".json"] })
    for await (const document of { [Symbol.asyncIterator]: () => input[Symbol.asyncIterator](context) }) {
      const store = createElementStore(spoolDirectory)
      try {
        const contents = await sortOrRefuse(document, store, { refuse, checkFirst }, context)
        if (contents !== undefined) yield* filesOf(document.path, contents, refuse, context)
      } finally {
        await store.close()
      }
    }
  })
}

/** What a COCO file holds, sorted by image. */
interface Contents {
  readonly images: ElementLog
  readonly annotations: ElementGroups
  readonly categories: ReadonlyMap<number | string, ReadCategory>
  readonly tags: ReadonlyMap<number | string, ReadCategory>
}

/** Sorts a file. One that is broken as a whole is refused, and undefined. */
async function sortOrRefuse(
  document: Document,
  store: ElementStore,
  { refuse, checkFirst }: { readonly refuse: Refuse; readonly checkFirst: boolean },
  context: OpenContext,
): Promise<Contents | undefined> {
  try {
    if (checkFirst) await checkTokens(document, context)
    return await sort(document, store, refuse, context)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    refuse(error)
    return undefined
  }
}

async function checkTokens({ path, stream }: Document, { signal }: OpenContext): Promise<void> {
  for await (const _ of strictJsonElements(stream(), path)) signal.throwIfAborted()
}

const lists = ["images", "annotations", "categories", "tag_categories"]

async function sort(
  { path, stream }: Document,
  store: ElementStore,
  refuse: Refuse,
  { signal }: OpenContext,
): Promise<Contents> {
  const positions = createImagePositions()
  const images = store.log()
  const categories = new Map<number | string, ReadCategory>()
  const tags = new Map<number | string, ReadCategory>()
  const seen = new Set<string>()
  // Annotations that come before the images wait: they can be put in their places only when these are known.
  const early = store.log()
  let annotations: ElementGroups | undefined

  const place = (key: string, index: number) => `${key}[${index}]`
  const parse = (bytes: Uint8Array, at: string) => elementOf(parseJsonElement(bytes, path, at), path, at)

  const addAnnotation = (groups: ElementGroups, index: number, raw: Buffer) => {
    const at = place("annotations", index)
    const id = imageIdOf(raw, path, at)
    const position = typeof id === "number" || typeof id === "string" ? positions.find(id) : undefined
    if (position === undefined) throw new FormatError(path, `${at}.image_id`, "no image has this id")
    groups.add(position, index, raw)
  }

  const take = (event: RawJsonEvent) => {
    if (event.type === "array") {
      if (lists.includes(event.key) && seen.has(event.key)) {
        throw new FormatError(path, event.key, "stands twice in the file")
      }
      seen.add(event.key)
      if (event.key === "annotations" && seen.has("images")) annotations = store.groups(positions.count)
      return
    }
    if (event.type === "member") {
      if (!lists.includes(event.key) || String(parseJsonElement(event.bytes, path, event.key)) === "null")
        return
      throw new FormatError(path, event.key, "expected a list")
    }
    const { key, index, bytes } = event
    const at = place(key, index)
    if (key === "images") {
      const id = idOf(parse(bytes, at), "id")
      if (!positions.add(id)) throw new FormatError(path, `${at}.id`, "another image has this id")
      images.add(index, bytes)
    } else if (key === "annotations") {
      if (annotations === undefined) early.add(index, bytes)
      else addAnnotation(annotations, index, bytes)
    } else if (key === "categories") {
      const element = parse(bytes, at)
      addClass(categories, idOf(element, "id"), categoryOf(element), `${at}.id`)
    } else if (key === "tag_categories") {
      const element = parse(bytes, at)
      addClass(tags, idOf(element, "id"), { name: textOf(element, "name"), keypoints: [] }, `${at}.id`)
    }
  }

  const addClass = (
    to: Map<number | string, ReadCategory>,
    id: number | string,
    category: ReadCategory,
    at: string,
  ) => {
    const known = to.get(id)
    if (known !== undefined && known.name !== category.name) {
      throw new FormatError(path, at, "another category has this id")
    }
    to.set(id, category)
  }

  for await (const batch of rawJsonElements(stream(), path)) {
    signal.throwIfAborted()
    for (const event of batch) {
      // What is wrong with the file as a whole is not to be skipped element by element.
      if (event.type !== "element") take(event)
      else attempt(() => take(event), refuse)
    }
    await images.settle()
    await early.settle()
    await annotations?.settle()
  }
  if (!seen.has("images")) throw new FormatError(path, "", "no images: not a COCO file")
  if (annotations === undefined) {
    const groups = store.groups(positions.count)
    for await (const { index, raw } of early.read()) {
      attempt(() => addAnnotation(groups, index, raw), refuse)
      await groups.settle()
    }
    annotations = groups
  }
  return { images, annotations, categories, tags }
}

async function* filesOf(
  path: string,
  { images, annotations, categories, tags }: Contents,
  refuse: Refuse,
  { signal }: OpenContext,
): AsyncGenerator<AnnotationFile> {
  let position = 0
  for await (const { index, raw } of images.read()) {
    signal.throwIfAborted()
    const elements = await annotations.of(position++)
    const place = `images[${index}]`
    const image = elementOf(parseJsonElement(raw, path, place), path, place)
    const item = attempt(() => itemOf(image), refuse)
    if (item === undefined) {
      for (const one of elements) {
        refuse(new FormatError(path, `annotations[${one.index}]`, "its image is broken"))
      }
      continue
    }
    const own: ImageAnnotation[] = tagsOf(image, tags, refuse)
    for (const one of elements) {
      const made = attempt(() => annotationAt(path, one.index, one.raw, categories), refuse)
      if (made !== undefined) own.push(...made)
    }
    yield { path, version: "2.0", item, annotations: own }
  }
}

function annotationAt(
  path: string,
  index: number,
  raw: Buffer,
  categories: ReadonlyMap<number | string, ReadCategory>,
): ImageAnnotation[] {
  const place = `annotations[${index}]`
  const element =
    readPlainPolygons(raw, path, place) ?? elementOf(parseJsonElement(raw, path, place), path, place)
  if (element.members.image_id === undefined) {
    throw new FormatError(path, `${place}.image_id`, "no image has this id")
  }
  const category = categories.get(idOf(element, "category_id"))
  if (category === undefined) throw new FormatError(path, `${place}.category_id`, "no category has this id")
  return annotationsOf(element, category)
}

function attempt<T>(work: () => T, refuse: Refuse): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    refuse(error)
    return undefined
  }
}
