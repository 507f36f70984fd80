import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { darwin } from "../../../src/formats/darwin/index.ts"
import { dataloop } from "../../../src/formats/dataloop/index.ts"
import type { Point } from "../../../src/model/point.ts"
import { pipeline } from "../../../src/pipeline.ts"
import { exportCase, exportCases } from "../golden.ts"
import { near } from "../imported.ts"
import { type Document, documentsBelow, type Written } from "./files.ts"
import { type Darwin, type Expected, expectedAnnotations, inputs, pixelsInside } from "./truth.ts"

// Every case says what its input says, whether the reference managed it or not.

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dataloop-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Cases that are refused: see golden-export.test.ts. */
const refused = ["malformed-annotation", "malformed-item", "malformed-json", "raster-sparse-rle"]

/** Names that are not the item's folder and its name with `.json` in place of the ending of a picture. */
const renamed: Readonly<Record<string, string>> = {
  "name-collisions /same.png": "same_2.json",
}

interface Picture {
  readonly file: string
  readonly filename: string
  readonly width: number | undefined
  readonly height: number | undefined
  readonly annotations: readonly Expected[]
}

function picturesOf(name: string, { item, annotations }: Darwin): Picture[] {
  const folder = item.path.split("/").filter((part) => part !== "")
  const full = [...folder, item.name].join("/").replace(/\/+/g, "/")
  const slots = item.slots ?? []
  const stem = full.replace(/\.[^./]*$/, "")
  return (slots.length === 0 ? [undefined] : slots).flatMap((slot, index): Picture[] => {
    const size = { width: slot?.width ?? undefined, height: slot?.height ?? undefined }
    const own = annotations.filter(({ slot_names: names = [] }) =>
      names.length === 0 || slots.length < 2 ? index === 0 : names.includes(slot?.slot_name ?? ""),
    )
    const isVideo = own.some(({ frames }) => frames !== undefined) || slot?.type === "video"
    if (!isVideo) {
      const inside =
        slots.length < 2 ? full : `${full}/${slot?.slot_name}/${slot?.source_files?.[0]?.file_name}`
      const file = inside
        .replace(/\.(?:jpe?g|png|tiff?|nii\.gz|dcm|bmp|webp|JPG)$/i, "")
        .replace(/[<>"\\|?*]/g, "_")
      return [
        {
          file: renamed[`${name} /${full}`] ?? `${file}.json`,
          filename: `/${inside}`,
          ...size,
          annotations: expectedAnnotations(own, size.width, size.height),
        },
      ]
    }
    const last = Math.max(
      -1,
      ...own.flatMap(({ frames = {}, ranges, only_keyframes: only }) => [
        ...Object.keys(frames).map(Number),
        ...(only === true ? ((ranges ?? []) as [number, number][]).map(([, end]) => end - 1) : []),
      ]),
    )
    const count = slot?.frame_urls?.length || (slot?.frame_count ?? last + 1)
    return Array.from({ length: count }, (_, frame) => {
      const shown = own.flatMap((one) => {
        const held = heldFrame(one, frame)
        return held === undefined ? [] : [{ ...held, name: one.name, id: one.id }]
      })
      const frameName = `${String(frame).padStart(7, "0")}`
      return {
        file: `${stem}/${frameName}.json`,
        filename: `/${stem}/${frameName}.png`,
        ...size,
        annotations: expectedAnnotations(shown, size.width, size.height),
      }
    })
  })
}

/** What a track is in a frame: what is listed, or inside the ranges of one with keyframes only what was listed last. */
function heldFrame(track: Darwin["annotations"][number], frame: number): Record<string, unknown> | undefined {
  const {
    frames = {},
    ranges = [],
    only_keyframes: only,
  } = track as typeof track & {
    ranges?: [number, number][]
    only_keyframes?: boolean
  }
  const own = frames[frame]
  if (only !== true) return own
  const before = Object.keys(frames)
    .map(Number)
    .filter((index) => index < frame)
  const shaped = before.filter((index) => shapesOf(frames[index]).length > 0).at(-1)
  // A frame that changes what stands beside the shape keeps the shape.
  if (own !== undefined && shaped !== undefined && shapesOf(own).length === 0) {
    return { ...Object.fromEntries(shapesOf(frames[shaped])), ...own }
  }
  if (own !== undefined) return own
  const last = before.at(-1)
  if (last === undefined || !ranges.some(([start, end]) => start <= frame && frame < end)) return undefined
  return heldFrame(track, last)
}

function shapesOf(frame: Readonly<Record<string, unknown>> = {}): [string, unknown][] {
  return Object.entries(frame).filter(([key]) => key === "polygon" || key === "bounding_box")
}

function found({ type, label, coordinates, attributes, metadata, description }: Written): Expected {
  return {
    label,
    type,
    coordinates,
    details: {
      attributes,
      ...(description !== undefined && { description }),
      ...(metadata.system?.objectId !== undefined && { objectId: metadata.system.objectId }),
    },
  }
}

function check(picture: Picture, document: Document | undefined): void {
  expect(document?.filename).toBe(picture.filename)
  expect(document?.metadata?.system).toEqual(
    picture.width === undefined || picture.height === undefined
      ? {}
      : { width: picture.width, height: picture.height },
  )
  const written = document?.annotations ?? []
  expect(written.map(({ type, label }) => `${type} ${label}`)).toEqual(
    picture.annotations.map(({ type, label }) => `${type} ${label}`),
  )
  picture.annotations.forEach((expected, index) => {
    const one = found(written[index] as Written)
    if (!("pixels" in expected)) {
      expect(one).toEqual(near(expected))
      return
    }
    const paths = (one as { coordinates: Point[][] }).coordinates
    const pixels = pixelsInside(paths, picture.width as number, picture.height as number)
    expect(pixels).toEqual(expected.pixels)
    expect(one.details).toEqual(expected.details)
  })
}

describe.each(exportCases.filter((name) => !refused.includes(name)))("%s", (name) => {
  it("is written as its input says", async () => {
    const summary = await pipeline(darwin.read(exportCase(name, "input")), dataloop.write(directory))
    const documents = documentsBelow(directory)
    const pictures = inputs(name)
      .filter(({ annotations }) => Array.isArray(annotations))
      .flatMap((document) => picturesOf(name, document))
    expect([...documents.keys()].sort()).toEqual(pictures.map(({ file }) => file).sort())
    for (const picture of pictures) check(picture, documents.get(picture.file))
    expect(summary.images).toBe(pictures.length)
    expect([...documents.values()].map(({ _id }) => _id).sort((a, b) => a - b)).toEqual(
      pictures.map((_, index) => index),
    )
  })
})
