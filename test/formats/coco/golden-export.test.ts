import { crc32 } from "node:zlib"
import { describe, expect, it } from "vitest"
import { exportCase, exportCases, isClose } from "../golden.ts"
import { deviations } from "./deviations.ts"
import { type Coco, type CocoAnnotation, type CocoImage, convert, expectedCoco } from "./golden.ts"

const failing = new Map([
  ["malformed-annotation", /input.street_001\.json: annotations\[1\]\.bounding_box\.w: /],
  ["malformed-item", /input.street_001\.json: .*item/],
  ["malformed-json", /input.street_001\.json: line 1, column 90: the file ends inside an object/],
  ["raster-sparse-rle", /input.street_001\.json: annotations\[0\]\.mask\.sparse_rle: /],
])

describe("golden exports", () => {
  it.each(exportCases)("%s", async (name) => {
    const refusal = failing.get(name)
    if (refusal !== undefined) {
      await expect(convert(exportCase(name, "input"))).rejects.toMatchObject({
        code: "format",
        message: expect.stringMatching(refusal),
      })
      return
    }
    const { coco } = await convert(exportCase(name, "input"))
    const reference = expectedCoco(name)
    // Where darwin-py failed or was not asked the truth of what we write is for the other tests.
    const found = reference === undefined ? new Set<string>() : differences(reference, coco)
    const named = deviations.filter((one) => one.exports.includes(name))
    expect([...found].sort()).toEqual(named.map(({ id }) => id).sort())
  })
})

/** The deviations that explain all differences; one that is not explained is an error. */
function differences(reference: Coco, ours: Coco): Set<string> {
  const found = new Set<string>()
  const unexplained = (what: string, ...values: unknown[]): never => {
    throw new Error(`${what} differs: ${values.map((value) => JSON.stringify(value)).join(" / ")}`)
  }

  const pairs = pairImages(reference.images, ours.images)
  if (pairs.length !== ours.images.length) found.add("slots")
  if (
    pairs.some(
      ([, image], index) =>
        index > 0 &&
        ours.images.indexOf(image) < ours.images.indexOf((pairs[index - 1] as [CocoImage, CocoImage])[1]),
    )
  ) {
    found.add("reading-order")
  }
  for (const [theirs, mine] of pairs) {
    if (theirs.file_name !== mine.file_name) found.add(theirs.file_name === "ms" ? "slots" : "folders")
    if (theirs.id !== mine.id) {
      if (/\/\d{7}\.png$/.test(mine.file_name)) found.add("frame-ids")
      else if (mine.file_name.startsWith("ms/")) found.add("slots")
      else if (theirs.id === crc32(mine.file_name)) found.add("image-id")
      else unexplained(`id of ${mine.file_name}`, theirs.id, mine.id)
    }
    const { file_name: _a, id: _b, ...restOfTheirs } = theirs
    const { file_name: _c, id: _d, ...restOfMine } = mine
    if (JSON.stringify(restOfTheirs) !== JSON.stringify(restOfMine) && !found.has("slots")) {
      unexplained("image", restOfTheirs, restOfMine)
    }
  }

  const imageOf = new Map(pairs.map(([theirs, mine]) => [theirs.id, mine.id]))
  const left = new Set(ours.annotations)
  for (const theirs of reference.annotations) {
    const image = imageOf.get(theirs.image_id)
    const isSame = (one: CocoAnnotation) =>
      left.has(one) &&
      one.category_id === theirs.category_id &&
      (found.has("slots") ? isNear(one, theirs) : one.image_id === image) &&
      JSON.stringify(one.extra) === JSON.stringify(theirs.extra)
    const mine =
      ours.annotations.find((one) => one.id === theirs.id && isSame(one)) ?? ours.annotations.find(isSame)
    if (mine === undefined) {
      if (isDegenerate(theirs)) found.add("degenerate")
      else unexplained("an annotation of theirs", theirs)
      continue
    }
    left.delete(mine)
    if (mine.id !== theirs.id && !found.has("slots")) found.add("annotation-ids")
    for (const id of explain(theirs, mine)) found.add(id)
  }
  for (const extra of left) {
    if (extra.keypoints !== undefined) found.add("keypoints")
    else if (!Array.isArray(extra.segmentation)) found.add("masks")
    else if ((extra.segmentation[0]?.length ?? 0) >= 16 && extra.iscrowd === 0 && extra.area > 0)
      found.add("ellipses")
    else if (isFrame(ours, extra))
      found.add(reference.annotations.length === 2 ? "broken-frame" : "only-keyframes")
    else unexplained("an annotation of ours", extra)
  }

  for (const { id, name, keypoints } of ours.categories) {
    if (keypoints !== undefined && !found.has("keypoints")) unexplained("keypoints", name)
    const theirs = reference.categories.find((one) => one.id === id)
    if (theirs !== undefined && theirs.name !== name) unexplained("category", theirs.name, name)
    if (theirs === undefined && ![...left].some((one) => one.category_id === id))
      unexplained("category", name)
  }
  for (const { id, name } of reference.categories) {
    if (!ours.categories.some((one) => one.id === id) && !found.has("degenerate"))
      unexplained("category", name)
  }
  expect(ours.categories.map(({ id }) => id)).toEqual(
    ours.categories.map(({ id }) => id).sort((a, b) => a - b),
  )
  expect(ours.tag_categories).toEqual(reference.tag_categories)
  return found
}

function pairImages(theirs: readonly CocoImage[], ours: readonly CocoImage[]): [CocoImage, CocoImage][] {
  const left = new Set(ours)
  return theirs.map((image) => {
    const same = [...left].find(({ file_name: name }) => `/${name}`.endsWith(`/${image.file_name}`))
    const mine = same ?? [...left].find(({ file_name: name }) => name.startsWith(`${image.file_name}/`))
    if (mine === undefined) throw new Error(`no image ${image.file_name}`)
    left.delete(mine)
    return [image, mine]
  })
}

function explain(theirs: CocoAnnotation, mine: CocoAnnotation): Set<string> {
  const found = new Set<string>()
  const fail = () => {
    throw new Error(`differs: ${JSON.stringify(theirs)} / ${JSON.stringify(mine)}`)
  }
  expect(mine.iscrowd).toBe(0)
  if (!Array.isArray(theirs.segmentation)) {
    found.add(Array.isArray(mine.segmentation) ? "parts" : "fill-rule")
    return found
  }
  if (!Array.isArray(mine.segmentation)) fail()
  const lists = mine.segmentation as readonly (readonly number[])[]
  const [path] = theirs.segmentation as [readonly number[]]
  const isBox = lists.length === 0
  if (isBox) {
    if (path.length !== 8) fail()
    found.add("box-segmentation")
  }
  const isClamped = (isBox ? mine.bbox : (lists[0] ?? [])).some((number) => number < 0)
  if (isClamped) {
    found.add("clamping")
    return found
  }
  if (!isBox && !(lists.length === 1 && lists[0]?.every((number, i) => isClose(number, path[i] as number))))
    fail()
  const numbers = [...mine.bbox, mine.area].map((number, i) => [
    number,
    [...theirs.bbox, theirs.area][i] as number,
  ])
  if (numbers.every(([a, b]) => isClose(a as number, b as number))) return found
  if (!isBox) fail()
  const far = Math.max(...mine.bbox.map(Math.abs)) > 1e12
  if (far) found.add("box-noise")
  else if (isNear(mine, theirs)) found.add("box-rounding")
  else fail()
  return found
}

function isNear(mine: CocoAnnotation, theirs: CocoAnnotation): boolean {
  return mine.bbox.every((number, i) => Math.abs(number - (theirs.bbox[i] as number)) < 0.0012)
}

function isDegenerate({ segmentation }: CocoAnnotation): boolean {
  if (Array.isArray(segmentation)) return segmentation.every((list) => list.length < 6)
  // The case whose parts have two points and one.
  return JSON.stringify(segmentation).startsWith('{"counts":[5,1,5,1,5,1,3,1,1,1,5,1')
}

function isFrame(ours: Coco, annotation: CocoAnnotation): boolean {
  const image = ours.images.find(({ id }) => id === annotation.image_id)
  return /\/\d{7}\.png$/.test(image?.file_name ?? "")
}
