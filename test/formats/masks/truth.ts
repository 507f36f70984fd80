import { ellipseToPath } from "../../../src/geometry/ellipse.ts"
import { pathsOf } from "../../../src/geometry/polygon.ts"
import type { Annotation } from "../../../src/model/annotation.ts"
import type { AnnotationFile } from "../../../src/model/annotation-file.ts"
import { pictureBySteps } from "../../geometry/masks.ts"

// What masks should hold, told from the annotations of each picture and drawn step by step.

/** A picture and its instances. */
export interface Truth {
  /** The path of its masks without an ending. */
  readonly target: string
  readonly width: number
  readonly height: number
  /** In the order of drawing; one without a pixel is among them. */
  readonly instances: readonly Instance[]
}

export interface Instance {
  readonly name: string
  readonly pixels: readonly boolean[]
}

/** A picture of known size; undefined where there can be no mask. */
export function truthOf({ item, annotations }: AnnotationFile): Truth | undefined {
  const { width, height } = item.slots?.[0] ?? {}
  if (typeof width !== "number" || typeof height !== "number") return undefined
  const instances = annotations.flatMap((annotation): Instance[] => {
    const pixels = pixelsOf(annotation, annotations, width, height)
    return pixels === undefined ? [] : [{ name: annotation.name.trim(), pixels }]
  })
  return { target: targetOf(item), width, height, instances }
}

function targetOf({ path, name }: AnnotationFile["item"]): string {
  const folders = path.split("/").filter((part) => part !== "")
  return [...folders, name.replace(/\.(?:jpe?g|png|bmp|tiff?|nii\.gz|mp4)$/i, "")]
    .join("/")
    .replace(/[<>"\\|?*]/g, "_")
}

function pixelsOf(
  annotation: Annotation,
  all: readonly Annotation[],
  width: number,
  height: number,
): boolean[] | undefined {
  if (annotation.type === "polygon" || annotation.type === "ellipse") {
    const paths =
      annotation.type === "polygon" ? pathsOf(annotation.polygon) : [ellipseToPath(annotation.ellipse)]
    return [...pictureBySteps(paths, width, height).join("")].map((mark) => mark === "#")
  }
  if (annotation.type !== "mask") return undefined
  const layers = all.flatMap((one) => (one.type === "raster_layer" ? [one.raster_layer] : []))
  const holding = layers.filter(({ mask_annotation_ids_mapping: ids }) => String(annotation.id) in ids)
  const [layer] = holding
  if (layer === undefined || holding.length > 1) return undefined
  const labels: number[] = []
  const { dense_rle: runs, mask_annotation_ids_mapping: ids } = layer
  for (let i = 0; i < runs.length; i += 2) {
    for (let n = 0; n < (runs[i + 1] ?? 0); n++) labels.push(runs[i] as number)
  }
  if (runs.length % 2 !== 0 || labels.length !== width * height) return undefined
  return labels.map((label) => label === ids[String(annotation.id)])
}

/** All classes with a polygon, an ellipse or a mask, whether it could be drawn or not. */
export function classesOf(files: readonly AnnotationFile[]): string[] {
  const names = files.flatMap(({ annotations }) =>
    annotations
      .filter(({ type }) => type === "polygon" || type === "ellipse" || type === "mask")
      .map(({ name }) => name.trim()),
  )
  const key = (name: string) => `${name.toLowerCase()}\n${name}`
  return [...new Set(names)].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** The class of each pixel, later ones over earlier ones. */
export function classImage({ width, height, instances }: Truth): string[] {
  const names = new Array<string>(width * height).fill("__background__")
  for (const { name, pixels } of instances) {
    pixels.forEach((isSet, i) => {
      if (isSet) names[i] = name
    })
  }
  return names
}
