import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { CocoWriteOptions } from "../../../src/formats/coco/index.ts"
import { pathsOf } from "../../../src/geometry/polygon.ts"
import type { ImageAnnotation } from "../../../src/model/annotation.ts"
import { pictureByCells } from "../../geometry/masks.ts"
import { exportCase, exportCases } from "../golden.ts"
import { filesOfAllShapes, height, width } from "./arbitraries.ts"
import { boxOf, fileOf, polygonOf, skeletonOf, square, tagOf } from "./files.ts"
import { convert } from "./golden.ts"
import { checkCoco } from "./validator.ts"

const refused = ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"]
const cases = exportCases.filter((name) => !refused.includes(name))
const variants: readonly CocoWriteOptions[] = [{}, { rle: "compressed", boxSegmentation: true }]

describe("pycocotools takes what is written of the golden cases", () => {
  it.each(cases)("%s", async (name) => {
    for (const options of variants) {
      const { text } = await convert(exportCase(name, "input"), options)
      checkCoco(text)
    }
  })
})

it("pycocotools takes whatever is written, and draws polygons as Darwin means them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(filesOfAllShapes, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...variants),
      async (input, options) => {
        const { text, summary } = await convert(input, options)
        const drawn = checkCoco(text)
        // Only masks may have no pixel.
        expect(summary.skipped.every(({ type }) => type === "mask")).toBe(true)
        // An annotation's id is its place in the input.
        const annotations = input.flatMap((file) => file.annotations as readonly ImageAnnotation[])
        annotations.forEach((annotation, index) => {
          if (annotation.type !== "polygon") return
          const paths = pathsOf(annotation.polygon)
          expect(drawn.get(index + 1)).toEqual(pictureByCells(paths, width, height))
        })
      },
    ),
    { numRuns: 100 },
  )
})

describe("the validator", () => {
  const file = fileOf("a.png", [
    boxOf("car", 1, 2, 3, 4),
    polygonOf("car", square(0, 0, 9)),
    polygonOf("car", square(0, 0, 9), square(3, 3, 3)),
    skeletonOf("dog", { name: "head", x: 1, y: 2 }, { name: "tail", x: 3, y: 5 }),
    tagOf("night"),
  ])
  const damages: readonly (readonly [what: string, find: string | RegExp, replacement: string])[] = [
    ["one id twice", '"id":2,', '"id":1,'],
    ["the id 0", '"id":1,', '"id":0,'],
    ["an id that is text", '"id":1,', '"id":"1",'],
    ["an image that is not there", /"image_id":\d+/, '"image_id":5'],
    ["a category that is not there", /"category_id":\d+/, '"category_id":5'],
    ["a tag that is not there", /"tag_ids":\[\d+/, '"tag_ids":[5'],
    ["one class twice", '"name":"dog"', '"name":"car"'],
    ["half a size", '"width":40', '"width":null'],
    ["a flag that is none", '"iscrowd":0', '"iscrowd":2'],
    ["a negative box", "[1,2,3,4]", "[1,2,-3,4]"],
    ["half a box", "[1,2,3,4]", "[1,2,3]"],
    ["a box that is not around its polygon", "[0,0,9,9]", "[0,0,9,8]"],
    ["a polygon of an odd length", "[[0,0,9,", "[[0,9,"],
    ["a polygon of two points", "[[0,0,9,0,9,9,0,9]]", "[[0,0,9,0]]"],
    ["another area of a polygon", '"area":81', '"area":181'],
    ["another area of a mask", '"area":72', '"area":71'],
    ["run lengths of another size", '"size":[30,40]', '"size":[40,30]'],
    ["run lengths that miss a pixel", '"counts":[0,9,21', '"counts":[0,9,20'],
    ["too few keypoints", '"keypoints":[1,2,2,', '"keypoints":['],
    ["a visibility that is none", '"keypoints":[1,2,2,', '"keypoints":[1,2,3,'],
    ["another number of keypoints", '"num_keypoints":2', '"num_keypoints":1'],
    ["the end cut off", "\n", ""],
  ]

  it.each(damages)("finds %s", async (_, find, replacement) => {
    const { text } = await convert([file])
    expect(checkCoco(text).size).toBe(2)
    const damaged = replacement === "" ? text.slice(0, -3) : text.replace(find, replacement)
    expect(damaged).not.toBe(text)
    expect(() => checkCoco(damaged)).toThrow()
  })
})
