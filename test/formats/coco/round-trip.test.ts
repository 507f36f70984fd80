import { join } from "node:path"
import fc from "fast-check"
import { expect, it } from "vitest"
import { coco } from "../../../src/formats/coco/index.ts"
import { pathsOf } from "../../../src/geometry/polygon.ts"
import type { ImageAnnotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { inDirectory } from "../golden.ts"
import { files, height, width } from "./arbitraries.ts"

it("gives back what COCO holds: Darwin to COCO to Darwin", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(files, { maxLength: 5 }),
      fc.constantFrom("counts", "compressed"),
      (input, rle) =>
        inDirectory(async (directory) => {
          const summary = await pipeline(input, coco.write(directory, { rle }))
          expect(summary.skipped).toEqual([])
          const read: AnnotationFile[] = []
          for await (const file of coco.read(join(directory, "output.json"))) read.push(file)
          expect(read.map(({ item }) => item)).toEqual(input.map(({ item }) => item))
          expect(read.map(({ annotations }) => annotations.map(comparable))).toEqual(
            input.map(({ annotations }) => annotations.map((one) => comparable(one as ImageAnnotation))),
          )
        }),
    ),
    { numRuns: 150 },
  )
})

/**
 * An annotation as far as COCO can hold it: with holes its pixels, the attribute of crowds last, no box of a
 * polygon's.
 */
function comparable(annotation: object): unknown {
  const { bounding_box, ...one } = annotation as Record<string, unknown> & {
    type: string
    attributes?: string[]
  }
  const attributes = one.attributes && [...one.attributes].sort()
  const base = { ...one, ...(attributes && { attributes }) }
  if (one.type !== "polygon") return { ...base, ...(bounding_box !== undefined && { bounding_box }) }
  const paths = pathsOf(one.polygon as Parameters<typeof pathsOf>[0])
  // Paths along pixels and those they were drawn from differ in points; the pixels tell whether they are one shape.
  return paths.length === 1 ? base : { ...base, polygon: pictureByCells(paths, width, height) }
}
