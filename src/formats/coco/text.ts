import { createMasks, type Masks } from "../../geometry/masks.ts"
import { boundsOf, boxFault } from "../../geometry/polygon.ts"
import type {
  Annotation,
  ImageAnnotation,
  SubAnnotations,
  UnknownAnnotation,
} from "../../model/annotation.ts"
import type { AnnotationFile } from "../../model/annotation-file.ts"
import type { Box } from "../../model/point.ts"
import { fullNameOf } from "../shared/image-name.ts"
import { createJsonBytes, type JsonBytes } from "../shared/json-bytes.ts"
import type { Picture } from "../shared/pictures.ts"
import type { Tally } from "../shared/tally.ts"
import { crowdAttribute } from "./crowd.ts"
import { type Category, createCategories, createImageIds } from "./ids.ts"
import {
  boxSegment,
  ellipseSegment,
  maskSegment,
  polygonSegment,
  type RleCoding,
  type Segment,
  writeCorners,
} from "./segment.ts"
import { keypointsOf } from "./skeleton.ts"

/** What the text of a COCO file depends on: see CocoWriteOptions. */
export interface CocoTextOptions {
  readonly date: Date | undefined
  readonly rle: RleCoding
  readonly boxSegmentation: boolean
}

/**
 * The text of a COCO file while images come in: `start()`, all of `images`, `middle()`, all of `annotations`,
 * `end()`. What is in `images` and `annotations` may be taken away at any time.
 */
export interface CocoText {
  readonly images: JsonBytes
  readonly annotations: JsonBytes
  start(): string
  middle(): string
  end(): string
  add(picture: Picture): void
}

/** Begins the text of a COCO file. */
export function createCocoText(tally: Tally, options: CocoTextOptions): CocoText {
  const ids = createImageIds()
  const categories = createCategories()
  const tags = createCategories()
  const images = createJsonBytes()
  const annotations = createJsonBytes()
  let hasImage = false
  let hasAnnotation = false
  // The number of an annotation counts tags and those left out, too: it does not change with what COCO can hold.
  let annotationId = 0

  const addImage = ({ item }: AnnotationFile, fullName: string, id: number, tagIds: readonly number[]) => {
    const slot = item.slots?.[0]
    images.ascii(hasImage ? ',\n{"license":0,"file_name":' : '\n{"license":0,"file_name":')
    images.text(JSON.stringify(fullName))
    images.ascii(`,"coco_url":"n/a","height":${slot?.height ?? null},"width":${slot?.width ?? null}`)
    images.ascii(',"date_captured":"","flickr_url":"n/a","darwin_url":')
    images.text(JSON.stringify(slot?.source_files?.[0]?.url ?? null))
    images.ascii(',"darwin_workview_url":')
    images.text(JSON.stringify(item.source_info?.workview_url ?? null))
    images.ascii(`,"id":${id},"tag_ids":[${tagIds.join(",")}]}`)
    hasImage = true
    tally.image()
  }

  /** Gives the reason where COCO cannot hold the annotation. */
  const addAnnotation = (annotation: Annotation, image: Image): string | undefined => {
    const start = annotations.length
    annotations.ascii(hasAnnotation ? ',\n{"id":' : '\n{"id":')
    annotations.number(annotationId)
    annotations.ascii(',"image_id":')
    annotations.number(image.id)
    const reason = writeShape(annotations, annotation, image, categories.of, options)
    if (reason === undefined) hasAnnotation = true
    else annotations.length = start
    return reason
  }

  return {
    images,
    annotations,
    start: () => `{"info":${info(options.date)},"licenses":${licenses},"images":[`,
    middle: () => '],\n"annotations":[',
    end: () => {
      const classes = categories.sorted().map(categoryText).join(",")
      const tagClasses = tags.sorted().map(tagText).join(",")
      return `],\n"categories":[${classes}],\n"tag_categories":[${tagClasses}]}\n`
    },
    add: ({ file, place, path }) => {
      const fullName = fullNameOf(file.item)
      const image = createImage(ids.take(`/${fullName}`), file)
      const tagIds: number[] = []
      for (let i = 0; i < file.annotations.length; i++) {
        const annotation = file.annotations[i] as Annotation
        annotationId++
        let reason: string | undefined
        if (annotation.type === "tag") {
          const tag = tags.of(annotation.name)
          tag.used = true
          tagIds.push(tag.id)
        } else if (annotation.type === "raster_layer") reason = image.masks().fault(annotation)
        else reason = addAnnotation(annotation, image)
        if (reason === undefined) tally.written(annotation)
        else tally.skipped(annotation, path, place(i), reason)
      }
      addImage(file, fullName, image.id, tagIds)
    },
  }
}

/** What the annotations of one image share. */
interface Image {
  readonly id: number
  readonly size: { readonly width: number; readonly height: number } | undefined
  readonly masks: () => Masks
}

function createImage(id: number, { item, annotations }: AnnotationFile): Image {
  const { width, height } = item.slots?.[0] ?? {}
  const size = typeof width === "number" && typeof height === "number" ? { width, height } : undefined
  let masks: Masks | undefined
  return {
    id,
    size,
    masks: () => {
      masks ??= createMasks(annotations, size)
      return masks
    },
  }
}

type KnownAnnotation = Exclude<ImageAnnotation, UnknownAnnotation>

/**
 * Writes an annotation from `category_id` to its end. Gives the reason where COCO cannot hold it; what is written is
 * void then.
 */
function writeShape(
  out: JsonBytes,
  annotation: Annotation,
  image: Image,
  categoryOf: (name: string) => Category,
  options: CocoTextOptions,
): string | undefined {
  if (annotation.type === "video") return "an annotation over frames, of an image"
  if (annotation.type === "unknown") return "its shape is not known"
  const category = categoryOf(annotation.name)
  out.ascii(',"category_id":')
  out.number(category.id)
  out.ascii(',"segmentation":')
  const segment = writeSegment(out, annotation, image, options)
  if (typeof segment === "string") return segment
  const { area, box } = segment
  if (!Number.isFinite(area) || !isFiniteBox(box)) return "its numbers are too large"
  out.ascii(',"area":')
  out.number(area)
  out.ascii(',"bbox":[')
  out.number(box.x)
  out.ascii(",")
  out.number(box.y)
  out.ascii(",")
  out.number(box.w)
  out.ascii(",")
  out.number(box.h)
  const { attributes } = annotation
  out.ascii(attributes?.includes(crowdAttribute) === true ? '],"iscrowd":1' : '],"iscrowd":0')
  if (annotation.type === "keypoint" || annotation.type === "skeleton") {
    const points = keypointsOf(annotation, category)
    if (typeof points === "string") return points
    out.ascii(`,"keypoints":[${points.keypoints}],"num_keypoints":${points.count}`)
  }
  writeExtra(out, annotation)
  out.ascii("}")
  category.used = true
  return undefined
}

/** Writes the value of `segmentation`. */
function writeSegment(
  out: JsonBytes,
  annotation: KnownAnnotation,
  image: Image,
  { rle, boxSegmentation }: CocoTextOptions,
): Segment | string {
  switch (annotation.type) {
    case "bounding_box": {
      const box = annotation.bounding_box
      const fault = boxFault(box)
      if (fault !== undefined) return fault
      if (boxSegmentation) writeCorners(out, box)
      else out.ascii("[]")
      return boxSegment(box)
    }
    case "polygon":
      return polygonSegment(out, annotation, image.size, rle)
    case "ellipse":
      return ellipseSegment(out, annotation)
    case "mask": {
      const mask = image.masks().rle(annotation.id)
      return typeof mask === "string" ? mask : maskSegment(out, mask, rle)
    }
    case "keypoint":
    case "skeleton": {
      const box = boundsOf([
        annotation.type === "keypoint" ? [annotation.keypoint] : annotation.skeleton.nodes,
      ])
      if (box === undefined) return "it has no point"
      out.ascii("[]")
      return { area: box.w * box.h, box }
    }
    default:
      return "COCO has no such shape"
  }
}

function isFiniteBox({ x, y, w, h }: Box): boolean {
  return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(w) && Number.isFinite(h)
}

// darwin-py's own extension, key by key in its order.
function writeExtra(out: JsonBytes, { instance_id, attributes, text }: SubAnnotations): void {
  if (instance_id === undefined && attributes === undefined && text === undefined) {
    out.ascii(',"extra":{}')
    return
  }
  out.ascii(',"extra":')
  const extra = {
    instance_id: instance_id?.value,
    attributes: attributes?.filter((name) => name !== crowdAttribute),
    text: text?.text,
  }
  out.text(JSON.stringify(extra))
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
