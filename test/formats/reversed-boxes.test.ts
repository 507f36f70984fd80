import { expect, it } from "vitest"
import { type FormatId, loadFormat } from "../../src/formats/index.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { pipeline } from "../../src/pipeline.ts"
import { inDirectory } from "./golden.ts"

const file: AnnotationFile = {
  path: "a.json",
  item: { name: "a.png", path: "/", slots: [{ slot_name: "0", type: "image", width: 60, height: 40 }] },
  annotations: [
    { type: "bounding_box", name: "car", bounding_box: { x: 10, y: 10, w: -3, h: 4 } },
    { type: "bounding_box", name: "car", bounding_box: { x: 10, y: 10, w: 0, h: 4 } },
  ],
}

it.each<FormatId>(["coco", "cvat", "pascalvoc"])("%s leaves out a box of negative width, and says so", (id) =>
  inDirectory(async (directory) => {
    const { write } = await loadFormat(id)
    const summary = await pipeline([file], (write as NonNullable<typeof write>)(directory))
    expect(summary).toMatchObject({
      written: 1,
      skipped: [{ class: "car", reason: "its width or height is negative", count: 1 }],
    })
  }),
)
