import { expect, it } from "vitest"
import { type FormatId, loadFormat } from "../../src/formats/index.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import type { Box } from "../../src/model/point.ts"
import { pipeline } from "../../src/pipeline.ts"
import { inDirectory } from "./golden.ts"

const fileOf = (...boxes: Box[]): AnnotationFile => ({
  path: "a.json",
  item: { name: "a.png", path: "/", slots: [{ slot_name: "0", type: "image", width: 60, height: 40 }] },
  annotations: boxes.map((bounding_box) => ({ type: "bounding_box", name: "car", bounding_box })),
})
const flat: Box = { x: 10, y: 10, w: 0, h: 4 }

it.each<[FormatId, string, Box]>(
  (["coco", "cvat", "pascalvoc"] as const).flatMap((id) => [
    [id, "its width or height is negative", { x: 10, y: 10, w: -3, h: 4 }],
    [id, "its numbers are too large", { x: 1e308, y: 0, w: 1e308, h: 1 }],
  ]),
)("%s leaves out a box because %s, and says so", (id, reason, box) =>
  inDirectory(async (directory) => {
    const { write } = await loadFormat(id)
    const summary = await pipeline([fileOf(box, flat)], (write as NonNullable<typeof write>)(directory))
    expect(summary).toMatchObject({ written: 1, skipped: [{ class: "car", reason, count: 1 }] })
  }),
)
