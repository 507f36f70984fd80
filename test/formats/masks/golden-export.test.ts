import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { exportCase, exportCases } from "../golden.ts"
import { deviationsOf } from "./deviations.ts"
import { formats, type Output, readOutput, write } from "./files.ts"
import { goldenOf, picturesOf } from "./golden.ts"
import { shows } from "./shows.ts"
import { classesOf, classImage, type Truth } from "./truth.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "masks-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

function expectInstances({ images, header, rows }: Output, truths: readonly Truth[]): void {
  expect(header).toEqual(["image_id", "mask_id", "class_name"])
  const expected = truths.flatMap(({ target, width, height, instances }) =>
    instances.flatMap(({ name, pixels }, i) => {
      const image = {
        width,
        height,
        colorType: 0,
        depth: 8,
        pixels: pixels.map((isSet) => (isSet ? 255 : 0)).join(),
      }
      return pixels.includes(true)
        ? [{ row: [target, `${target}_${String(i).padStart(5, "0")}`, name], image }]
        : []
    }),
  )
  expect(rows).toEqual(expected.map(({ row }) => row))
  expect(images).toEqual(new Map(expected.map(({ row, image }) => [`${row[1]}.png`, image])))
}

function expectClasses(
  format: string,
  { images, header, rows }: Output,
  truths: readonly Truth[],
  pictures: readonly AnnotationFile[],
): void {
  expect(header).toEqual(["class_name", "class_color"])
  const classes = ["__background__", ...classesOf(pictures)]
  expect(rows.map(([name]) => name)).toEqual(classes)
  const depth = format !== "semantic_mask" && classes.length > 256 ? 16 : 8
  const white = 2 ** depth - 1
  const values = rows.map(([, value]) => value as string)
  expect(new Set(values).size).toBe(classes.length)
  if (format === "semantic_mask_index") expect(values).toEqual(classes.map((_, i) => String(i)))
  if (format === "semantic_mask_grey" && classes.length > 1) {
    expect(values).toEqual(classes.map((_, i) => String(Math.floor((i * white) / (classes.length - 1)))))
  }
  const sampleOf = (name: string) => {
    const value = values[classes.indexOf(name)] as string
    return format === "semantic_mask" ? value : Number(value)
  }
  const expected = truths.map((truth) => {
    const { target, width, height } = truth
    const colorType = format === "semantic_mask" ? 2 : 0
    const pixels = classImage(truth).map(sampleOf).join()
    return [`${target}.png`, { width, height, colorType, depth, pixels }] as const
  })
  expect(images).toEqual(new Map(expected))
}

describe.each(formats)("$id", (format) => {
  describe.each(exportCases)("%s", (name) => {
    const { reference, error } = goldenOf(name, format.id)
    const ids = deviationsOf(format.id, name)
    const isDamaged = ids.includes("damaged-input")
    const but = ids.length > 0 ? ` but for ${ids.join(", ")}` : ""

    it(`is what its annotations say, and equals the reference${but}`, async () => {
      const input = exportCase(name, "input")
      if (isDamaged) {
        await expect(write(format, input, directory)).rejects.toMatchObject({ code: "format" })
      }
      const { summary } = await write(
        format,
        input,
        directory,
        {},
        { onInvalid: isDamaged ? "skip" : "throw" },
      )
      const ours = readOutput(directory)
      const { pictures, truths } = await picturesOf(name)

      if (format.id === "instance_mask") expectInstances(ours, truths)
      else expectClasses(format.id, ours, truths, pictures)
      const skipped = summary.skipped.reduce((sum, { count }) => sum + count, 0)
      expect(summary.annotations).toBe(summary.written + skipped)

      if (reference !== undefined && ids.length === 0) {
        expect(ours).toEqual(reference)
        const table = `${format.id === "instance_mask" ? "instance_mask_annotations" : "class_mapping"}.csv`
        expect(readFileSync(join(directory, table))).toEqual(
          readFileSync(exportCase(name, "expected", format.id, table)),
        )
      }
      if (error !== undefined) expect(ids).toHaveLength(1)
      if (error === undefined && reference === undefined) expect(ids).toEqual([])
      const table = shows[format.id === "instance_mask" ? "instance" : "semantic"] ?? {}
      const seen = { reference, error, ours, pictures }
      // Named where it shows, and nowhere else.
      expect(ids.toSorted()).toEqual(
        Object.keys(table)
          .filter((id) => table[id]?.(seen))
          .sort(),
      )
    })
  })
})
