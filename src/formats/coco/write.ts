import { join } from "node:path"
import { OptionError } from "../../errors.ts"
import type { Annotation, ImageAnnotation } from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Box } from "../../model/point.ts"
import { createAtomicFile } from "../../storage/atomic-file.ts"
import type { Sink } from "../../stream.ts"
import { type FileImage, imagesOf } from "../../transforms/images.ts"
import type { WriteSummary } from "../format.ts"
import { createTally } from "../tally.ts"
import { crowdAttribute } from "./crowd.ts"
import { type Category, createCategories, createImageIds } from "./ids.ts"
import { createMasks, type Masks } from "./masks.ts"
import { ellipseSegment, maskSegment, polygonSegment, type RleCoding, type Segment } from "./segment.ts"
import { keypointsOf } from "./skeleton.ts"
import { createSpool } from "./spool.ts"

/** How COCO is written. */
export interface CocoWriteOptions {
  /**
   * The name of the file in the output directory.
   * @default "output.json"
   */
  readonly fileName?: string
  /**
   * The date of `info.year` and `info.date_created` (its day in UTC). Without one both are left out, so that the same input
   * gives the same bytes on every day.
   */
  readonly date?: Date
  /**
   * How masks are written: `"counts"`, a list of run lengths, or `"compressed"`, the text form that pycocotools makes.
   * @default "counts"
   */
  readonly rle?: RleCoding
  /**
   * Writes the four corners of a bounding box as its segmentation, for consumers that rasterise every annotation. A box is then
   * read back as a polygon.
   * @default false
   */
  readonly boxSegmentation?: boolean
}

// Text is gathered to pieces of this size before it goes to a file.
const pieceCharacters = 1 << 16

/**
 * Writes COCO in one pass: images go straight to the file, annotations to a spool on disk that is appended at the end. Memory
 * grows with the number of classes, and by 8 to 16 bytes an image for the ids given so far.
 *
 * @throws OptionError (`option`) for options out of range.
 */
export function write(directory: string, options: CocoWriteOptions = {}): Sink<AnnotationFile, WriteSummary> {
  const { fileName = "output.json", date, rle = "counts", boxSegmentation = false } = options
  if (fileName === "" || /[/\\]/.test(fileName))
    throw new OptionError("fileName", "must be a plain file name")
  if (date !== undefined && Number.isNaN(date.getTime()))
    throw new OptionError("date", "must be a valid date")
  if (rle !== "counts" && rle !== "compressed") {
    throw new OptionError("rle", 'must be "counts" or "compressed"')
  }

  return async (input, context) => {
    const tally = createTally(context)
    const ids = createImageIds()
    const categories = createCategories()
    const tags = createCategories()
    const output = await createAtomicFile(join(directory, fileName))
    try {
      const spool = await createSpool(directory)
      try {
        let images = `{"info":${info(date)},"licenses":${licenses},"images":[`
        let annotations = ""
        let hasImage = false
        let hasAnnotation = false
        // The number of an annotation counts those left out and tags, too: it does not change with what COCO can hold.
        let annotationId = 0

        const add = ({ file, place }: FileImage, path: string) => {
          const { item } = file
          const slot = item.slots?.[0]
          const fullPath = fullPathOf(file)
          const imageId = ids.take(fullPath)
          const [width, height] = [slot?.width, slot?.height]
          const size = typeof width === "number" && typeof height === "number" ? { width, height } : undefined
          const image: Image = { annotations: file.annotations, size, rle, boxSegmentation, masks: undefined }
          let tagIds = ""
          for (let i = 0; i < file.annotations.length; i++) {
            const annotation = file.annotations[i] as Annotation
            annotationId++
            if (annotation.type === "tag") {
              tagIds += `${tagIds === "" ? "" : ","}${tags.of(annotation.name).id}`
              tally.written()
              continue
            }
            if (annotation.type === "raster_layer") {
              image.masks ??= createMasks(image.annotations, size)
              const fault = image.masks.fault(annotation)
              if (fault === undefined) tally.written()
              else tally.skipped(annotation, path, place(i), fault)
              continue
            }
            const made = bodyOf(annotation, image, categories.of)
            if (made.reason !== undefined) {
              tally.skipped(annotation, path, place(i), made.reason)
              continue
            }
            annotations += `${hasAnnotation ? ",\n" : "\n"}{"id":${annotationId},"image_id":${imageId},${made.body}}`
            hasAnnotation = true
            tally.written()
          }
          images += `${hasImage ? ",\n" : "\n"}{"license":0,"file_name":${JSON.stringify(fullPath.slice(1))},"coco_url":"n/a",`
          images += `"height":${height ?? null},"width":${width ?? null},"date_captured":"","flickr_url":"n/a",`
          images += `"darwin_url":${JSON.stringify(slot?.source_files?.[0]?.url ?? null)},`
          images += `"darwin_workview_url":${JSON.stringify(item.source_info?.workview_url ?? null)},`
          images += `"id":${imageId},"tag_ids":[${tagIds}]}`
          hasImage = true
          tally.image()
        }

        for await (const file of input) {
          const { path } = file
          const pictures = imagesOf(file, (annotation, place, reason) => {
            tally.skipped(annotation, path, place, reason)
          })
          for (const picture of pictures) {
            add(picture, path)
            if (annotations.length >= pieceCharacters) {
              await spool.write(Buffer.from(annotations))
              annotations = ""
            }
            if (images.length >= pieceCharacters) {
              await output.write(images)
              images = ""
            }
          }
          context?.onEvent?.({ type: "file", task: "write", path })
        }
        await output.write(`${images}],\n"annotations":[`)
        for await (const piece of spool.read(0, spool.bytes)) await output.write(piece)
        await output.write(
          `${annotations}],\n"categories":[${categories.sorted().map(categoryText).join(",")}],\n`,
        )
        await output.write(`"tag_categories":[${tags.sorted().map(tagText).join(",")}]}\n`)
      } finally {
        await spool.close()
      }
      await output.commit()
    } finally {
      await output.discard()
    }
    return tally.summary()
  }
}

/** What the annotations of one image share. */
interface Image {
  readonly annotations: readonly Annotation[]
  readonly size: { readonly width: number; readonly height: number } | undefined
  readonly rle: RleCoding
  readonly boxSegmentation: boolean
  masks: Masks | undefined
}

type Body =
  | { readonly body: string; readonly reason?: undefined }
  | { readonly body?: undefined; readonly reason: string }

/** The members of an annotation from `category_id` on, as JSON, or why COCO cannot hold it. */
function bodyOf(annotation: Annotation, image: Image, categoryOf: (name: string) => Category): Body {
  switch (annotation.type) {
    case "bounding_box": {
      const { x, y, w, h } = annotation.bounding_box
      const corners = `[[${x},${y},${x + w},${y},${x + w},${y + h},${x},${y + h}]]`
      const segmentation = image.boxSegmentation ? corners : "[]"
      const box = annotation.bounding_box
      return finish(annotation, categoryOf, { segmentation, area: Math.abs(w * h), box })
    }
    case "polygon":
      return finish(annotation, categoryOf, polygonSegment(annotation, image.size, image.rle))
    case "ellipse":
      return finish(annotation, categoryOf, ellipseSegment(annotation))
    case "mask": {
      image.masks ??= createMasks(image.annotations, image.size)
      const rle = image.masks.rle(annotation.id)
      return finish(annotation, categoryOf, typeof rle === "string" ? rle : maskSegment(rle, image.rle))
    }
    case "keypoint":
    case "skeleton": {
      const points = keypointsOf(annotation, categoryOf(annotation.name))
      if (typeof points === "string") return { reason: points }
      const { box, count, keypoints } = points
      const segment = { segmentation: "[]", area: box.w * box.h, box }
      return finish(annotation, categoryOf, segment, `"keypoints":${keypoints},"num_keypoints":${count},`)
    }
    case "video":
      return { reason: "an annotation over frames, of an image" }
    case "unknown":
      return { reason: "its shape is not known" }
    default:
      return { reason: "COCO has no such shape" }
  }
}

function finish(
  annotation: ImageAnnotation,
  categoryOf: (name: string) => Category,
  segment: Segment | string,
  keypoints = "",
): Body {
  if (typeof segment === "string") return { reason: segment }
  const { segmentation, area, box } = segment
  if (!Number.isFinite(area) || !isFiniteBox(box)) return { reason: "its numbers are too large" }
  const { x, y, w, h } = box
  const attributes = "attributes" in annotation ? annotation.attributes : undefined
  const isCrowd = attributes?.includes(crowdAttribute) === true ? 1 : 0
  return {
    body:
      `"category_id":${categoryOf(annotation.name).id},"segmentation":${segmentation},"area":${area},` +
      `"bbox":[${x},${y},${w},${h}],"iscrowd":${isCrowd},${keypoints}"extra":${extra(annotation)}`,
  }
}

function isFiniteBox({ x, y, w, h }: Box): boolean {
  return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(w) && Number.isFinite(h)
}

// darwin-py's own extension, key by key in its order.
function extra(annotation: ImageAnnotation): string {
  if (annotation.type === "unknown") return "{}"
  const { instance_id, attributes, text } = annotation
  if (instance_id === undefined && attributes === undefined && text === undefined) return "{}"
  return JSON.stringify({
    instance_id: instance_id?.value,
    attributes: attributes?.filter((name) => name !== crowdAttribute),
    text: text?.text,
  })
}

/** `/folder/name` of an image, without doubled slashes: what the id is made of, and the file name but for its first slash. */
function fullPathOf({ item }: AnnotationFile): string {
  let path = ""
  for (const name of item.path.split("/")) if (name !== "" && name !== ".") path += `/${name}`
  return `${path}/${item.name}`
}

function info(date: Date | undefined): string {
  const day = date?.toISOString().slice(0, 10).replaceAll("-", "/")
  return JSON.stringify({
    description: "Exported from Darwin",
    url: "n/a",
    version: "n/a",
    year: date?.getUTCFullYear(),
    contributor: "n/a",
    date_created: day,
  })
}

const licenses = '[{"url":"n/a","id":0,"name":"placeholder license"}]'

// The edges of a skeleton are not in annotation files, so `skeleton` has none.
function categoryText({ id, name, keypoints }: Category): string {
  return JSON.stringify({
    id,
    name,
    supercategory: "root",
    ...(keypoints !== undefined && { keypoints, skeleton: [] }),
  })
}

function tagText({ id, name }: Category): string {
  return JSON.stringify({ id, name })
}
