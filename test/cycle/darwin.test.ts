import { expect, test } from "vitest"
import { importAnnotations } from "../../src/import.ts"
import { parse } from "../../src/sources/parse.ts"
import { annotationsIn, canonical, openOrigin, pushMedia, release } from "./support.ts"

test("push, import, complete, export and pull give back every annotation of images, several slots and a video", async () => {
  const origin = await openOrigin()
  const dataset = await pushMedia(origin, "Copy")
  const report = await importAnnotations(dataset, "darwin", origin.annotations, {
    classPolicy: "create",
  })
  expect(report.problems).toEqual([])
  expect(report.annotations.sent).toBe(report.annotations.total)

  const whole = (annotation: object) => canonical(annotation)
  const before = await annotationsIn(parse("darwin", origin.annotations), whole)
  const after = await annotationsIn(parse("darwin", await release(dataset, origin.server)), whole)
  expect(Object.keys(before).length).toBeGreaterThan(8)
  expect(after).toEqual(before)

  // And once more: everything is there, so nothing is sent.
  const again = await importAnnotations(dataset, "darwin", origin.annotations, {
    append: true,
    journal: false,
  })
  expect(again.items).toMatchObject({ imported: 0, failed: 0, missing: 0 })
  expect(again.annotations).toMatchObject({ sent: 0, present: report.annotations.total })
})
