import { describe, expect, it } from "vitest"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { Point } from "../../../src/model/point.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { exportCase, exportCases, isClose } from "../golden.ts"
import {
  type CocoAnnotation,
  type CocoImage,
  type CocoRle,
  cocoPixels,
  convert,
  documentsOf,
} from "./golden.ts"

// Every golden case of still images, one slot an item: what is written is compared with what the input says, by plain
// computations of the test's own. Frames and slots have tests of their own.
const refused = ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"]
const stills = exportCases.filter((name) => {
  if (refused.includes(name)) return false
  return documentsOf(name).every(
    ({ item, annotations = [] }) =>
      (item.slots ?? []).length <= 1 &&
      (item.slots ?? []).every(({ type }) => type === "image") &&
      annotations.every((annotation) => !("frames" in annotation)),
  )
})

type Source = Record<string, unknown> & Annotation & { readonly image: number }

describe("what is written is true of the input", () => {
  it("covers nearly all cases", () => {
    expect(exportCases.length).toBe(88)
    expect(stills.length).toBeGreaterThan(70)
  })

  it.each(stills)("%s", async (name) => {
    const { coco, summary } = await convert(exportCase(name, "input"))
    const documents = documentsOf(name).filter(({ annotations }) => annotations !== undefined)
    const sources = documents.flatMap(({ annotations }, image) =>
      annotations.map((annotation) => ({ ...annotation, image }) as Source),
    )

    // Each annotation that came in is written, or counted as left out.
    expect(summary.images).toBe(documents.length)
    expect(summary.annotations).toBe(sources.length)
    expect(summary.written + summary.skipped.reduce((sum, { count }) => sum + count, 0)).toBe(sources.length)
    const tags = sources.filter((source) => "tag" in source && !("bounding_box" in source))
    expect(coco.images.flatMap(({ tag_ids }) => tag_ids).length).toBe(tags.length)
    expect(new Set(coco.images.map(({ id }) => id)).size).toBe(coco.images.length)
    expect(new Set(coco.annotations.map(({ id }) => id)).size).toBe(coco.annotations.length)

    for (const annotation of coco.annotations) {
      const source = sources[annotation.id - 1] as Source
      const image = coco.images[source.image] as CocoImage
      const document = documents[source.image]
      expect(annotation.image_id).toBe(image.id)
      expect(image.file_name).toBe(
        [...(document?.item.path ?? "").split("/").filter(Boolean), document?.item.name].join("/"),
      )
      const category = coco.categories.find(({ id }) => id === annotation.category_id)
      expect(category?.name).toBe(source.name.trim())
      check(annotation, source, sources, image)
    }
  })
})

function check(
  annotation: CocoAnnotation,
  source: Source,
  sources: readonly Source[],
  image: CocoImage,
): void {
  const { segmentation, area, bbox } = annotation
  if ("polygon" in source) {
    const { paths, path } = source.polygon as { paths?: Point[][]; path?: Point[] }
    const parts = (paths ?? [path ?? []]).filter((one) => one.length >= 3)
    const points = parts.flat()
    const box = extent(points)
    if (Array.isArray(segmentation)) {
      expect(segmentation).toEqual(parts.map((part) => part.flatMap(({ x, y }) => [x, y])))
      expect(
        isClose(
          area,
          parts.reduce((sum, part) => sum + shoelace(part), 0),
        ),
      ).toBe(true)
      // The sides without the noise of subtracting, where the points have two decimals.
      expect(bbox.every((number, i) => isClose(number, box[i] as number))).toBe(true)
      if (parts.length > 1) {
        const [width, height] = [image.width ?? 50, image.height ?? 50]
        const union = parts.map((part) => pictureByCells([part], width, height))
        expect(pictureByCells(parts, width, height)).toEqual(anyOf(union))
      }
      return
    }
    const rle = segmentation as CocoRle
    const [height, width] = rle.size
    if (image.width !== null) expect([width, height]).toEqual([image.width, image.height])
    const pixels = cocoPixels(rle)
    expect(pixels).toEqual(pictureByCells(parts, width, height))
    expect(area).toBe(count(pixels))
    const [left, top, right, bottom] = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
    const cut = [
      Math.max(0, left),
      Math.max(0, top),
      Math.min(width, right),
      Math.min(height, bottom),
    ] as const
    const expected = [cut[0], cut[1], cut[2] - cut[0], cut[3] - cut[1]]
    expect(bbox.every((number, i) => isClose(number, expected[i] as number))).toBe(true)
    return
  }
  if ("bounding_box" in source) {
    const { x, y, w, h } = source.bounding_box as { x: number; y: number; w: number; h: number }
    expect(bbox).toEqual([x, y, w, h].map((number) => (number === 0 ? 0 : number)))
    expect(segmentation).toEqual([])
    expect(isClose(area, w * h)).toBe(true)
    return
  }
  if ("mask" in source) {
    const width = image.width as number
    const pixels: string[] = []
    for (const one of sources) {
      if (one.image !== source.image || one.type === "mask" || !("raster_layer" in one)) continue
      const layer = one.raster_layer as {
        dense_rle: number[]
        mask_annotation_ids_mapping: Record<string, number>
      }
      const label = layer.mask_annotation_ids_mapping[source.id as string]
      if (label === undefined) continue
      const flat = layer.dense_rle
        .flatMap((value, i) =>
          i % 2 === 0 ? [] : [(layer.dense_rle[i - 1] === label ? "#" : ".").repeat(value)],
        )
        .join("")
      for (let at = 0; at < flat.length; at += width) pixels.push(flat.slice(at, at + width))
    }
    expect(cocoPixels(segmentation as CocoRle)).toEqual(pixels)
    expect(area).toBe(count(pixels))
    const set = pixels.flatMap((row, y) => [...row].flatMap((pixel, x) => (pixel === "#" ? [{ x, y }] : [])))
    const [x, y, w, h] = extent(set)
    expect(bbox).toEqual([x, y, w + 1, h + 1])
    return
  }
  if ("keypoint" in source) {
    const { x, y } = source.keypoint as Point
    expect(annotation).toMatchObject({ keypoints: [x, y, 2], num_keypoints: 1, bbox: [x, y, 0, 0], area: 0 })
    return
  }
  if ("skeleton" in source) {
    const { nodes } = source.skeleton as { nodes: (Point & { occluded?: boolean })[] }
    expect(annotation.keypoints).toEqual(
      nodes.flatMap(({ x, y, occluded }) => [x, y, occluded === true ? 1 : 2]),
    )
    expect(annotation.num_keypoints).toBe(nodes.length)
    expect(bbox).toEqual(extent(nodes))
    return
  }
  const { center, radius } = source.ellipse as { center: Point; radius: Point }
  expect(Math.abs(area / (Math.PI * radius.x * radius.y) - 1)).toBeLessThan(0.05)
  expect(bbox[0] + bbox[2] / 2).toBeCloseTo(center.x, 0)
  expect(bbox[1] + bbox[3] / 2).toBeCloseTo(center.y, 0)
}

function extent(points: readonly Point[]): [number, number, number, number] {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top]
}

function shoelace(points: readonly Point[]): number {
  let twice = 0
  points.forEach(({ x, y }, i) => {
    const next = points[(i + 1) % points.length] as Point
    twice += x * next.y - next.x * y
  })
  return Math.abs(twice) / 2
}

function anyOf(pictures: readonly (readonly string[])[]): string[] {
  const [first = []] = pictures
  return first.map((row, y) =>
    [...row].map((_, x) => (pictures.some((picture) => picture[y]?.[x] === "#") ? "#" : ".")).join(""),
  )
}

function count(pixels: readonly string[]): number {
  return pixels.join("").replaceAll(".", "").length
}
