import { createMasks, type Masks } from "../../geometry/masks.ts"
import type { Annotation } from "../../model/annotation.ts"
import { xmlAttribute } from "../../parse/xml-write.ts"
import { fullNameOf } from "../shared/image-name.ts"
import type { Picture } from "../shared/pictures.ts"
import type { Tally } from "../shared/tally.ts"
import { attributesOf, attributesText, hasFlag, isOccluded } from "./attributes.ts"
import type { Labels } from "./labels.ts"
import { type CvatImage, type Shaped, shapesOf, skeletonText } from "./shapes.ts"

/** Which classes a document may have, and how each annotation is told of. */
export interface CvatWriting {
  readonly labels: Labels
  readonly tally: Tally
  /** Why a class is left out; undefined where it is not. */
  readonly refuse: (className: string) => string | undefined
}

/** `<image>` with the annotations of a picture. `id` counts images from 0. */
export function imageText(picture: Picture, id: number, writing: CvatWriting): string {
  const { file, path, place } = picture
  const { labels, tally, refuse } = writing
  const slot = file.item.slots?.[0]
  const [width, height] = [slot?.width, slot?.height]
  const hasSize = typeof width === "number" && typeof height === "number"
  const size = hasSize ? { width, height } : undefined
  const image = imageOf(file.annotations, size)
  const sizes = size === undefined ? "" : ` width="${size.width}" height="${size.height}"`
  let text = `<image id="${id}" name="${xmlAttribute(fullNameOf(file.item))}"${sizes}>`
  let group = 0

  for (let i = 0; i < file.annotations.length; i++) {
    const annotation = file.annotations[i] as Annotation
    const isLayer = annotation.type === "raster_layer"
    // The layer itself is of no class of the user's.
    const name = annotation.name.trim()
    const fault = isLayer ? image.masks().fault(annotation) : refuse(name)
    const shapes = fault === undefined && !isLayer ? shapesOf(annotation as Shaped, image) : fault
    if (typeof shapes === "string") {
      tally.skipped(annotation, path, place(i), shapes)
      continue
    }
    tally.written(annotation)
    if (shapes === undefined) continue
    const attributes = attributesOf(annotation as object, shapes[0]?.element ?? "")
    const flag = isOccluded(annotation as object) ? 1 : 0
    const grouped = shapes.length > 1 ? ` group_id="${++group}"` : ""
    for (const { element, geometry, points } of shapes) {
      if (points === undefined) labels.use(name, element, attributes)
      else
        labels.useSkeleton(
          name,
          points.map((point) => point.name),
          attributes,
        )
      const occluded = hasFlag(element) ? ` occluded="${flag}"` : ""
      const order = element === "tag" ? "" : ' z_order="0"'
      text += `<${element} label="${xmlAttribute(name)}" source="manual"${occluded}${geometry}${order}${grouped}>`
      if (points !== undefined) text += skeletonText(points, 'source="manual" ')
      text += `${attributesText(attributes)}</${element}>`
    }
  }
  return `${text}</image>\n`
}

/** What the shapes of an image share. Its masks are looked for when the first one asks. */
export function imageOf(annotations: readonly Annotation[], size: CvatImage["size"]): CvatImage {
  let masks: Masks | undefined
  return {
    size,
    masks: () => {
      masks ??= createMasks(annotations, size)
      return masks
    },
  }
}
