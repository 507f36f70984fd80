import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { describe, expect, it } from "vitest"
import type { RunEvent } from "../../../src/events.ts"
import { coco } from "../../../src/formats/coco/index.ts"
import type { Annotation, ImageAnnotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { inDirectory } from "../golden.ts"
import { boxOf, fileOf, polygonOf, skeletonOf, square, tagOf } from "./files.ts"
import { type CocoRle, cocoPixels, convert } from "./golden.ts"

async function only(annotation: Annotation, options = {}) {
  const { coco: written } = await convert([fileOf("a.png", [annotation])], options)
  return written.annotations[0]
}

/** Why an annotation is left out. */
async function reasonOf(...annotations: Annotation[]): Promise<string | undefined> {
  const { summary } = await convert([fileOf("a.png", annotations)])
  return summary.skipped[0]?.reason
}

describe("coco.write", () => {
  it("takes options, and refuses those out of range at the call", async () => {
    const files = [
      fileOf("a.png", [boxOf("car", 1, 2, 3, 4), polygonOf("car", square(0, 0, 9), square(3, 3, 3))]),
    ]
    const { coco: plain } = await convert(files)
    expect(plain.info).toEqual({
      description: "Exported from Darwin",
      url: "n/a",
      version: "n/a",
      contributor: "n/a",
    })
    const { coco: dated } = await convert(files, { date: new Date("2024-02-29T23:59:59Z") })
    expect(dated.info).toMatchObject({ year: 2024, date_created: "2024/02/29" })
    const { coco: corners } = await convert(files, { boxSegmentation: true })
    expect(corners.annotations[0]?.segmentation).toEqual([[1, 2, 4, 2, 4, 6, 1, 6]])
    const { coco: compressed } = await convert(files, { rle: "compressed" })
    const rle = compressed.annotations[1]?.segmentation as CocoRle
    expect(typeof rle.counts).toBe("string")
    expect(cocoPixels(rle)).toEqual(cocoPixels(plain.annotations[1]?.segmentation as CocoRle))

    await inDirectory(async (directory) => {
      await pipeline(files, coco.write(join(directory, "new"), { fileName: "instances.json" }))
      expect(readdirSync(join(directory, "new"))).toEqual(["instances.json"])
    })
    for (const [option, options] of [
      ["fileName", { fileName: "a/b.json" }],
      ["fileName", { fileName: "" }],
      ["date", { date: new Date(Number.NaN) }],
      ["rle", { rle: "lz" as "counts" }],
    ] as const) {
      expect(() => coco.write("out", options)).toThrow(expect.objectContaining({ code: "option", option }))
    }
  })

  it("writes the same bytes for the same input, also when there is nothing", async () => {
    const files = [fileOf("a.png", [boxOf("car", 1, 2, 3, 4), tagOf("night")]), fileOf("b.png", [])]
    expect((await convert(files)).text).toBe((await convert(files)).text)
    const { coco: nothing, summary } = await convert([])
    expect(nothing).toMatchObject({ images: [], annotations: [], categories: [], tag_categories: [] })
    expect(summary).toEqual({ images: 0, annotations: 0, written: 0, classes: [], skipped: [] })
  })

  it("gives ids of their own to names of one checksum, and to one name twice", async () => {
    expect(crc32("/plumless")).toBe(crc32("/buckeroo"))
    const files = ["plumless", "buckeroo", "plumless", "other"].map((name) =>
      fileOf(name, [
        boxOf("plumless", 0, 0, 1, 1),
        boxOf("buckeroo", 0, 0, 1, 1),
        tagOf("buckeroo"),
        tagOf("plumless"),
      ]),
    )
    const { coco: written } = await convert(files)
    const first = crc32("/plumless")
    expect(written.images.map(({ id }) => id)).toEqual([first, first + 1, first + 2, crc32("/other")])
    const car = crc32("plumless")
    expect(written.categories).toMatchObject([
      { id: car, name: "plumless" },
      { id: car + 1, name: "buckeroo" },
    ])
    expect(written.tag_categories).toEqual([
      { id: car, name: "buckeroo" },
      { id: car + 1, name: "plumless" },
    ])
    expect(written.annotations.map(({ category_id }) => category_id)).toEqual(
      Array(4)
        .fill([car, car + 1])
        .flat(),
    )
  })

  it("keeps order and ids over more images and annotations than memory holds at once", async () => {
    const count = 3000
    async function* files(): AsyncGenerator<AnnotationFile> {
      for (let i = 0; i < count; i++) {
        const path = Array.from({ length: 30 }, (_, n) => [i + n / 8, (n * i) / 16]).flat()
        yield fileOf(
          `${i}.png`,
          [polygonOf(`class ${i % 7}`, path), tagOf("ü"), boxOf("car", i, 0, 1, 1)],
          `/${i % 5}`,
        )
      }
    }
    await inDirectory(async (directory) => {
      const summary = await pipeline(files(), coco.write(directory))
      expect(summary).toMatchObject({
        images: count,
        annotations: 3 * count,
        written: 3 * count,
        skipped: [],
      })
      expect(summary.classes.find((one) => one.class === "car")).toEqual({
        class: "car",
        type: "bounding_box",
        written: count,
        skipped: 0,
      })
      expect(readdirSync(directory)).toEqual(["output.json"])
      const written = JSON.parse(readFileSync(join(directory, "output.json"), "utf8"))
      expect(written.images.map((image: { file_name: string }) => image.file_name)).toEqual(
        Array.from({ length: count }, (_, i) => `${i % 5}/${i}.png`),
      )
      expect(written.annotations.map(({ id }: { id: number }) => id)).toEqual(
        Array.from({ length: count }, (_, i) => [3 * i + 1, 3 * i + 3]).flat(),
      )
      expect(written.annotations[2 * 2999].image_id).toBe(written.images[2999].id)
    })
  })

  it("leaves what stood there, and nothing else, when the input fails or the run is aborted", async () => {
    async function* failing(): AsyncGenerator<AnnotationFile> {
      yield fileOf("a.png", [boxOf("car", 1, 2, 3, 4)])
      throw new Error("the input broke")
    }
    const abort = new AbortController()
    async function* aborting(): AsyncGenerator<AnnotationFile> {
      yield fileOf("a.png", [boxOf("car", 1, 2, 3, 4)])
      abort.abort(new Error("enough"))
      yield fileOf("b.png", [])
    }
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "output.json"), "before")
      await expect(pipeline(failing(), coco.write(directory))).rejects.toThrow("the input broke")
      await expect(pipeline(aborting(), coco.write(directory), { signal: abort.signal })).rejects.toThrow(
        "enough",
      )
      expect(readdirSync(directory)).toEqual(["output.json"])
      expect(readFileSync(join(directory, "output.json"), "utf8")).toBe("before")
    })
  })

  it("counts and tells what COCO cannot hold, with the place in the document", async () => {
    const events: RunEvent[] = []
    const line: Annotation = { name: "edge", type: "line", line: { path: [] } }
    const track: Annotation = {
      name: "walk",
      type: "video",
      frames: { "1": { line: { path: [] } }, "7": { bounding_box: { x: 0, y: 0, w: 1, h: 1 } } },
    }
    const video: AnnotationFile = {
      path: "v.json",
      item: { name: "v.mp4", path: "/", slots: [{ slot_name: "0", type: "video", frame_count: 2 }] },
      annotations: [boxOf("still", 0, 0, 1, 1), track],
    }
    await inDirectory(async (directory) => {
      const summary = await pipeline(
        [fileOf("a.png", [boxOf("car", 1, 2, 3, 4), line]), video],
        coco.write(directory),
        {
          onEvent: (event) => events.push(event),
        },
      )
      expect(summary.annotations).toBe(5)
      expect(summary.written).toBe(1)
      expect(summary.images).toBe(3)
      expect(summary.skipped.reduce((sum, { count }) => sum + count, 0)).toBe(4)
    })
    const skips = events.flatMap((event) => (event.type === "skip" ? [`${event.file} ${event.place}`] : []))
    expect(skips.sort()).toEqual([
      "a.png.json annotations[1]",
      "v.json annotations[0]",
      "v.json annotations[1].frames.1",
      "v.json annotations[1].frames.7",
    ])
  })

  it("names no category for what is left out", async () => {
    const { coco: written } = await convert([fileOf("a.png", [polygonOf("thin", [1, 2, 3, 4])])])
    expect(written.categories).toEqual([])
  })

  it("says why", async () => {
    expect(await reasonOf(polygonOf("a", [1, 2, 3, 4]))).toBe("a polygon needs three points")
    expect(await reasonOf(polygonOf("a"))).toBe("a polygon needs three points")
    expect(await reasonOf(polygonOf("a", [1e300, 0, 0, 1e300, 0, 0]))).toBe("its numbers are too large")
    expect(await reasonOf(polygonOf("a", square(50, 50, 9), square(51, 51, 3)))).toBe(
      "it covers no pixel of its image",
    )
    expect(await reasonOf(skeletonOf("a"))).toBe("it has no point")
    expect(await reasonOf(skeletonOf("a", { x: 1, y: 1, name: "n" }, { x: 2, y: 2, name: "n" }))).toBe(
      "two of its points have one name",
    )
    expect(await reasonOf({ name: "a", type: "unknown" })).toBe("its shape is not known")
    expect(await reasonOf({ name: "a", type: "video", frames: {} })).toBe(
      "an annotation over frames, of an image",
    )
    expect(await reasonOf({ name: "a", type: "mask", mask: {} })).toBe("no raster layer holds its pixels")
    const huge = fileOf("a.png", [polygonOf("a", square(0, 0, 9), square(1, 1, 3))], "/", {
      width: 9e4,
      height: 9e4,
    })
    expect((await convert([huge])).summary.skipped[0]?.reason).toBe("its image is too large for a mask")
  })
})

describe("shapes", () => {
  it("are exact where COCO is: boxes, polygons, parts", async () => {
    expect(await only(boxOf("a", -0.1, 2.00049, 1e-7, 3))).toMatchObject({
      bbox: [-0.1, 2.00049, 1e-7, 3],
      segmentation: [],
      area: 3e-7,
      iscrowd: 0,
    })
    expect(await only(polygonOf("a", square(0.5, 0.5, 2), square(10, 10, 3)))).toMatchObject({
      segmentation: [square(0.5, 0.5, 2), square(10, 10, 3)],
      area: 13,
      bbox: [0.5, 0.5, 12.5, 12.5],
    })
  })

  it("with holes, or overlapping, are masks of even-odd pixels", async () => {
    const hole = await only(polygonOf("a", square(0, 0, 5), square(2, 2, 1)))
    expect(hole).toMatchObject({ area: 24, bbox: [0, 0, 5, 5] })
    const overlap = await only(polygonOf("a", square(0, 0, 4), square(2, 2, 4)))
    expect(overlap).toMatchObject({ area: 24, bbox: [0, 0, 6, 6] })
    const outside = await only(polygonOf("a", square(-2, 25, 10), square(0, 27, 1)))
    expect(outside).toMatchObject({ area: 39, bbox: [0, 25, 8, 5] })
  })

  it("of images without a size need none, but for masks, which get that of the shape", async () => {
    const file = fileOf(
      "a.png",
      [boxOf("a", 1, 2, 3, 4), polygonOf("a", square(1, 1, 9.5), square(3, 3, 2))],
      "/",
      {},
    )
    const { coco: written } = await convert([file])
    expect(written.images[0]).toMatchObject({ width: null, height: null })
    expect(written.annotations[1]).toHaveProperty("segmentation.size", [11, 11])
  })

  it("are keypoints of one order for a class", async () => {
    const [head, tail] = [
      { name: "head", x: 1, y: 2, occluded: false },
      { name: "tail", x: 4, y: 8, occluded: true },
    ]
    const { coco: written, summary } = await convert([
      fileOf("a.png", [
        skeletonOf("dog", head, tail),
        skeletonOf("dog", { ...tail, occluded: false }),
        skeletonOf("dog", head, { ...tail, name: "paw" }),
        { name: "spot", type: "keypoint", keypoint: { x: 3, y: 4 } },
      ]),
    ])
    expect(written.categories).toEqual(
      [
        { id: crc32("dog"), name: "dog", supercategory: "root", keypoints: ["head", "tail"], skeleton: [] },
        { id: crc32("spot"), name: "spot", supercategory: "root", keypoints: ["keypoint"], skeleton: [] },
      ].sort((a, b) => a.id - b.id),
    )
    expect(
      written.annotations.map(({ keypoints, num_keypoints, bbox }) => [keypoints, num_keypoints, bbox]),
    ).toEqual([
      [[1, 2, 2, 4, 8, 1], 2, [1, 2, 3, 6]],
      [[0, 0, 0, 4, 8, 2], 1, [4, 8, 0, 0]],
      [[3, 4, 2], 1, [3, 4, 0, 0]],
    ])
    expect(summary.skipped).toEqual([
      {
        class: "dog",
        type: "skeleton",
        reason: "it has points that the first annotation of its class does not have",
        count: 1,
      },
    ])
  })

  it("are crowds when their attribute says so", async () => {
    const crowd: ImageAnnotation = {
      ...boxOf("a", 0, 0, 1, 1),
      attributes: ["red", "iscrowd"],
    } as ImageAnnotation
    expect(await only(crowd)).toMatchObject({ iscrowd: 1, extra: { attributes: ["red"] } })
  })
})
