import { expect } from "vitest"
import { fillByCells } from "../../geometry/masks.ts"
import { type CocoRle, cocoPixels } from "./golden.ts"

// What pycocotools (coco.py, mask.pyx, cocoeval.py) asks of a file when it loads, draws and evaluates it, restated without
// any code of the writer.

type Json = Readonly<Record<string, unknown>>

/** Pixels row by row, `#` and `.`. */
export type Pixels = readonly string[]

/**
 * Fails where pycocotools would refuse the text, or take something else for it than it says.
 *
 * @returns the pixels of each annotation that has a segmentation in an image of known size, by its id, drawn as pycocotools
 * draws them.
 */
export function checkCoco(text: string): Map<number, Pixels> {
  const coco = JSON.parse(text) as Json
  expect(coco.info).toEqual(expect.any(Object))
  const images = byId(coco.images)
  const categories = byId(coco.categories)
  const tags = byId(coco.tag_categories)
  for (const category of categories.values()) checkCategory(category)
  expect(distinct([...categories.values()].map(({ name }) => name))).toBe(true)
  expect(distinct([...tags.values()].map(({ name }) => name))).toBe(true)
  const licenses = (coco.licenses as Json[]).map(({ id }) => id)
  for (const { file_name, width, height, license, tag_ids } of images.values()) {
    expect(file_name).toMatch(/^[^/]/)
    expect(licenses).toContain(license)
    // Nobody knows the size of some images, so nobody can draw in them; it is never half known.
    if (width !== null || height !== null)
      for (const side of [width, height]) expect(isWhole(side)).toBe(true)
    for (const tag of tag_ids as unknown[]) expect(tags.has(tag as number), `tag ${tag}`).toBe(true)
  }
  const drawn = new Map<number, Pixels>()
  for (const [id, annotation] of byId(coco.annotations)) {
    // The evaluation marks what it has matched by its id, and 0 as not matched.
    expect(id).toBeGreaterThan(0)
    const image = images.get(annotation.image_id as number)
    const category = categories.get(annotation.category_id as number)
    if (image === undefined) throw new Error(`annotation ${id}: no image ${annotation.image_id}`)
    if (category === undefined) throw new Error(`annotation ${id}: no category ${annotation.category_id}`)
    try {
      const pixels = checkAnnotation(annotation, image, category)
      if (pixels !== undefined) drawn.set(id, pixels)
    } catch (error) {
      throw new Error(`annotation ${id}: ${JSON.stringify(annotation).slice(0, 300)}`, { cause: error })
    }
  }
  return drawn
}

/** The elements of a list by their ids, which are whole numbers and differ. */
function byId(list: unknown): Map<number, Json> {
  const elements = list as readonly Json[]
  expect(Array.isArray(elements)).toBe(true)
  for (const { id } of elements) expect(Number.isSafeInteger(id), `id ${id}`).toBe(true)
  const map = new Map(elements.map((element) => [element.id as number, element]))
  expect(map.size, "ids are unique").toBe(elements.length)
  return map
}

function checkCategory({ name, supercategory, keypoints, skeleton }: Json): void {
  expect(name).toEqual(expect.any(String))
  expect(supercategory).toEqual(expect.any(String))
  if (keypoints === undefined) return
  const names = keypoints as unknown[]
  expect(names.length).toBeGreaterThan(0)
  expect(names.every((one) => typeof one === "string") && distinct(names)).toBe(true)
  // Pairs of positions in `keypoints`, counted from 1.
  for (const edge of skeleton as number[][]) {
    expect(edge).toHaveLength(2)
    for (const end of edge) expect(isWhole(end) && end <= names.length).toBe(true)
  }
}

function checkAnnotation(annotation: Json, image: Json, category: Json): Pixels | undefined {
  const { bbox, area, iscrowd, segmentation } = annotation
  expect(isNumbers(bbox)).toBe(true)
  expect(bbox).toHaveLength(4)
  const [x, y, w, h] = bbox as [number, number, number, number]
  expect(Math.min(w, h)).toBeGreaterThanOrEqual(0)
  expect(Number.isFinite(area)).toBe(true)
  expect(area).toBeGreaterThanOrEqual(0)
  expect([0, 1]).toContain(iscrowd)
  checkKeypoints(annotation, category)
  if (!Array.isArray(segmentation)) {
    const pixels = pixelsOfRle(segmentation as CocoRle, image)
    expect(area).toBe(count(pixels))
    checkInside(pixels, x, y, w, h)
    return pixels
  }
  const lists = segmentation as number[][]
  for (const list of lists) {
    // Four numbers would be a box, fewer are refused, an odd one at the end is dropped.
    expect(isNumbers(list)).toBe(true)
    expect(list.length).toBeGreaterThanOrEqual(6)
    expect(list.length % 2).toBe(0)
  }
  if (lists.length === 0) {
    // Nothing to draw: the box is the shape, or holds the points.
    expect(Math.abs((area as number) - w * h)).toBeLessThanOrEqual(1e-9 * w * h)
    return undefined
  }
  checkExtent(lists.flat(), [x, y, w, h])
  // pycocotools keeps every step along an edge: of edges this long neither it nor the test has the memory.
  if (image.width === null || lengthOfAll(lists) > 1e6) return undefined
  const pixels = union(lists, image)
  checkPolygonArea(lists, area as number, pixels, image)
  return pixels
}

function checkKeypoints({ keypoints, num_keypoints, bbox }: Json, category: Json): void {
  if (keypoints === undefined) {
    expect(num_keypoints).toBeUndefined()
    return
  }
  expect(isNumbers(keypoints)).toBe(true)
  const numbers = keypoints as number[]
  expect(numbers.length).toBe(3 * (category.keypoints as unknown[]).length)
  let labelled = 0
  const [left, top, w, h] = bbox as [number, number, number, number]
  for (let i = 0; i < numbers.length; i += 3) {
    const [x, y, visibility] = numbers.slice(i, i + 3) as [number, number, number]
    expect([0, 1, 2]).toContain(visibility)
    if (visibility === 0) expect([x, y]).toEqual([0, 0])
    else {
      labelled++
      for (const [value, low, side] of [
        [x, left, w],
        [y, top, h],
      ] as const) {
        expect(value).toBeGreaterThanOrEqual(low)
        expect(value).toBeLessThanOrEqual(low + side + noise(low, side))
      }
    }
  }
  expect(num_keypoints).toBe(labelled)
  expect(labelled).toBeGreaterThan(0)
}

function pixelsOfRle(rle: CocoRle, { width, height }: Json): Pixels {
  expect(Object.keys(rle).sort()).toEqual(["counts", "size"])
  expect(rle.size).toHaveLength(2)
  expect(rle.size.every(isWhole)).toBe(true)
  if (width !== null) expect(rle.size).toEqual([height, width])
  // Six bits a character from `0` on; counts are unsigned, and whatever they miss of the size is an error.
  if (typeof rle.counts === "string") expect(rle.counts).toMatch(/^[0-o]+$/)
  else expect(rle.counts.every((one) => one === 0 || isWhole(one))).toBe(true)
  return cocoPixels(rle)
}

/** Every pixel lies in the box, as far as pixels tell: half of one may be beyond. */
function checkInside(pixels: Pixels, x: number, y: number, w: number, h: number): void {
  const rows = pixels.flatMap((row, at) => (row.includes("#") ? [at] : []))
  expect(rows.length).toBeGreaterThan(0)
  const firsts = rows.map((row) => (pixels[row] as string).indexOf("#"))
  const lasts = rows.map((row) => (pixels[row] as string).lastIndexOf("#"))
  expect(Math.min(...firsts)).toBeGreaterThanOrEqual(x - 0.6)
  expect(Math.max(...lasts) + 1).toBeLessThanOrEqual(x + w + 0.6)
  expect(rows[0]).toBeGreaterThanOrEqual(y - 0.6)
  expect((rows.at(-1) as number) + 1).toBeLessThanOrEqual(y + h + 0.6)
}

/** The box is that around all points. */
function checkExtent(numbers: readonly number[], box: readonly [number, number, number, number]): void {
  for (const axis of [0, 1] as const) {
    const values = numbers.filter((_, i) => i % 2 === axis)
    const [low, side] = [box[axis], box[axis + 2] as number]
    expect(low).toBe(Math.min(...values))
    expect(Math.abs(low + side - Math.max(...values))).toBeLessThanOrEqual(noise(low, side))
  }
}

/**
 * The area of polygons that cross nothing is that of their pixels, but for what the border cuts: less than a pixel for each
 * that it runs through. Of polygons that cross themselves, or leave the image, it says less.
 */
function checkPolygonArea(
  lists: readonly number[][],
  area: number,
  pixels: Pixels,
  { width, height }: Json,
): void {
  const isInside = lists.every((list) =>
    list.every((value, i) => value >= 0 && value <= ((i % 2 === 0 ? width : height) as number)),
  )
  if (!isInside || !lists.every(isSimple)) return
  expect(Math.abs(count(pixels) - area)).toBeLessThanOrEqual(lengthOfAll(lists) + 1)
}

function union(lists: readonly number[][], { width, height }: Json): Pixels {
  const layers = lists.map((list) =>
    fillByCells(
      edgesOf(list).map(([x, y]) => ({ x, y })),
      width as number,
      height as number,
    ),
  )
  return Array.from({ length: height as number }, (_, y) =>
    Array.from({ length: width as number }, (_, x) =>
      layers.some((layer) => layer[y]?.[x]) ? "#" : ".",
    ).join(""),
  )
}

type Edge = readonly [x: number, y: number, toX: number, toY: number]

function edgesOf(list: readonly number[]): Edge[] {
  return list.flatMap((x, i) =>
    i % 2 === 0
      ? [[x, list[i + 1], list[(i + 2) % list.length], list[(i + 3) % list.length]] as unknown as Edge]
      : [],
  )
}

function lengthOf([x, y, toX, toY]: Edge): number {
  return Math.hypot(toX - x, toY - y)
}

function lengthOfAll(lists: readonly number[][]): number {
  return lists.flatMap(edgesOf).reduce((sum, edge) => sum + lengthOf(edge), 0)
}

/** Whether no two edges cross. */
function isSimple(list: readonly number[]): boolean {
  const edges = edgesOf(list)
  return edges.every((one, i) => edges.slice(i + 1).every((other) => !cross(one, other)))
}

function cross(a: Edge, b: Edge): boolean {
  const isBetween = ([x, y, toX, toY]: Edge, [fromX, fromY, endX, endY]: Edge) => {
    const side = (px: number, py: number) => Math.sign((toX - x) * (py - y) - (toY - y) * (px - x))
    return side(fromX, fromY) * side(endX, endY) < 0
  }
  return isBetween(a, b) && isBetween(b, a)
}

function count(pixels: Pixels): number {
  return pixels.reduce((sum, row) => sum + row.split("#").length - 1, 0)
}

function noise(low: number, side: number): number {
  return 1e-9 * Math.max(1, Math.abs(low), side)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one))
}

function distinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}
