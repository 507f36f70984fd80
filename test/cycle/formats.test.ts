import { join } from "node:path"
import { expect, test } from "vitest"
import { exportAnnotations } from "../../src/convert.ts"
import type { FormatId } from "../../src/formats/registry.ts"
import { importAnnotations } from "../../src/import.ts"
import type { Annotation } from "../../src/model/annotation.ts"
import type { AnnotationFile } from "../../src/model/annotation-file.ts"
import { parse } from "../../src/sources/parse.ts"
import { filter } from "../../src/transforms/filter.ts"
import { annotationsIn, canonical, openOrigin, pushMedia, release } from "./support.ts"

const isOf =
  (type: "image" | "video") =>
  ({ item: { slots } }: AnnotationFile): boolean =>
    slots?.length === 1 && slots[0]?.type === type

/** What tells an annotation from others but for what a service adds: its id, its slot, the box of a polygon. */
function plain(annotation: Annotation): string {
  const { id, slot_names, properties, annotators, reviewers, ...rest } = annotation
  if (rest.type === "polygon") return canonical({ ...rest, bounding_box: undefined })
  if (rest.type !== "video") return canonical(rest)
  // The service lists a tag in every frame of its ranges, files of tags in the first one.
  if (Object.values(rest.frames).every((frame) => frame.tag !== undefined)) {
    return canonical({ name: rest.name, ranges: rest.ranges, tag: {} })
  }
  const frames = Object.entries(rest.frames).map(([index, { keyframe, bounding_box, ...frame }]) => [
    index,
    frame.polygon === undefined && bounding_box !== undefined ? { ...frame, bounding_box } : frame,
  ])
  return canonical({ name: rest.name, ranges: rest.ranges, frames: Object.fromEntries(frames) })
}

const inputs: readonly [format: FormatId, type: "image" | "video", least: number][] = [
  ["coco", "image", 100],
  ["cvat", "image", 150],
  ["cvat", "video", 3],
  ["pascalvoc", "image", 50],
  ["dataloop", "image", 100],
  ["csvtags", "image", 8],
  ["csvtagsvideo", "video", 1],
]

test.each(inputs)("what %s says of each %s comes back after the whole cycle", async (format, type, least) => {
  const origin = await openOrigin()
  const input = join(origin.scratch, format)
  await exportAnnotations(format, origin.annotations, input, { transforms: [filter(isOf(type))] })
  const before = await annotationsIn(parse(format, input), plain)
  expect(Object.values(before).flat().length).toBeGreaterThanOrEqual(least)

  const dataset = await pushMedia(origin, "Copy", isOf(type))
  const report = await importAnnotations(dataset, format, input, { append: true, classPolicy: "create" })
  expect(report.items).toMatchObject({ failed: 0, missing: 0, refused: 0 })
  const after = await annotationsIn(parse("darwin", await release(dataset, origin.server)), plain)
  expect(after).toEqual(before)
})
