import { pathsOf } from "../../../src/geometry/polygon.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import type { Image, Output } from "./files.ts"
import type { Golden } from "./golden.ts"

// How a deviation shows in a case: what is different, or how the reference failed.

export interface Seen extends Golden {
  /** What is written here; undefined where it is refused as well. */
  readonly ours: Output | undefined
  readonly pictures: readonly AnnotationFile[]
}

type Shows = (seen: Seen) => boolean

function fails(message: RegExp): Shows {
  return ({ error }) => error !== undefined && message.test(error)
}

function has(pictures: readonly AnnotationFile[], ...types: readonly string[]): boolean {
  return pictures.some(({ annotations }) => annotations.some(({ type }) => types.includes(type)))
}

function reachesOutside({ item, annotations }: AnnotationFile): boolean {
  const { width, height } = item.slots?.[0] ?? {}
  return annotations.some((one) => {
    const points = one.type === "polygon" ? pathsOf(one.polygon).flat() : []
    return points.some(({ x, y }) => x < 0 || y < 0 || x > Number(width) - 1 || y > Number(height) - 1)
  })
}

export function isSame(a: Image | undefined, b: Image | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The pictures of which the two have different images, by what their paths end with, since folders may be missing. */
function different({ reference, ours, pictures }: Seen): AnnotationFile[] {
  return pictures.filter(({ item }) => {
    const name = item.name.replace(/\.[^.]*$/, "")
    const own = (output: Output | undefined) =>
      [...(output?.images ?? [])]
        .filter(([path]) => `/${path}`.replace(/(?:_\d{5})?\.png$/, "").endsWith(`/${name}`))
        .map(([path, image]) => [path.slice(path.lastIndexOf("/") + 1), image])
    return JSON.stringify(own(reference)) !== JSON.stringify(own(ours))
  })
}

function paths(output: Output | undefined): string[] {
  return [...(output?.images.keys() ?? [])]
}

/** Those of both pages. */
const common: Readonly<Record<string, Shows>> = {
  "file-names": ({ reference }) => paths(reference).some((path) => /[<>"\\|?*]/.test(path)),
  "distinct-names": ({ reference, ours }) =>
    reference !== undefined && paths(ours).some((path) => /^same_2(?:_\d{5})?\.png$/.test(path)),
  slots: ({ reference, pictures, ours }) =>
    pictures.some(({ item }) => item.name.split("/").length === 3) &&
    reference !== undefined &&
    paths(ours).some((path) => path.split("/").length > 2),
  outside: (seen) => seen.reference !== undefined && different(seen).some(reachesOutside),
  ellipses: (seen) =>
    seen.reference !== undefined && different(seen).some((picture) => has([picture], "ellipse")),
  tracks: (seen) =>
    seen.reference !== undefined &&
    different(seen).some(({ item, annotations }) => item.name.startsWith("okf/") && annotations.length > 0),
  "empty-paths": fails(/No polygons provided/),
  "videos-without-frames": fails(/This Annotation has no frames/),
  "damaged-input": fails(/KeyError: '(?:w|item)'|street_001\.json with any encodings|sparse_rle/),
  "byte-order-mark": fails(/bom\.json with any encodings/),
}

export const shows: Readonly<Record<string, Readonly<Record<string, Shows>>>> = {
  instance: {
    ...common,
    folders: ({ reference, ours }) =>
      paths(ours).some((path) => {
        const shorter = path.split("/").map((_, i, parts) => parts.slice(i + 1).join("/"))
        return (
          reference !== undefined &&
          !reference.images.has(path) &&
          shorter.some((one) => reference.images.has(one))
        )
      }),
    quotes: ({ reference, ours }) =>
      reference !== undefined &&
      (reference.rows.some((row) => row.length !== 3) ||
        ours?.rows.some((row) => /[",\n]/.test(String(row[2])))) === true,
    masks: (seen) =>
      seen.reference !== undefined && different(seen).some((picture) => has([picture], "mask")),
    "no-size": fails(/'NoneType' object cannot be interpreted as an integer/),
  },
  semantic: {
    ...common,
    "grey-twice": ({ reference, ours }) => {
      const values = new Set(reference?.rows.map(([, value]) => value))
      return (
        reference?.rows.length === ours?.rows.length &&
        [...(reference?.images ?? [])].some(
          ([path, image]) => image.colorType === 0 && !isSame(image, ours?.images.get(path)),
        ) &&
        values.size > 16
      )
    },
    "raster-layer-class": ({ reference }) =>
      reference?.rows.some(([name]) => name === "__raster_layer__") === true,
    "media-endings": ({ reference, ours }) =>
      paths(reference).includes("report.png") && paths(ours).includes("report.v1.png"),
    "equal-but-for-case": ({ reference, ours }) =>
      reference !== undefined &&
      JSON.stringify(reference.rows) !== JSON.stringify(ours?.rows) &&
      JSON.stringify(reference.rows.map(([name]) => name?.toLowerCase())) ===
        JSON.stringify(ours?.rows.map(([name]) => name?.toLowerCase())),
    "many-classes": fails(/maximum number of classes supported|value too large to convert to unsigned char/),
    "no-class": fails(/only having the '__background__' class is not allowed/),
    "no-file": fails(/UnboundLocalError|KeyError: '__background__'/),
    "no-size": fails(/references an image with no height or width/),
    "far-outside": fails(/Unable to allocate/),
    layers: fails(
      /No renderable annotations|RLE must be a list of pairs|cannot reshape array|more than one raster layer|Could not find mask/,
    ),
    "raster-and-polygon": fails(/Cannot have both raster and polygon annotations/),
    "raster-in-videos": fails(/RasterLayer must be associated with at least one slot/),
  },
}
