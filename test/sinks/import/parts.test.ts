import { expect, test } from "vitest"
import type { Annotation } from "../../../src/model/annotation.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { type ImportOptions, importTo } from "../../../src/sinks/index.ts"
import { startProxy } from "../../cli/proxy.ts"
import { box, fileOf, idOf, startService } from "./support.ts"

const boxes = (count: number) => Array.from({ length: count }, (_, at) => box(at))

test("an item with more than one request takes is sent in several, and replaced by the first alone", async () => {
  const service = await startService({ items: ["/a.png"] })
  const run = (annotations: readonly Annotation[], options: ImportOptions) =>
    pipeline(
      [fileOf("/a.png", annotations)],
      importTo(service.dataset, { maxPayloadBytes: 2_000, ...options }),
    )
  await run([box(1_000)], { append: true })
  service.log.length = 0
  const report = await run(boxes(100), { overwrite: true })
  expect(report.annotations).toMatchObject({ sent: 100, failed: 0 })
  expect(service.log.filter((line) => line.startsWith("POST")).length).toBeGreaterThan(5)
  const held = await service.held("/a.png")
  expect(held.map(({ data }) => (data.bounding_box as { x: number }).x)).toEqual(
    boxes(100).map((_, at) => at),
  )
})

test("a request that the service finds too large is parted further", async () => {
  const service = await startService({ items: ["/a.png"], limits: { bodyBytes: 3_000 } })
  const sink = importTo(service.dataset, { append: true })
  const report = await pipeline([fileOf("/a.png", boxes(100))], sink)
  expect(report.annotations).toMatchObject({ sent: 100, failed: 0 })
  expect(await service.held("/a.png")).toHaveLength(100)
})

test("one annotation that is too large fails its item, in the words of the service", async () => {
  const service = await startService({ items: ["/a.png"], limits: { bodyBytes: 3_000 } })
  const large = box(1, { text: { text: "long ".repeat(2_000) } })
  const report = await pipeline([fileOf("/a.png", [large])], importTo(service.dataset, { append: true }))
  expect(report.problems[0]?.reason).toMatch(/413/)
})

test("large bodies are sent packed", async () => {
  const packed: (string | string[] | undefined)[] = []
  const service = await startService({
    items: ["/a.png"],
    through: (url) =>
      startProxy(url, ({ url: asked, headers }) => {
        if (asked?.endsWith("/import")) packed.push(headers["x-darwin-payload-compression-version"])
        return false
      }),
  })
  for (const count of [1, 1_000]) {
    await pipeline([fileOf("/a.png", boxes(count))], importTo(service.dataset, { append: true }))
  }
  expect(packed).toEqual([undefined, "1"])
  expect(await service.held("/a.png")).toHaveLength(1_000)
})

test("masks and their raster layer go together, whatever the limit", async () => {
  const service = await startService({
    items: ["/a.png"],
    classes: [
      { name: "road", type: "mask", sub_types: [] },
      { name: "car", type: "bounding_box", sub_types: [] },
    ],
  })
  const mask = (number: number): Annotation => ({ type: "mask", name: "road", id: idOf(number), mask: {} })
  const layer: Annotation = {
    type: "raster_layer",
    name: "__raster_layer__",
    id: idOf(9),
    raster_layer: {
      // The label 4 belongs to a mask that is not in the file.
      dense_rle: [0, 8, 1, 8, 2, 8, 4, 8, 0, 16],
      mask_annotation_ids_mapping: { [idOf(1)]: 1, [idOf(2)]: 2, [idOf(3)]: 3, [idOf(4)]: 4 },
      total_pixels: 48,
    },
  }
  const file = fileOf("/a.png", [mask(1), mask(2), mask(3), layer, ...boxes(5)])
  const report = await pipeline([file], importTo(service.dataset, { append: true, maxPayloadBytes: 300 }))
  expect(report.annotations).toEqual({ total: 9, sent: 8, present: 0, skipped: 1, failed: 0 })
  const held = await service.held("/a.png")
  const rows = held.filter(({ data }) => "mask" in data || "raster_layer" in data)
  expect(rows.map(({ id }) => id).sort()).toEqual([idOf(1), idOf(2), idOf(9)])
  expect(rows.find(({ id }) => id === idOf(9))?.data.raster_layer).toMatchObject({
    dense_rle: [0, 8, 1, 8, 2, 8, 0, 24],
    mask_annotation_ids_mapping: { [idOf(1)]: 1, [idOf(2)]: 2 },
  })
  const again = await pipeline([file], importTo(service.dataset, { append: true }))
  expect(again.annotations).toMatchObject({ sent: 0, present: 8, skipped: 1 })
})
