import { FormatError } from "../../errors.ts"
import type { BoundingBoxAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile, Slot } from "../../model/annotation-file.ts"
import { parseXml, type XmlElement } from "../../parse/xml.ts"
import { inContext, type OpenContext, type Source, source } from "../../stream.ts"
import type { ReadOptions } from "../format.ts"
import { createAttempt } from "../shared/attempt.ts"
import { readDocuments } from "../shared/read-documents.ts"
import { type Corners, coordinatesOption, type PascalVocCoordinates, toBox } from "./coordinates.ts"

/** How Pascal VOC is read. */
export interface PascalVocReadOptions extends ReadOptions {
  /**
   * What the corners of boxes mean.
   * @default "zero-based"
   */
  readonly coordinates?: PascalVocCoordinates
}

/**
 * Reads one XML file an image from files, directories and zip archives.
 *
 * `filename` gives the item's name, and its folder where it has one; `folder` and `path` are where the image once lay, and
 * are not used. `truncated`, `difficult` and `occluded` become attributes of these names. Of elements that stand twice the
 * first counts, as in darwin-py. `pose`, `depth` and `segmented` have no counterpart in Darwin; a `part` or `polygon` of an
 * object is told as a `skip` event.
 *
 * A record is an object, or the file where it is not one of Pascal VOC: no XML, no `filename`. An object without a name, with
 * a corner that is missing or no finite number, or with its corners the wrong way round breaks the rules.
 *
 * @throws OptionError (`option`) for options out of range.
 * @throws FormatError (`format`) with the line and the object, under the policy `"throw"`.
 */
export function read(
  paths: string | readonly string[],
  options: PascalVocReadOptions = {},
): Source<AnnotationFile> {
  const { onInvalid } = options
  const coordinates = coordinatesOption(options.coordinates)

  return source(async function* (context) {
    const attempt = createAttempt(onInvalid, context)
    const input = readDocuments(paths, { ...options, extensions: [".xml"] })
    for await (const { path, bytes } of inContext(input, context)) {
      const file = attempt(() => {
        const root = parseXml(bytes(), path)
        const name = text(root, "filename", path, place(root))
        return { root, item: { ...location(name, path, root), slots: [slotOf(name, root, path, context)] } }
      })
      if (file === undefined) continue
      const annotations: BoundingBoxAnnotation[] = []
      for (const [index, object] of file.root.children.filter(({ name }) => name === "object").entries()) {
        const where = `${place(object)}, object ${index + 1}`
        const annotation = attempt(() => annotationOf(object, path, where, coordinates))
        if (annotation === undefined) continue
        annotations.push(annotation)
        for (const { name } of object.children) {
          if (name !== "part" && name !== "polygon") continue
          context.onEvent?.({
            type: "skip",
            file: path,
            place: where,
            reason: `${name}: only boxes are read`,
          })
        }
      }
      yield { path, version: "2.0", item: file.item, annotations }
    }
  })
}

function place({ line }: XmlElement): string {
  return `line ${line}`
}

function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find((element) => element.name === name)
}

function required(parent: XmlElement, name: string, file: string, where: string): XmlElement {
  const element = child(parent, name)
  if (element === undefined) throw new FormatError(file, where, `${parent.name} has no ${name}`)
  return element
}

function text(parent: XmlElement, name: string, file: string, where: string): string {
  const content = required(parent, name, file, where).text.trim()
  if (content === "") throw new FormatError(file, where, `${name} is empty`)
  return content
}

function location(fullName: string, file: string, root: XmlElement): { name: string; path: string } {
  const parts = fullName.split("/").filter((one) => one !== "" && one !== ".")
  const name = parts.pop()
  if (name === undefined || name === ".." || parts.includes("..")) {
    throw new FormatError(
      file,
      place(root),
      `filename ${JSON.stringify(fullName)} is not below the image folder`,
    )
  }
  return { name, path: `/${parts.join("/")}` }
}

function slotOf(fullName: string, root: XmlElement, file: string, { onEvent }: OpenContext): Slot {
  const size = child(root, "size")
  const [width, height] = ["width", "height"].map((name) => {
    const content = size && child(size, name)?.text.trim()
    // Writers put down 0 or None where they do not know a size.
    if (content === undefined || content === "" || content === "None" || content === "0") return undefined
    const value = Number(content)
    if (Number.isSafeInteger(value) && value > 0) return value
    onEvent?.({
      type: "warning",
      message: `${file}: ${place(root)}: the ${name} ${content} is no size of an image`,
    })
    return undefined
  })
  return {
    slot_name: "0",
    type: "image",
    source_files: [{ file_name: fullName.slice(fullName.lastIndexOf("/") + 1) }],
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
}

function annotationOf(
  object: XmlElement,
  file: string,
  where: string,
  coordinates: PascalVocCoordinates,
): BoundingBoxAnnotation {
  const name = text(object, "name", file, where)
  const corners = cornersOf(required(object, "bndbox", file, where), file, where)
  const attributes = ["truncated", "difficult", "occluded"].filter((flag) => {
    const content = child(object, flag)?.text.trim().toLowerCase()
    return content === "1" || content === "true"
  })
  return {
    name,
    type: "bounding_box",
    bounding_box: toBox(corners, coordinates),
    ...(attributes.length > 0 && { attributes }),
  }
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function cornersOf(box: XmlElement, file: string, where: string): Corners {
  const corner = (name: string): number => {
    const content = text(box, name, file, where)
    const value = number.test(content) ? Number(content) : Number.NaN
    if (!Number.isFinite(value))
      throw new FormatError(file, where, `${name} ${content} is not a finite number`)
    return value
  }
  const corners = { xmin: corner("xmin"), ymin: corner("ymin"), xmax: corner("xmax"), ymax: corner("ymax") }
  for (const [least, most] of [
    ["xmin", "xmax"],
    ["ymin", "ymax"],
  ] as const) {
    if (corners[least] > corners[most]) {
      throw new FormatError(file, where, `${least} ${corners[least]} is larger than ${most} ${corners[most]}`)
    }
  }
  return corners
}
