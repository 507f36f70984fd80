import { join } from "node:path"
import { createMasks, type Masks } from "../../geometry/masks.ts"
import type { Annotation, ImageAnnotation, SubAnnotations } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import type { Sink } from "../../stream.ts"
import { createDistinctNames } from "../distinct-names.ts"
import type { WriteSummary } from "../format.ts"
import { fullNameOf, targetOf } from "../image-name.ts"
import { pictures } from "../pictures.ts"
import { createTally } from "../tally.ts"
import { shapeText } from "./shape-text.ts"

/**
 * Writes one JSON file an image: `<item folder>/<stem of the item's name>.json`.
 *
 * Only an ending that is one of pictures or videos is cut from a name: `report.v1` gives `report.v1.json`. Of several
 * images that would have one file, the later ones get `_2`, `_3` and so on, which is told as a `warning` event; for that,
 * 16 to 32 bytes an image are held in memory. `_id` numbers the images of a run, `id` the annotations of an image.
 *
 * @throws PathError (`path`) for an item whose name or folder would leave the directory, or that no file system takes.
 */
export function write(directory: string): Sink<AnnotationFile, WriteSummary> {
  return async (input, context) => {
    const tally = createTally(context)
    const names = createDistinctNames()
    let number = 0

    for await (const { file, place, path } of pictures(input, tally, context)) {
      const fullName = fullNameOf(file.item)
      const wanted = `${targetOf(fullName)}.json`
      const target = names.take(wanted)
      if (target !== wanted) {
        context?.onEvent?.({
          type: "warning",
          message: `${path}: written as ${target}, since another image has ${wanted}`,
        })
      }
      const masks = masksOf(file)
      let text = ""
      let id = 0
      for (let i = 0; i < file.annotations.length; i++) {
        const annotation = file.annotations[i] as Annotation
        if (annotation.type === "raster_layer") {
          const fault = masks().fault(annotation)
          if (fault === undefined) tally.written(annotation)
          else tally.skipped(annotation, path, place(i), fault)
          continue
        }
        const shape = shapeText(annotation, masks)
        if (typeof shape === "string") {
          tally.skipped(annotation, path, place(i), shape)
          continue
        }
        const { type, coordinates } = shape
        const { attributes, text: note, instance_id } = annotation as ImageAnnotation & SubAnnotations
        text += `${id === 0 ? "" : ","}{"id":${id},"datasetId":"darwin","type":"${type}","label":${JSON.stringify(annotation.name)},"attributes":${attributes === undefined ? "[]" : JSON.stringify(attributes)},"coordinates":${coordinates},"metadata":${metadata(instance_id)}${note === undefined ? "" : `,"description":${JSON.stringify(note.text)}`}}`
        id++
        tally.written(annotation)
      }
      writeFileAtomic(
        join(directory, target),
        `{"_id":${number},"filename":${JSON.stringify(`/${fullName}`)},"itemMetadata":[],"metadata":{"system":${size(file)}},"annotations":[${text}]}`,
      )
      number++
      tally.image()
    }

    return tally.summary()
  }
}

function masksOf({ item, annotations }: AnnotationFile): () => Masks {
  let masks: Masks | undefined
  return () => {
    const { width, height } = item.slots?.[0] ?? {}
    const isKnown = typeof width === "number" && typeof height === "number"
    masks ??= createMasks(annotations, isKnown ? { width, height } : undefined)
    return masks
  }
}

// Importers look for `system`, be it empty.
function metadata(instance: SubAnnotations["instance_id"]): string {
  return instance === undefined ? '{"system":{}}' : `{"system":{"objectId":"${instance.value}"}}`
}

function size({ item }: AnnotationFile): string {
  const { width, height } = item.slots?.[0] ?? {}
  return Number.isFinite(width) && Number.isFinite(height) ? `{"width":${width},"height":${height}}` : "{}"
}
