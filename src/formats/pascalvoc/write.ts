import { join } from "node:path"
import { boxFault, polygonBox } from "../../geometry/polygon.ts"
import type { Annotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Box } from "../../model/point.ts"
import { isXmlText, xmlText } from "../../parse/xml-write.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import type { Sink } from "../../stream.ts"
import type { WriteSummary } from "../format.ts"
import { createDistinctNames } from "../shared/distinct-names.ts"
import { fullNameOf, targetOf } from "../shared/image-name.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import { coordinatesOption, type PascalVocCoordinates, type Size, toCorners } from "./coordinates.ts"

/** How Pascal VOC is written. */
export interface PascalVocWriteOptions {
  /**
   * What the corners of boxes mean; in the devkit's way boxes are clipped to the image as well.
   * @default "zero-based"
   */
  readonly coordinates?: PascalVocCoordinates
}

/**
 * Writes one XML file an image: `<item folder>/<stem of the item's name>.xml`.
 *
 * Boxes are written, and polygons as the box around them; all other types are counted as skipped. Only an ending that is
 * one of pictures or videos is cut from a name: `report.v1` gives `report.v1.xml`. Of several images that would have one
 * file, the later ones get `_2`, `_3` and so on, which is told as a `warning` event; for that, 16 to 32 bytes an image are
 * held in memory.
 *
 * @throws OptionError (`option`) for options out of range.
 * @throws PathError (`path`) for an item whose name or folder would leave the directory, or that no file system takes.
 */
export function write(
  directory: string,
  options: PascalVocWriteOptions = {},
): Sink<AnnotationFile, WriteSummary> {
  const coordinates = coordinatesOption(options.coordinates)

  return async (input, context) => {
    const tally = createTally(context)
    const names = createDistinctNames()
    const warn = (message: string) => context?.onEvent?.({ type: "warning", message })

    for await (const { file, place, path } of pictures(input, tally, context)) {
      const fullName = fullNameOf(file.item)
      const wanted = `${targetOf(fullName)}.xml`
      const target = names.take(wanted)
      if (target !== wanted) warn(`${path}: written as ${target}, since another image has ${wanted}`)
      const { width, height } = file.item.slots?.[0] ?? {}
      const size = { width: width ?? undefined, height: height ?? undefined }

      let xml = head(fullName, size)
      for (let i = 0; i < file.annotations.length; i++) {
        const annotation = file.annotations[i] as Annotation
        const box = boxOf(annotation)
        const corners = typeof box === "string" ? undefined : toCorners(box, coordinates, size)
        if (corners === undefined) {
          tally.skipped(
            annotation,
            path,
            place(i),
            typeof box === "string" ? box : "it is outside of the image",
          )
          continue
        }
        // Readers take white space around a name for layout.
        const name = annotation.name.trim()
        if (!isXmlText(name)) {
          warn(`${path}: ${place(i)}.name: U+FFFD is written for what XML cannot hold`)
        }
        const { attributes } = annotation.type === "video" || annotation.type === "unknown" ? {} : annotation
        xml += `<object><name>${xmlText(name)}</name>${attributes === undefined ? noFlags : flags(attributes)}<bndbox><xmin>${whole(corners.xmin)}</xmin><ymin>${whole(corners.ymin)}</ymin><xmax>${whole(corners.xmax)}</xmax><ymax>${whole(corners.ymax)}</ymax></bndbox></object>`
        tally.written(annotation)
      }
      writeFileAtomic(join(directory, target), `${xml}</annotation>`)
      tally.image()
    }

    return tally.summary()
  }
}

function head(fullName: string, { width, height }: Size): string {
  const name = xmlText(fullName)
  // An image of unknown size has no element for it: better none than one that no reader can use.
  const size =
    width === undefined || height === undefined
      ? ""
      : `<size><width>${width}</width><height>${height}</height><depth>3</depth></size>`
  return `<annotation><folder>images</folder><filename>${name}</filename><path>images/${name}</path><source><database>darwin</database></source>${size}<segmented>0</segmented>`
}

/** The box of an annotation, or why it has none. */
function boxOf(annotation: Annotation): Box | string {
  if (annotation.type === "bounding_box") {
    return boxFault(annotation.bounding_box) ?? annotation.bounding_box
  }
  if (annotation.type === "polygon") {
    const box = polygonBox(annotation)
    return box === undefined ? "it has no point" : (boxFault(box) ?? box)
  }
  return "Pascal VOC has boxes only"
}

const noFlags = "<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>"

function flags(attributes: readonly string[]): string {
  const has = (name: string) => attributes.some((attribute) => attribute.toLowerCase() === name)
  const occluded = has("occluded") ? "<occluded>1</occluded>" : ""
  return `<pose>Unspecified</pose><truncated>${has("truncated") ? 1 : 0}</truncated>${occluded}<difficult>${has("difficult") ? 1 : 0}</difficult>`
}

/** The digits of a whole number, where String() would write an exponent too. */
function whole(value: number): string {
  return Math.abs(value) < 1e21 ? `${value}` : BigInt(value).toString()
}
