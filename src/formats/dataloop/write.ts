import { join } from "node:path"
import { createMasks, type Masks } from "../../geometry/masks.ts"
import type { Annotation, SubAnnotations } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import { annotationType } from "../../model/check.ts"
import { writeFileAtomic } from "../../storage/atomic-file.ts"
import type { Sink } from "../../stream.ts"
import type { WriteSummary } from "../format.ts"
import { createDistinctNames } from "../shared/distinct-names.ts"
import { fullNameOf, targetOf } from "../shared/image-name.ts"
import { createJsonBytes, type JsonBytes } from "../shared/json-bytes.ts"
import { pictures } from "../shared/pictures.ts"
import { createTally } from "../shared/tally.ts"
import { dataloopTypes, writeCoordinates } from "./coordinates.ts"

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
    const out = createJsonBytes()
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
      out.length = 0
      out.text(
        `{"_id":${number},"filename":${JSON.stringify(`/${fullName}`)},"itemMetadata":[],"metadata":{"system":${size(file)}},"annotations":[`,
      )
      const masks = masksOf(file)
      let id = 0
      for (let i = 0; i < file.annotations.length; i++) {
        const annotation = file.annotations[i] as Annotation
        const reason =
          annotation.type === "raster_layer"
            ? masks().fault(annotation)
            : writeAnnotation(out, annotation, id, masks)
        if (reason !== undefined) {
          tally.skipped(annotation, path, place(i), reason)
          continue
        }
        if (annotation.type !== "raster_layer") id++
        tally.written(annotation)
      }
      out.ascii("]}")
      writeFileAtomic(join(directory, target), out.bytes())
      number++
      tally.image()
    }

    return tally.summary()
  }
}

/** Writes an annotation; gives the reason, and leaves no trace of it, where Dataloop cannot hold it. */
function writeAnnotation(
  out: JsonBytes,
  annotation: Annotation,
  id: number,
  masks: () => Masks,
): string | undefined {
  const start = out.length
  const { attributes, text, instance_id } = annotation as SubAnnotations
  const type = annotationType(annotation)
  out.text(
    `${id === 0 ? "" : ","}{"id":${id},"datasetId":"darwin","type":"${type && dataloopTypes[type]}","label":${JSON.stringify(annotation.name)},"attributes":${attributes === undefined ? "[]" : JSON.stringify(attributes)},"coordinates":`,
  )
  const reason = writeCoordinates(out, annotation, masks)
  if (reason !== undefined) {
    out.length = start
    return reason
  }
  out.ascii(',"metadata":')
  out.ascii(metadata(instance_id))
  if (text !== undefined) out.text(`,"description":${JSON.stringify(text.text)}`)
  out.ascii("}")
  return undefined
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
